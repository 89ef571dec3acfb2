package waf

import (
	"bytes"
	"io"
	"net/http"
)

// peekedBody is a body whose beginning was read and put back.
type peekedBody struct {
	head []byte
	rest io.ReadCloser // nil until something was read
	io.Reader
}

// Close closes the body.
func (b *peekedBody) Close() error { return b.rest.Close() }

// peek returns the first n bytes of the body, or all of them where there are fewer. The next reader of the body gets
// them again. net/http returns a failure of the client to that reader too.
func (q *request) peek(n int) []byte {
	if q.Body == nil || q.Body == http.NoBody {
		return nil
	}
	if q.body.rest == nil {
		q.body.rest = q.Body
	}
	if missing := n - len(q.body.head); missing > 0 {
		more, _ := io.ReadAll(io.LimitReader(q.body.rest, int64(missing)))
		q.body.head = append(q.body.head, more...)
		q.body.Reader = io.MultiReader(bytes.NewReader(q.body.head), q.body.rest)
		q.Body = &q.body
	}
	return q.body.head[:min(n, len(q.body.head))]
}

// largerBody matches a request whose body has more than that many bytes.
type largerBody int

// matches compares Content-Length with the limit where the client sends one. net/http reads no more than that from
// the client. A body of unknown length is read up to the limit.
func (s largerBody) matches(q *request) bool {
	if q.ContentLength >= 0 {
		return q.ContentLength > int64(s)
	}
	return len(q.peek(int(s)+1)) > int(s)
}
