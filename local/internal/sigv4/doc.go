// Package sigv4 verifies the Signature Version 4 of an HTTP request, as a Lambda Function URL does.
//
// The signer of aws-sdk-go-v2 computes the signature, and the verifier compares it with the client's. The signer
// gets a copy of the request with only the parts that the client claims to have signed. The verifier thus shares
// nothing with the signers that it judges. The SDK's signer leaves out a few headers. For a signature over one of
// these, the verifier follows the text of the specification instead. The scope, clock, signed headers, token and body
// hash are checked before. Each refusal has AWS's own words (IAM User Guide, reference_sigv-troubleshooting).
//
// Some requests are not simulated, and their refusal says so. They have parameters of a signature in the query, a
// Date header instead of X-Amz-Date, a signed Trailer header, or a path with "//" or dot segments. AWS does not say
// how its verifier reads such paths.
package sigv4
