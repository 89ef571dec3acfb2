package sigv4

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const algorithm = "AWS4-HMAC-SHA256"

// queryParameters are the names of a signature in the query (IAM User Guide, reference_sigv-authentication-methods).
var queryParameters = []string{
	"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token", "x-amz-signature",
	"x-amz-signedheaders",
}

// authorization holds the parts of the Authorization header.
type authorization struct {
	accessKeyID           string
	date, region, service string // of the credential scope
	signedHeaders         []string
	signature             string
}

// parseAuthorization reads a header of the form "AWS4-HMAC-SHA256
// Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=A;B, Signature=HEX".
func parseAuthorization(r *http.Request) (*authorization, *Error) {
	if name := findQueryParameter(r.RequestURI); name != "" {
		return nil, forbiddenError(fmt.Sprintf("the query has the parameter %s of a presigned request, "+
			"which is not simulated: sign with an Authorization header alone", name))
	}
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return nil, forbiddenError("the request has no Authorization header")
	}
	if len(values) > 1 {
		return nil, incompleteError("Authorization header must be sent once, not %d times.", len(values))
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	if scheme != algorithm {
		return nil, incompleteError("Authorization header requires the algorithm %s.", algorithm)
	}
	parameters := map[string]string{}
	for _, parameter := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if _, twice := parameters[name]; twice {
			return nil, incompleteError("Authorization header has '%s' more than once.", name)
		}
		parameters[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parameters[name] == "" {
			return nil, incompleteError("Authorization header requires '%s' parameter.", name)
		}
	}
	scope := strings.Split(parameters["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return nil, incompleteError("Credential must have exactly 5 slash-delimited elements, " +
			"the last of them 'aws4_request'.")
	}
	return &authorization{
		accessKeyID: scope[0], date: scope[1], region: scope[2], service: scope[3],
		signedHeaders: strings.Split(parameters["SignedHeaders"], ";"),
		signature:     parameters["Signature"],
	}, nil
}

// findQueryParameter returns the first parameter of a signature in the query of a request target, or "". It decodes
// the names, in any case. AWS does not document its answer to a signature in the query beside one in the header.
func findQueryParameter(target string) string {
	_, query, _ := strings.Cut(target, "?")
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		decoded, err := url.QueryUnescape(name)
		if err == nil && slices.Contains(queryParameters, strings.ToLower(decoded)) {
			return decoded
		}
	}
	return ""
}

func forbiddenError(reason string) *Error {
	return &Error{Code: accessDenied, Message: forbiddenMessage, Reason: reason}
}

func incompleteError(format string, arguments ...any) *Error {
	return &Error{Code: incompleteSignature, Message: fmt.Sprintf(format, arguments...)}
}

func invalidError(format string, arguments ...any) *Error {
	return &Error{Code: invalidSignature, Message: fmt.Sprintf(format, arguments...)}
}
