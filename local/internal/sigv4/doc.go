// Package sigv4 verifies the Signature Version 4 of an HTTP request, as a Lambda function URL does.
//
// The signature is computed by the signer of aws-sdk-go-v2 on a copy of the request that holds only what the client says it
// signed, and compared. So the verifier shares nothing with the signers that it judges, and what it accepts, an AWS SDK signs.
// What surrounds the signature (scope, clock, signed headers, token, body hash) is checked before, each with AWS's own words
// (IAM User Guide, reference_sigv-troubleshooting).
//
// Not simulated, and refused saying so: presigned queries; a Date header instead of X-Amz-Date; paths with "//" or dot
// segments, of which AWS does not say how its verifier reads them; signed headers that the SDK's signer never signs.
package sigv4
