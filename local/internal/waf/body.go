package waf

import (
	"bytes"
	"io"
	"net/http"
	"net/netip"
)

// largerBody matches a request whose body has more than that many bytes.
type largerBody int64

// matches compares Content-Length with the limit where the client sends one. net/http reads no more than that
// from the client. A body of unknown length is read up to the limit and put back.
func (s largerBody) matches(r *http.Request, _ netip.Addr) bool {
	if r.ContentLength >= 0 {
		return r.ContentLength > int64(s)
	}
	head, _ := io.ReadAll(io.LimitReader(r.Body, int64(s)+1)) // net/http returns a failure to the next reader again
	r.Body = &peekedBody{io.MultiReader(bytes.NewReader(head), r.Body), r.Body}
	return int64(len(head)) > int64(s)
}

// peekedBody is a body whose beginning was read and put back.
type peekedBody struct {
	io.Reader
	io.Closer
}
