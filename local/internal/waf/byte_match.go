package waf

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// maxSearch is the longest string that a string match statement looks for, in bytes (AWS WAF Developer Guide,
// waf-rule-statement-type-string-match).
const maxSearch = 200

// constraint reports whether text holds search where a PositionalConstraint wants it.
type constraint func(text, search string) bool

var constraints = map[string]constraint{
	"EXACTLY":       func(text, search string) bool { return text == search },
	"STARTS_WITH":   strings.HasPrefix,
	"ENDS_WITH":     strings.HasSuffix,
	"CONTAINS":      strings.Contains,
	"CONTAINS_WORD": containsWord,
}

// containsWord reports whether word stands in text with no letter, digit or underscore beside it.
func containsWord(text, word string) bool {
	for at := 0; at+len(word) <= len(text); at++ {
		before, rest := text[:at], text[at:]
		after, found := strings.CutPrefix(rest, word)
		if found && !endsInWord.MatchString(before) && !beginsWithWord.MatchString(after) {
			return true
		}
	}
	return false
}

var (
	wordOnly       = regexp.MustCompile(`\A[A-Za-z0-9_]+\z`)
	endsInWord     = regexp.MustCompile(`[A-Za-z0-9_]\z`)
	beginsWithWord = regexp.MustCompile(`\A[A-Za-z0-9_]`)
)

type byteMatchConfig struct {
	matchConfig
	PositionalConstraint             string
	SearchString, SearchStringBase64 string
}

// byteMatch compiles a string match, which compares a part of a request with a string.
func (c *compiler) byteMatch(kind string, document json.RawMessage) (statement, error) {
	var config byteMatchConfig
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	search, err := config.search()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	holds, known := constraints[config.PositionalConstraint]
	switch {
	case !known:
		return nil, fmt.Errorf("%s: there is no PositionalConstraint %q", kind, config.PositionalConstraint)
	case config.PositionalConstraint == "CONTAINS_WORD" && !wordOnly.MatchString(search):
		return nil, errors.New(kind + ": CONTAINS_WORD takes letters, digits and underscores only")
	}
	return c.match(kind, config.matchConfig, func(text string) bool { return holds(text, search) })
}

// search returns the string to look for. A template gives it as text or in base64, never as both.
func (c byteMatchConfig) search() (string, error) {
	if (c.SearchString == "") == (c.SearchStringBase64 == "") {
		return "", errors.New("set either SearchString or SearchStringBase64")
	}
	decoded, err := base64.StdEncoding.DecodeString(c.SearchStringBase64)
	if err != nil {
		return "", fmt.Errorf("SearchStringBase64: %w", err)
	}
	text := cmp.Or(c.SearchString, string(decoded))
	if len(text) > maxSearch {
		return "", fmt.Errorf("the search string has %d bytes: shorten it to %d at most", len(text), maxSearch)
	}
	return text, nil
}
