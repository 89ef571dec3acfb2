package apigateway

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The limits of REST APIs on a request (API Gateway Developer Guide, api-gateway-execution-service-limits-table).
const (
	maxBody        = 10 << 20
	maxHeaderBytes = 10240
)

// exchange is one request on its way.
type exchange struct {
	*http.Request
	id         string
	method     *method
	path       string // with the stage left out
	parameters map[string]string
	query      url.Values
	body       []byte
	received   time.Time
	caller     caller
}

// caller is what authorization found out, for the integration's event.
type caller struct {
	authorizer map[string]any // of a Lambda authorizer: principalId and context
	identity   identity
}

// readHead checks the headers' size and reads the query. What cannot be read in one way only is refused: AWS says of the semicolon alone
// that it splits the data (API Gateway Developer Guide, api-gateway-known-issues).
func readHead(x *exchange) *refusal {
	size := 0
	for name, values := range x.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	if size > maxHeaderBytes {
		return &refusal{kind: "DEFAULT_4XX", message: "Bad Request", reason: "the headers are over 10,240 bytes"}
	}
	// AWS lets this header replace the method; to answer by the request's own would be another API.
	if x.Header.Get("X-Http-Method-Override") != "" {
		return &refusal{kind: notSimulated, message: "furl local does not simulate X-HTTP-Method-Override: send the method itself"}
	}
	_, query, _ := strings.Cut(x.RequestURI, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return &refusal{kind: "DEFAULT_4XX", message: "Bad Request", reason: "the query has a semicolon or an escape that is broken"}
	}
	x.query = values
	return nil
}

func (x *exchange) readBody(w http.ResponseWriter) *refusal {
	body, err := io.ReadAll(http.MaxBytesReader(w, x.Body, maxBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return &refusal{kind: "REQUEST_TOO_LARGE", message: "HTTP content length exceeded 10485760 bytes."}
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	x.body = body
	return nil
}

// extendedID is what AWS calls the extended request id: of its own making, where the client may choose the other one.
func (x *exchange) extendedID() string {
	return strings.ReplaceAll(x.id, "-", "")[:16]
}
