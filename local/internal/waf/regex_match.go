package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// regexMatch compiles a search for one pattern (RegexMatchStatement).
func (c *compiler) regexMatch(kind string, document json.RawMessage) (statement, error) {
	var config struct {
		matchConfig
		RegexString string
	}
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	return c.patterns(kind, config.matchConfig, []string{config.RegexString})
}

// regexPatternSet compiles a search for any pattern of a set (RegexPatternSetReferenceStatement).
func (c *compiler) regexPatternSet(kind string, document json.RawMessage) (statement, error) {
	var config struct {
		matchConfig
		Arn string // spelt so by CloudFormation
	}
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	var set struct{ RegularExpressionList []string }
	if err := c.part(kind, config.Arn, &set); err != nil {
		return nil, err
	}
	return c.patterns(kind, config.matchConfig, set.RegularExpressionList)
}

// patterns compiles a search for any of the patterns. AWS WAF reads the syntax of PCRE, and refuses back references
// and some assertions (AWS WAF Developer Guide, waf-regex-pattern-support). Go's RE2 lacks look-around and possessive
// quantifiers too, so a pattern with them is not simulated. Letters match in their own case unless the pattern begins
// with (?i), as in PCRE.
func (c *compiler) patterns(kind string, config matchConfig, patterns []string) (statement, error) {
	var compiled []*regexp.Regexp
	for _, pattern := range patterns {
		if pattern == "" {
			return nil, errors.New(kind + ": a pattern is empty")
		}
		expression, err := regexp.Compile(pattern)
		if err != nil {
			return nil, notSimulatedError(fmt.Sprintf("%s, whose pattern Go's RE2 cannot read (%v)", kind, err))
		}
		compiled = append(compiled, expression)
	}
	if len(compiled) == 0 {
		return nil, errors.New(kind + ": there is no pattern")
	}
	return c.match(kind, config, func(text string) bool {
		return slices.ContainsFunc(compiled, func(e *regexp.Regexp) bool { return found(e, text) })
	})
}

// found reports whether the expression stands in text. PCRE's $ also stands before a newline that ends the text, which
// RE2's does not (pcrepattern, "Circumflex and dollar").
func found(expression *regexp.Regexp, text string) bool {
	before, newline := strings.CutSuffix(text, "\n")
	return expression.MatchString(text) || newline && expression.MatchString(before)
}
