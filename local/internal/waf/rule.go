package waf

import (
	"errors"
	"fmt"
	"net/http"
)

// rule is one rule that is simulated, or a rule group with its rules. The action of a rule is Count where neither
// allow nor block is set. Count decides nothing.
type rule struct {
	name      string
	statement statement
	// forwarded are the headers with clients' addresses that the rule needs. AWS WAF does not apply the rule to a
	// request without one of them (AWS WAF API Reference, API_ForwardedIPConfig).
	forwarded []string
	labels    []string // fully qualified
	insert    []customHeader
	allow     bool
	block     *blockAction

	group      []*rule // of a rule group, whose scope-down statement is the statement
	countGroup bool    // where the web ACL only counts what the group decides
}

// decide applies rules in their order until one allows or blocks the request. It returns nil where none does.
func decide(rules []*rule, q *request) *rule {
	for _, rule := range rules {
		if deciding := rule.apply(q); deciding != nil {
			return deciding
		}
	}
	return nil
}

// apply returns the rule that allows or blocks the request, which in a group is one of the group's. A group ends at
// that rule even where the web ACL only counts it (AWS WAF API Reference, API_Rule, OverrideAction).
func (r *rule) apply(q *request) *rule {
	if !q.has(r.forwarded) {
		return nil
	}
	matched := r.statement.matches(q)
	q.finishRule(r, matched)
	if !matched {
		return nil
	}
	if r.group != nil {
		deciding := decide(r.group, q)
		if deciding != nil && r.countGroup {
			q.counted = append(q.counted, deciding.name)
			return nil
		}
		return deciding
	}
	q.inserted = append(q.inserted, r.insert...)
	if r.allow || r.block != nil {
		return r
	}
	q.counted = append(q.counted, r.name)
	return nil
}

// blockAction is the answer to a blocked request.
type blockAction struct {
	status            int
	header            http.Header
	contentType, body string
}

// The answers to a request without the token of a solved CAPTCHA or challenge. No request has one here (AWS WAF
// Developer Guide, waf-captcha-and-challenge-actions). The scripts that AWS WAF sends to browsers are left out.
var (
	captchaAnswer = &blockAction{
		status: http.StatusMethodNotAllowed, header: http.Header{"X-Amzn-Waf-Action": {"captcha"}},
	}
	challengeAnswer = &blockAction{
		status: http.StatusAccepted, header: http.Header{"X-Amzn-Waf-Action": {"challenge"}},
	}
)

// setAction gives a rule its action.
func (c *compiler) setAction(compiled *rule, action action) (err error) {
	const unsolved = "action %s: each request that it matches is answered with %d, since none can be solved here"
	request := action.Count
	switch {
	case action.Block != nil:
		compiled.block, err = c.block(*action.Block)
		return err
	case action.Captcha != nil:
		compiled.block = captchaAnswer
		c.noteMissing(compiled.name, fmt.Sprintf(unsolved, "CAPTCHA", captchaAnswer.status))
		return nil
	case action.Challenge != nil:
		compiled.block = challengeAnswer
		c.noteMissing(compiled.name, fmt.Sprintf(unsolved, "Challenge", challengeAnswer.status))
		return nil
	case action.Monetize != nil:
		return notSimulatedError("action Monetize")
	case action.Allow != nil:
		compiled.allow = true
		request = action.Allow
	case action.Count == nil:
		return errors.New("names none of Allow, Block, Count, Captcha and Challenge: write one of them")
	}
	compiled.insert = request.headers()
	return nil
}

// block builds the answer to a request that a rule or the default action blocks.
func (c *compiler) block(config blockConfig) (*blockAction, error) {
	block := &blockAction{status: http.StatusForbidden}
	custom := config.CustomResponse
	if custom == nil {
		return block, nil
	}
	if custom.ResponseCode < 200 || custom.ResponseCode > 599 {
		return nil, fmt.Errorf("CustomResponse: ResponseCode %d is not a status code from 200 to 599",
			custom.ResponseCode)
	}
	block.status = custom.ResponseCode
	block.header = http.Header{}
	for _, header := range custom.ResponseHeaders {
		block.header.Add(header.Name, header.Value)
	}
	if key := custom.CustomResponseBodyKey; key != "" {
		body, ok := c.bodies[key]
		if !ok {
			return nil, fmt.Errorf("CustomResponse: there is no CustomResponseBodies entry %q", key)
		}
		contentType, ok := contentTypes[body.ContentType]
		if !ok {
			return nil, fmt.Errorf(
				"CustomResponseBodies %s: ContentType %q is none of APPLICATION_JSON, TEXT_HTML, TEXT_PLAIN",
				key, body.ContentType)
		}
		block.contentType, block.body = contentType, body.Content
	}
	return block, nil
}

var contentTypes = map[string]string{
	"APPLICATION_JSON": "application/json",
	"TEXT_HTML":        "text/html",
	"TEXT_PLAIN":       "text/plain",
}
