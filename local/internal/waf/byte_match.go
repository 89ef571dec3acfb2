package waf

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// maxSearch is the longest string that a string match statement looks for, in bytes (AWS WAF Developer Guide,
// waf-rule-statement-type-string-match).
const maxSearch = 200

// byteMatch compares a part of a request with a string, after the transformations (ByteMatchStatement).
type byteMatch struct {
	part       field
	transforms []transformation
	constraint constraint
	search     string
}

func (s byteMatch) matches(r *http.Request, _ netip.Addr) bool {
	text := s.part(r)
	for _, transform := range s.transforms {
		text = transform(text)
	}
	return s.constraint(text, s.search)
}

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

// byteMatch compiles a string match. It returns a notSimulatedError for a part or a transformation without a
// model.
func (c *compiler) byteMatch(document json.RawMessage) (statement, error) {
	var config byteMatchConfig
	if err := json.Unmarshal(document, &config); err != nil {
		return nil, fmt.Errorf("ByteMatchStatement: %w", err)
	}
	search, err := config.search()
	if err != nil {
		return nil, fmt.Errorf("ByteMatchStatement: %w", err)
	}
	holds, known := constraints[config.PositionalConstraint]
	switch {
	case !known:
		return nil, fmt.Errorf("ByteMatchStatement: there is no PositionalConstraint %q", config.PositionalConstraint)
	case config.PositionalConstraint == "CONTAINS_WORD" && !wordOnly.MatchString(search):
		return nil, errors.New("ByteMatchStatement: CONTAINS_WORD takes letters, digits and underscores only")
	}
	part, err := newField(config.FieldToMatch)
	if err != nil {
		return nil, err
	}
	transforms, err := newTransformations(config.TextTransformations)
	if err != nil {
		return nil, err
	}
	return byteMatch{part, transforms, holds, search}, nil
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

// newTransformations returns the transformations in the order of their priority.
func newTransformations(configs []textTransformation) ([]transformation, error) {
	if len(configs) == 0 {
		return nil, errors.New("ByteMatchStatement: set at least one of TextTransformations, NONE if no other")
	}
	slices.SortFunc(configs, func(x, y textTransformation) int { return cmp.Compare(x.Priority, y.Priority) })
	var transforms []transformation
	for i, config := range configs {
		if i > 0 && configs[i-1].Priority == config.Priority {
			return nil, fmt.Errorf("ByteMatchStatement: two of TextTransformations have priority %d: change one",
				config.Priority)
		}
		transform, known := transformations[config.Type]
		if !known {
			return nil, notSimulatedError("ByteMatchStatement with TextTransformation " + config.Type)
		}
		transforms = append(transforms, transform)
	}
	return transforms, nil
}
