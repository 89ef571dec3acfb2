package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// AWS WAF inspects that many bytes and that many items of the headers, and of the cookies (AWS WAF Developer Guide,
// waf-oversize-request-components).
const (
	maxMapBytes = 8192
	maxMapItems = 200
)

// pair is a header or a cookie.
type pair struct{ name, value string }

type mapFieldConfig struct {
	MatchPattern struct {
		All                              *struct{}
		IncludedHeaders, ExcludedHeaders []string
		IncludedCookies, ExcludedCookies []string
	}
	MatchScope, OversizeHandling string
}

// mapField returns the field of headers or of cookies, of their names, their values or both.
func mapField(kind, part string, document json.RawMessage) (field, error) {
	var config mapFieldConfig
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	oversize, err := newHandling(kind, config.OversizeHandling)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"ALL", "KEY", "VALUE"}, config.MatchScope) {
		return nil, fmt.Errorf("%s: MatchScope %q is none of ALL, KEY, VALUE", kind, config.MatchScope)
	}
	if config.patterns() != 1 {
		return nil, errors.New(kind + ": MatchPattern names exactly one of All, included and excluded names")
	}
	pairs := headers
	if part == "Cookies" {
		pairs = cookies
	}
	return func(q *request) ([]string, handling) {
		found, whole := pairs(q)
		if !whole && oversize != handleContinue {
			return nil, oversize
		}
		return config.texts(found), handleContinue
	}, nil
}

// patterns is the number of patterns that are set.
func (c mapFieldConfig) patterns() int {
	set := 0
	for _, names := range [][]string{
		c.MatchPattern.IncludedHeaders, c.MatchPattern.ExcludedHeaders,
		c.MatchPattern.IncludedCookies, c.MatchPattern.ExcludedCookies,
	} {
		if names != nil {
			set++
		}
	}
	if c.MatchPattern.All != nil {
		set++
	}
	return set
}

// texts returns the names and values that the configuration takes in.
func (c mapFieldConfig) texts(found []pair) []string {
	pattern := c.MatchPattern
	sameHeader := func(name string) func(string) bool {
		return func(listed string) bool { return strings.EqualFold(listed, name) }
	}
	var texts []string
	for _, item := range found {
		included := pattern.All != nil ||
			slices.ContainsFunc(pattern.IncludedHeaders, sameHeader(item.name)) ||
			slices.Contains(pattern.IncludedCookies, item.name) ||
			pattern.ExcludedHeaders != nil && !slices.ContainsFunc(pattern.ExcludedHeaders, sameHeader(item.name)) ||
			pattern.ExcludedCookies != nil && !slices.Contains(pattern.ExcludedCookies, item.name)
		if included && c.MatchScope != "VALUE" {
			texts = append(texts, item.name)
		}
		if included && c.MatchScope != "KEY" {
			texts = append(texts, item.value)
		}
	}
	return texts
}

// headers returns all headers, and whether AWS WAF would inspect all of them. net/http does not keep their order, so
// nobody knows here which are beyond the limits. All are inspected. Names are in lower case, as in AWS's
// examples (AWS WAF Developer Guide, customizing-the-incoming-request).
func headers(q *request) (found []pair, whole bool) {
	found = []pair{{"host", q.Host}}
	size := len("host") + len(q.Host)
	for name, values := range q.Header {
		for _, value := range values {
			found = append(found, pair{strings.ToLower(name), value})
			size += len(name) + len(value)
		}
	}
	return found, size <= maxMapBytes && len(found) <= maxMapItems
}

// cookies returns the cookies that AWS WAF inspects, and whether these are all.
func cookies(q *request) (found []pair, whole bool) {
	text := header(q, "Cookie")
	whole = len(text) <= maxMapBytes
	for item := range strings.SplitSeq(text[:min(len(text), maxMapBytes)], ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		if name == "" {
			continue
		}
		if len(found) == maxMapItems {
			return found, false
		}
		found = append(found, pair{name, value})
	}
	return found, whole
}
