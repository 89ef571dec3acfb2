package waf

import (
	"net/http"
	"net/netip"
	"slices"
)

// request is one request while a web ACL judges it.
type request struct {
	*http.Request
	client netip.Addr

	// labels are the fully qualified labels that rules have added so far.
	labels []string
	// newLabels are those of the rule that is judging. AWS WAF adds them at the end of the rule's evaluation (AWS WAF
	// Developer Guide, waf-rule-statement-type-geo-match).
	newLabels []string
	// counted names the rules that counted the request.
	counted []string
	// inserted are the headers that rules insert.
	inserted []customHeader

	body peekedBody
}

// newRequest returns a request from a client. No block of addresses contains an address with a zone.
func newRequest(r *http.Request, client netip.Addr) *request {
	return &request{Request: r, client: client.Unmap().WithZone("")}
}

// has reports whether the client sent all of these headers.
func (q *request) has(headers []string) bool {
	return !slices.ContainsFunc(headers, func(name string) bool { return len(headerValues(q, name)) == 0 })
}

// finishRule adds the labels of a rule that was judged. Those of the rule count if it matched.
func (q *request) finishRule(rule *rule, matched bool) {
	if matched {
		q.newLabels = append(q.newLabels, rule.labels...)
	}
	for _, label := range q.newLabels {
		if !slices.Contains(q.labels, label) {
			q.labels = append(q.labels, label)
		}
	}
	q.newLabels = q.newLabels[:0]
}

// insertHeaders gives the request the headers that rules insert. A header of the same name is overwritten, be it the
// client's or an earlier rule's (AWS WAF Developer Guide, customizing-the-incoming-request).
func (q *request) insertHeaders() {
	for _, header := range q.inserted {
		q.Header.Set("x-amzn-waf-"+header.Name, header.Value)
	}
}
