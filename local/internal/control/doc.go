// Package control lets furl's other commands ask the furl local that runs on the same assembly. They talk HTTP and JSON
// over a Unix socket in a folder that only the user may enter, so no page and no other user reaches it.
package control
