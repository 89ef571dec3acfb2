// Package lambdas carries the source of the functions that the constructs ship.
package lambdas

import "embed"

// EdgeSigner holds the edge signer's modules in the folder edge-signer, without its tests.
//
//go:embed edge-signer/*.mjs
var EdgeSigner embed.FS
