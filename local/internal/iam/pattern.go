package iam

import (
	"fmt"
	"regexp"
	"strings"
)

// pattern is a text of a policy in which * and ? are wildcards. Where variables is set, ${key} stands for the
// request's value of a condition key (IAM User Guide, reference_policies_variables).
type pattern struct {
	source    string
	variables bool
}

// wildcardRun and wildcardOne replace * and ? before variables are filled in. A * in a variable's value thus is
// only a *.
const (
	wildcardRun = '\x00'
	wildcardOne = '\x01'
)

var variablePattern = regexp.MustCompile(`\$\{([^}]*)\}`)

func parsePattern(text string, variables bool) (pattern, error) {
	if variables {
		for _, found := range variablePattern.FindAllStringSubmatch(text, -1) {
			if strings.ContainsAny(found[1], ", '") {
				return pattern{}, fmt.Errorf("the policy variable %s with a default value is not simulated", found[0])
			}
		}
		variables = strings.Contains(text, "${")
	}
	return pattern{source: text, variables: variables}, nil
}

// variableKeys returns the condition keys that the pattern has as variables.
func (p pattern) variableKeys() []string {
	if !p.variables {
		return nil
	}
	var keys []string
	for _, found := range variablePattern.FindAllStringSubmatch(p.source, -1) {
		if key := found[1]; !strings.Contains("*?$", key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// like compares with wildcards. A variable without a value in the request matches nothing.
func (p pattern) like(text string, context contextKeys) bool {
	expanded, ok := p.expand(context, withWildcards)
	return ok && wildcardMatch([]rune(expanded), []rune(text))
}

var wildcards = strings.NewReplacer("*", string(wildcardRun), "?", string(wildcardOne))

// withWildcards makes * and ? of a literal text wildcards.
func withWildcards(literal string) string { return wildcards.Replace(literal) }

// equal compares without wildcards. A variable without a value in the request matches nothing.
func (p pattern) equal(text string, context contextKeys) bool {
	expanded, ok := p.expand(context, func(literal string) string { return literal })
	return ok && expanded == text
}

// equalFold is equal without regard to case.
func (p pattern) equalFold(text string, context contextKeys) bool {
	expanded, ok := p.expand(context, func(literal string) string { return literal })
	return ok && strings.EqualFold(expanded, text)
}

// hasValues reports whether each variable has a value in the request.
func (p pattern) hasValues(context contextKeys) bool {
	_, ok := p.expand(context, withWildcards)
	return ok
}

func (p pattern) expand(context contextKeys, literal func(string) string) (string, bool) {
	if !p.variables {
		return literal(p.source), true
	}
	var out strings.Builder
	end, known := 0, true
	for _, at := range variablePattern.FindAllStringSubmatchIndex(p.source, -1) {
		out.WriteString(literal(p.source[end:at[0]]))
		end = at[1]
		switch key := p.source[at[2]:at[3]]; key {
		case "*", "?", "$": // escapes: each stands for its character
			out.WriteString(key)
		default:
			values := context.get(key)
			known = known && len(values) == 1 && !isMultivalued(key, values)
			out.WriteString(strings.Join(values, ""))
		}
	}
	out.WriteString(literal(p.source[end:]))
	return out.String(), known
}

// wildcardMatch reports whether pattern matches text. On a mismatch it returns to the last run of any characters
// only. It therefore needs linear space and, for the patterns of policies, almost linear time.
func wildcardMatch(pattern, text []rune) bool {
	p, t, star, retry := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == wildcardRun:
			star, retry = p, t
			p++
		case p < len(pattern) && (pattern[p] == wildcardOne || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			retry++
			p, t = star+1, retry
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == wildcardRun {
		p++
	}
	return p == len(pattern)
}
