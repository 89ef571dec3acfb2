// Command server is an MCP server in a Lambda function behind Furl's edge signer. The signer has checked the token of
// each request to /mcp. This program finds the caller in it, and tells clients where tokens come from.
package main

import (
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambdaurl"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/furl-cdk/furl/viewer"
)

func main() {
	lambdaurl.Start(newHandler(settings{
		origin: os.Getenv("ORIGIN"), scope: os.Getenv("SCOPE"), issuer: os.Getenv("ISSUER"),
		login: os.Getenv("LOGIN"), signerRole: os.Getenv("SIGNER_ROLE"),
	}))
}

// settings are the environment of the function.
type settings struct {
	origin     string // of this server, as clients write it, such as https://mcp.example.com
	scope      string // of the tokens
	issuer     string // of the tokens
	login      string // the address of the user pool's login page, without a path
	signerRole string // the ARN
}

// resource is the address of the server, and its name in tokens.
func (s settings) resource() string { return s.origin + "/mcp" }

// newHandler serves MCP at /mcp, and below /.well-known what clients must know before they have a token. A client that
// finds no address in the 401 looks for the metadata at two paths (MCP specification, authorization server discovery).
func newHandler(s settings) http.Handler {
	server := newServer()
	// A function keeps no sessions, since the next request may meet another copy of it.
	tools := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true})
	// Pages of other origins are refused, as the specification wants it.
	own := http.NewCrossOriginProtection().Handler(onlyOwnTokens(tools, s))

	mux := http.NewServeMux()
	mux.Handle("/mcp", viewer.Authenticated(own, s.signerRole))
	resource := auth.ProtectedResourceMetadataHandler(resourceMetadata(s))
	mux.Handle("/.well-known/oauth-protected-resource/mcp", resource)
	mux.Handle("/.well-known/oauth-protected-resource", resource)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", serveLoginMetadata(s))
	return viewer.Handler(mux, viewer.ForwardedAuthorization)
}
