package waf

import "net/http"

// rule is one rule that can be evaluated here. Neither block nor allow set means Count, which decides nothing.
type rule struct {
	name      string
	statement statement
	allow     bool
	block     *blockAction
}

// blockAction is the answer to a blocked request.
type blockAction struct {
	status            int
	header            http.Header
	contentType, body string
}

func (b *blockAction) verdict(rule string) Verdict {
	return Verdict{Rule: rule, Status: b.status, Header: b.header, ContentType: b.contentType, Body: b.body}
}
