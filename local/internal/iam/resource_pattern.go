package iam

import (
	"fmt"
	"slices"
	"strings"
)

// resourcePattern is one text of Resource or NotResource, an ARN or "*".
//
// Its parts before the fifth colon have no variables: "${…}" is literal text there, which no ARN has (IAM User Guide,
// reference_policies_variables). A * at the end of such a part reaches over colons. Any other wildcard of these parts
// does not (reference_policies_elements_resource). Wildcards behind the fifth colon match colons, as was seen live
// (radkawar/stackd, testdata/aws/iam/conditions.json).
type resourcePattern struct {
	parts []string // before the fifth colon; none for "*"
	rest  pattern  // behind it
}

// parseResource reads an ARN. AWS adds "*" for each of the six parts that an ARN of an identity policy lacks (IAM User
// Guide, reference-arns). For a resource policy it does not say so, hence the error.
func parseResource(text string, variables, identityPolicy bool) (resourcePattern, error) {
	parts := strings.SplitN(text, ":", 6)
	switch {
	case text == "*":
		return resourcePattern{rest: pattern{source: text}}, nil
	case parts[0] != "arn":
		return resourcePattern{}, fmt.Errorf("%q is neither an ARN nor *", text)
	case len(parts) < 6 && !identityPolicy:
		return resourcePattern{}, fmt.Errorf("%q has fewer than the six parts of an ARN: write them all", text)
	}
	for len(parts) < 6 {
		parts = append(parts, "*")
	}
	rest, err := parsePattern(parts[5], variables)
	return resourcePattern{parts[:5], rest}, err
}

// match reports whether an ARN matches.
func (p resourcePattern) match(arn string, context contextKeys) bool {
	rest, ok := p.rest.expand(context, withWildcards)
	if !ok {
		return false
	}
	pattern, text := []rune(rest), []rune(arn)
	return slices.ContainsFunc(p.restStarts(text), func(start int) bool {
		return wildcardMatch(pattern, text[start:])
	})
}

// restStarts compares the parts before the fifth colon with an ARN. It returns where the rest may begin in it.
func (p resourcePattern) restStarts(arn []rune) []int {
	starts := []int{0}
	for _, part := range p.parts {
		pattern := []rune(withWildcards(part))
		var next []int
		for _, start := range starts {
			length := slices.Index(arn[start:], ':')
			if length < 0 || !wildcardMatch(pattern, arn[start:start+length]) {
				continue
			}
			next = append(next, start+length+1)
			if strings.HasSuffix(part, "*") { // it may stand for any of the colons that follow
				next = append(next, colonsFrom(arn, start+length+1)...)
				break
			}
		}
		starts = next
	}
	return starts
}

// colonsFrom returns the indices behind the colons from an index on.
func colonsFrom(text []rune, from int) []int {
	var behind []int
	for i, r := range text[from:] {
		if r == ':' {
			behind = append(behind, from+i+1)
		}
	}
	return behind
}
