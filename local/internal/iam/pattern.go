package iam

import (
	"fmt"
	"regexp"
	"strings"
)

// pattern is a text of a policy in which * and ? are wildcards and, where variables is set, ${key} stands for the request's
// value of a condition key (IAM User Guide, reference_policies_variables).
type pattern struct {
	source    string
	variables bool
}

// anyRun and anyOne stand for the wildcards once variables are filled in, so that a * in a variable's value is only a *.
const (
	anyRun = '\x00'
	anyOne = '\x01'
)

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

func parsePattern(text string, variables bool) (pattern, error) {
	if variables {
		for _, found := range variable.FindAllStringSubmatch(text, -1) {
			if strings.ContainsAny(found[1], ", '") {
				return pattern{}, fmt.Errorf("the policy variable %s with a default value is not simulated", found[0])
			}
		}
		variables = strings.Contains(text, "${")
	}
	return pattern{source: text, variables: variables}, nil
}

// like compares with wildcards; equal, without. A variable that the request has no value for matches nothing.
func (p pattern) like(text string, context contextKeys) bool {
	expanded, ok := p.expand(context, func(literal string) string {
		return strings.NewReplacer("*", string(anyRun), "?", string(anyOne)).Replace(literal)
	})
	return ok && wildcardMatch([]rune(expanded), []rune(text))
}

func (p pattern) equal(text string, context contextKeys, fold bool) bool {
	expanded, ok := p.expand(context, func(literal string) string { return literal })
	return ok && (expanded == text || fold && strings.EqualFold(expanded, text))
}

func (p pattern) expand(context contextKeys, literal func(string) string) (string, bool) {
	if !p.variables {
		return literal(p.source), true
	}
	var out strings.Builder
	end, known := 0, true
	for _, at := range variable.FindAllStringSubmatchIndex(p.source, -1) {
		out.WriteString(literal(p.source[end:at[0]]))
		end = at[1]
		switch key := p.source[at[2]:at[3]]; key {
		case "*", "?", "$": // the escapes for the characters themselves
			out.WriteString(key)
		default:
			values := context.get(key)
			known = known && len(values) == 1
			out.WriteString(strings.Join(values, ""))
		}
	}
	out.WriteString(literal(p.source[end:]))
	return out.String(), known
}

// wildcardMatch matches in linear space and, for the patterns of policies, in almost linear time: on a mismatch it returns to
// the last run of any characters only.
func wildcardMatch(pattern, text []rune) bool {
	p, t, star, retry := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == anyRun:
			star, retry = p, t
			p++
		case p < len(pattern) && (pattern[p] == anyOne || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			retry++
			p, t = star+1, retry
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == anyRun {
		p++
	}
	return p == len(pattern)
}
