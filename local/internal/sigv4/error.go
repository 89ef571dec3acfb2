package sigv4

// Error is why a request is refused.
type Error struct {
	Code    string // AWS's error type, e.g. "InvalidSignatureException"
	Message string // as AWS would answer it
	Detail  string // for the developer, several lines; never holds a secret or the value of a header that could be one
}

func (e *Error) Error() string {
	return e.Code + ": " + e.Message
}

// The error types that function URLs and other AWS APIs answer with.
const (
	accessDenied        = "AccessDeniedException"
	incompleteSignature = "IncompleteSignatureException"
	invalidSignature    = "InvalidSignatureException"
	unrecognizedClient  = "UnrecognizedClientException"
	expiredToken        = "ExpiredTokenException"
)

const (
	forbidden = "Forbidden. For troubleshooting Function URL authorization issues, see: " +
		"https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
	mismatch = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	invalidToken = "The security token included in the request is invalid."
	expired      = "The security token included in the request is expired"
)
