package apigateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// REST APIs limit a request to these sizes, in bytes (API Gateway Developer Guide,
// api-gateway-execution-service-limits-table). The guide had 10,240 for the headers before 2026, and has 8,000 for
// those of a private API, which is not simulated.
const (
	maxBody        = 10 << 20
	maxHeaderBytes = 20480
)

// exchange is one request on its way through the API.
type exchange struct {
	*http.Request
	id         string
	method     *method
	path       string // without the stage
	parameters map[string]string
	query      url.Values
	body       []byte
	received   time.Time
	caller     caller
}

// caller is the result of authorization, for the integration's event.
type caller struct {
	authorizer map[string]any // principalId and context of a Lambda authorizer, or claims of a Cognito authorizer
	identity   identity
}

// wirePath is the path as it stands on the wire.
func (x *exchange) wirePath() string {
	path, _, _ := strings.Cut(x.RequestURI, "?")
	return path
}

// readHead checks the headers' size and reads the query. The size counts names, values, white space and line ends. It
// refuses a query that can be read in two ways. AWS documents the semicolon only, which splits the data (API Gateway
// Developer Guide, api-gateway-known-issues).
func readHead(x *exchange) *refusal {
	size := len("Host: \r\n") + len(x.Host) // net/http takes it out of the header map
	for name, values := range x.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	if size > maxHeaderBytes {
		return &refusal{
			code: "DEFAULT_4XX", message: "Bad Request",
			reason: fmt.Sprintf("the headers have %d bytes, and API Gateway takes %d", size, maxHeaderBytes),
		}
	}
	// On AWS this header replaces the method, so an answer by the request's method would be wrong.
	if x.Header.Get("X-Http-Method-Override") != "" {
		return &refusal{
			code:    notSimulated,
			message: "furl local does not simulate X-HTTP-Method-Override: send the method itself",
		}
	}
	_, query, _ := strings.Cut(x.RequestURI, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return &refusal{
			code: "DEFAULT_4XX", message: "Bad Request",
			reason: "the query has a semicolon or an escape that is broken",
		}
	}
	x.query = values
	return nil
}

func (x *exchange) readBody(w http.ResponseWriter) *refusal {
	body, err := io.ReadAll(http.MaxBytesReader(w, x.Body, maxBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return &refusal{code: "REQUEST_TOO_LARGE", message: "HTTP content length exceeded 10485760 bytes."}
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	x.body = body
	return nil
}

// extendedID is AWS's extended request id. On AWS a client may choose the request id, but not the extended one.
func (x *exchange) extendedID() string {
	return strings.ReplaceAll(x.id, "-", "")[:16]
}
