package waf

import (
	"bytes"
	"io"
	"net/http"
	"net/netip"
)

// largerBody matches a request whose body has more than that many bytes.
type largerBody int64

// matches reads the beginning of a body whose length the client does not say, and puts it back. Content-Length
// decides elsewhere, since net/http takes no more from the client than it says.
func (s largerBody) matches(r *http.Request, _ netip.Addr) bool {
	if r.ContentLength >= 0 {
		return r.ContentLength > int64(s)
	}
	head, _ := io.ReadAll(io.LimitReader(r.Body, int64(s)+1)) // net/http gives a failure to the next reader again
	r.Body = &peeked{io.MultiReader(bytes.NewReader(head), r.Body), r.Body}
	return int64(len(head)) > int64(s)
}

// peeked is a body whose beginning has been read and is read again.
type peeked struct {
	io.Reader
	io.Closer
}
