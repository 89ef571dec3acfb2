// Package browser carries Furl's module for the browser, so that a Go program can serve it. src/furl.mjs describes the
// module.
package browser

import _ "embed"

// Module is an ES module without imports. Serve it as text/javascript.
//
//go:embed furl.mjs
var Module []byte
