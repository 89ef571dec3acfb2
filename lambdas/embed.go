// Package lambdas carries the source of the functions that the constructs ship.
package lambdas

import "embed"

// EdgeFunctions holds the Lambda@Edge functions, edge-signer and body-hash. Each is a folder of modules without tests.
//
//go:embed edge-signer/*.mjs body-hash/*.mjs
var EdgeFunctions embed.FS

// ViewerRequest is the code of the CloudFront Function for viewer-request. The constructs write its settings before it.
//
//go:embed viewer-request/index.js
var ViewerRequest string
