package test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// mcpFlags are those of furl token for a token that examples/mcp takes.
var mcpFlags = []string{
	"--use", "access", "--pool", "Mcp/Users", "--client", "Mcp/Users/Client",
	"--scope", "https://mcp.example.com/mcp/use",
}

// mcpCalls matches the lines of the log for requests to /mcp that reached the function.
var mcpCalls = regexp.MustCompile(`(?m)^\S+ [A-Z]+ /mcp .* function Mcp/Server$`)

// TestMcp runs examples/mcp, and calls it by the official client. The client is told the server's address and the id
// of the app client.
func TestMcp(t *testing.T) {
	assembly := mcpAssembly(t, "-c", "furl:target=host")
	local := pooled{startLocal(t, assembly), assembly}
	for _, row := range []struct {
		name, why string
		token     []string // flags; nil for no token
		status    int
		code      string
	}{
		{name: "no token", why: "the client asks for one at the login", status: 401, code: "MissingToken"},
		{
			name: "expired", why: "the client asks for another one", status: 401, code: "ExpiredToken",
			token: append([]string{"--claim", "exp=1700000000"}, mcpFlags...),
		},
		{
			name: "an ID token", why: "it is for the client", status: 401, code: "InvalidToken",
			token: []string{"--pool", "Mcp/Users", "--client", "Mcp/Users/Client"},
		},
		{
			name: "without the scope", why: "it is for other servers of the pool", token: mcpFlags[:6],
			status: 403, code: "InsufficientScope",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := request(t, http.MethodPost, local.edge(t), "/mcp", []byte("{}"))
			token := ""
			if row.token != nil {
				token = local.token(t, row.token...)
				r.Header.Set("Authorization", "Bearer "+token)
			}
			const metadata = `resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"`
			a := send(t, r)
			if !refusedAs(a, row.status, row.code) || !strings.Contains(a.header.Get("WWW-Authenticate"), metadata) {
				t.Errorf("%d %v %s (%s)", a.status, a.header, a.body, row.why)
			}
			expectLogin(t, local, local.mcpClient(t, token))
		})
	}
	if calls := mcpCalls.FindAllString(local.log(), -1); len(calls) != 0 {
		t.Errorf("refused requests reached the function: %q", calls)
	}
	for _, row := range []struct {
		name, why, aud string
		status         int
	}{
		{"for another resource", "that server has got the token, and may send it here", "https://mcp.example.com/x", 403},
		{"for this resource", "the SDK itself refuses {}", "https://mcp.example.com/mcp", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := request(t, http.MethodPost, local.edge(t), "/mcp", []byte("{}"))
			token := local.token(t, append([]string{"--claim", "aud=" + row.aud}, mcpFlags...)...)
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "application/json, text/event-stream")
			a := send(t, r)
			if isOfFunction := strings.Contains(string(a.body), "for another resource"); a.status != row.status ||
				isOfFunction != (row.status == 403) {
				t.Errorf("%d %s, want %d (%s)", a.status, a.body, row.status, row.why)
			}
		})
	}
	t.Run("taken", func(t *testing.T) {
		token := local.token(t, mcpFlags...)
		expectTools(t, local, local.mcpClient(t, token), token)
		if len(mcpCalls.FindAllString(local.log(), -1)) < 5 {
			t.Errorf("the log shows fewer calls than the client made:\n%s", local.log())
		}
		if strings.Contains(local.log(), token) {
			t.Error("the log has the token")
		}
	})
}

// TestMcpReadme holds the example's page to the flags of furl token that TestMcp uses.
func TestMcpReadme(t *testing.T) {
	page := read(t, filepath.Join("..", example, "README.md"))
	_, command, _ := strings.Cut(page, "\ngo tool furl token ")
	command, _, _ = strings.Cut(strings.ReplaceAll(command, "\\\n", ""), "\n")
	command = strings.Join(strings.Fields(command), " ")
	for i := 0; i < len(mcpFlags); i += 2 {
		if flag := mcpFlags[i] + " " + mcpFlags[i+1]; !strings.Contains(command+" ", flag+" ") {
			t.Errorf("the page asks for a token by %q, without %s", command, flag)
		}
	}
}

// TestMcpForLambda synthesises examples/mcp as it is deployed.
func TestMcpForLambda(t *testing.T) {
	dir := mcpAssembly(t)
	_, server := readAssembly(t, dir).stack(t, "Mcp").only(t, "AWS::Lambda::Function")
	architectures := properties(server)["Architectures"]
	if !reflect.DeepEqual(architectures, []any{"arm64"}) {
		t.Errorf("the function is for %v", architectures)
	}
	programs, err := filepath.Glob(filepath.Join(dir, "asset.*", "bootstrap"))
	if err != nil || len(programs) != 1 {
		t.Fatalf("the programs are %q (%v)", programs, err)
	}
	built, err := output(".", nil, "go", "version", "-m", programs[0])
	if err != nil || !strings.Contains(built, "GOARCH=arm64") || !strings.Contains(built, "GOOS=linux") {
		t.Errorf("%v\n%s", err, built)
	}
}

// mcpAssembly is examples/mcp as the CDK CLI synthesises it.
func mcpAssembly(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"synth", "-q", "-o", dir, "--no-version-reporting"}, args...)
	_, err := output(filepath.Join("..", example), append(noAWS("ap-northeast-1"), "GOFLAGS=", "GOWORK=off"),
		filepath.Join("..", "..", "node_modules", ".bin", "cdk"), args...)
	if err != nil {
		t.Fatal(err)
	}
	expectClean(t, dir)
	return dir
}

// mcpSeen is the output of mcp/client.mjs.
type mcpSeen struct {
	Fetched  []string // the method, the path and the status of each request
	Login    string   // the address of the login, or ""
	Tools    []string
	Caller   struct{ Sub, ClientID string }
	Forecast struct{ P50, P85, P95 int }
	AheadMs  float64
	Error    string
}

// mcpClient runs the official client with a token, or without one if it is "".
func (p pooled) mcpClient(t *testing.T, token string) mcpSeen {
	t.Helper()
	node := filepath.Join("..", "node_modules", ".bin", "node")
	client := p.UserPools[0].Clients[0].ClientID
	printed, err := output(".", nil, node, filepath.Join("mcp", "client.mjs"), p.edge(t), client, token)
	if err != nil {
		t.Fatal(err)
	}
	var seen mcpSeen
	if err := json.Unmarshal([]byte(printed), &seen); err != nil {
		t.Fatalf("%s: %v", printed, err)
	}
	return seen
}

// expectLogin wants a client that found the login by the server's metadata. It asks there for a token for this server.
func expectLogin(t *testing.T, local pooled, seen mcpSeen) {
	t.Helper()
	if seen.Error != "UnauthorizedError: Unauthorized" || len(seen.Tools) != 0 {
		t.Errorf("the client ended with %q and %q", seen.Error, seen.Tools)
	}
	found := strings.Join(seen.Fetched[1:], ", ")
	if found != "GET /.well-known/oauth-protected-resource/mcp 200, GET /.well-known/oauth-authorization-server 200" {
		t.Errorf("the client found the login by %q", found)
	}
	login, err := url.Parse(seen.Login)
	if err != nil {
		t.Fatal(err)
	}
	if login.Path != "/oauth2/authorize" || !strings.HasSuffix(login.Host, ".auth.eu-west-1.amazoncognito.com") {
		t.Errorf("the login is at %s", seen.Login)
	}
	for name, want := range map[string]string{
		"client_id": local.UserPools[0].Clients[0].ClientID, "code_challenge_method": "S256", "response_type": "code",
		"resource": "https://mcp.example.com/mcp", "scope": "https://mcp.example.com/mcp/use",
		"redirect_uri": "http://localhost:8090/callback",
	} {
		if got := login.Query().Get(name); got != want {
			t.Errorf("the client asks for %s=%s, want %s", name, got, want)
		}
	}
}

// expectTools wants a client that has used each tool as the user of the token. The first progress comes while the
// simulation goes on, so nothing on the way holds the answer back.
func expectTools(t *testing.T, local pooled, seen mcpSeen, token string) {
	t.Helper()
	if seen.Error != "" || strings.Join(seen.Tools, " ") != "forecast whoami" {
		t.Fatalf("the client found %q and ended with %q", seen.Tools, seen.Error)
	}
	client := local.UserPools[0].Clients[0].ClientID
	if sub := claimsOf(t, token)["sub"]; seen.Caller.Sub != sub || seen.Caller.ClientID != client {
		t.Errorf("the caller is %v, want %v of the client %s", seen.Caller, sub, client)
	}
	if f := seen.Forecast; f.P50 < 5900 || f.P50 > 6100 || f.P85 < f.P50 || f.P95 < f.P85 {
		t.Errorf("9000 items at 1.5 a week are forecast for %v", f)
	}
	if seen.AheadMs < 100 {
		t.Errorf("the first progress came %v ms before the result", seen.AheadMs)
	}
}
