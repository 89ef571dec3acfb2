package sigv4

import "cmp"

// Error is the refusal of a request.
type Error struct {
	Code    string // AWS's error type, such as "InvalidSignatureException"
	Message string // AWS's answer
	// Reason is for the developer, in one line, and Details has the canonical requests of a signature that does not
	// match. Both are without secrets, and without headers that may be secret. Both may be "".
	Reason, Details string
}

func (e *Error) Error() string {
	return e.Code + ": " + e.Message
}

// Why returns the reason, or AWS's answer where it says all.
func (e *Error) Why() string { return cmp.Or(e.Reason, e.Message) }

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
