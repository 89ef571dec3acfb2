// Package browser carries the browser's module of Furl, so that a Go program can serve it: see src/furl.mjs for what it does.
package browser

import _ "embed"

// Module is an ES module without imports, to be served as text/javascript.
//
//go:embed furl.mjs
var Module []byte
