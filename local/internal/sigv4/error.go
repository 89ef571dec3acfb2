package sigv4

import "strings"

// Error is the refusal of a request.
type Error struct {
	Code    string // AWS's error type, such as "InvalidSignatureException"
	Message string // AWS's answer
	Detail  string // for the developer, in several lines, without secrets and headers that may be secret
}

func (e *Error) Error() string {
	return e.Code + ": " + e.Message
}

// Explain returns AWS's answer and the detail behind it, in several lines.
func (e *Error) Explain() string {
	return strings.TrimSuffix(e.Message+"\n"+e.Detail, "\n")
}

// The error types of Function URLs and other AWS APIs.
const (
	accessDenied        = "AccessDeniedException"
	incompleteSignature = "IncompleteSignatureException"
	invalidSignature    = "InvalidSignatureException"
	unrecognizedClient  = "UnrecognizedClientException"
	expiredToken        = "ExpiredTokenException"
)

const (
	forbiddenMessage = "Forbidden. For troubleshooting Function URL authorization issues, see: " +
		"https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
	mismatchMessage = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	invalidTokenMessage = "The security token included in the request is invalid."
	expiredTokenMessage = "The security token included in the request is expired"
)
