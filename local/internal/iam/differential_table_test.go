package iam

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// knownDifferences are what iam-simulate 0.1.173 and this package read differently. Of a request without any of them,
// both say the same.
var knownDifferences = []struct {
	name, ours, theirs, source string
	in                         func(*simulation) bool
}{
	{
		name:   "a session policy beside a resource policy for the session or for everyone",
		ours:   "such a resource policy grants to the session itself",
		theirs: "the session policy must allow",
		source: "IAM User Guide, reference_policies_evaluation-logic_policy-eval-denyallow; " +
			"its README says that session policies are coming",
		in: func(s *simulation) bool {
			return s.session != nil && s.names(func(text string) bool {
				return text == "*" || text == sessionARNOf(s.caller)
			})
		},
	},
	{
		name:   "a role of another path",
		ours:   "is another role",
		theirs: "is the role, since the ARN of a session has no path",
		source: "IAM User Guide, reference_identifiers",
		in: func(s *simulation) bool {
			return s.hasRole() && s.names(func(text string) bool {
				return strings.Contains(text, ":role/") && text != s.caller &&
					sessionARNOf(text) == sessionARNOf(s.caller)
			})
		},
	},
	{
		name:   "a * at the end of a part before the fifth colon",
		ours:   "reaches over colons",
		theirs: "does not",
		source: "IAM User Guide, reference_policies_elements_resource",
		in: func(s *simulation) bool {
			return s.resourceTexts(func(text string) bool { return s.reachesOverColon(text) })
		},
	},
	{
		name:   "a variable without a value in a negated condition",
		ours:   "differs from every value",
		theirs: "fails the condition",
		source: "IAM User Guide, reference_policies_variables, and seen live (radkawar/stackd, condition_sets.json)",
		in: func(s *simulation) bool {
			return s.conditions(func(c writtenCondition) bool {
				return strings.Contains(c.operator, "Not") && slices.ContainsFunc(c.variables(), s.isAbsent)
			})
		},
	},
	{
		name:   "a variable without a value in NotResource, in a Deny",
		ours:   "matches nothing, so the statement applies",
		theirs: "the statement does not apply",
		source: "disputed; IAM User Guide, reference_policies_variables, has both",
		in: func(s *simulation) bool {
			return s.statements(func(statement object) bool {
				return statement["Effect"] == "Deny" &&
					slices.ContainsFunc(textList(statement["NotResource"]), func(text string) bool {
						return slices.ContainsFunc(variablesIn(text), s.isAbsent)
					})
			})
		},
	},
	{
		name:   "an incomplete ARN in NotResource",
		ours:   "is completed, and the statement applies to all that do not match",
		theirs: "the statement does not apply to what does not match",
		source: "IAM User Guide, reference-arns; shortArnExpandedMismatch in its statementExplain.js",
		in: func(s *simulation) bool {
			return s.statements(func(statement object) bool {
				return slices.ContainsFunc(textList(statement["NotResource"]), func(text string) bool {
					return completeOnly(text) != text
				})
			})
		},
	},
	{
		name:   "a variable whose value is empty",
		ours:   "stands for the empty text",
		theirs: "makes the text a regular expression with ${ in it, which matches nothing",
		source: "getContextSingleValue and convertIamString in its util.js",
		in: func(s *simulation) bool {
			isEmpty := func(key string) bool { return slices.Equal(s.context[key], []string{""}) }
			return s.conditions(func(c writtenCondition) bool { return slices.ContainsFunc(c.variables(), isEmpty) }) ||
				s.resourceTexts(func(text string) bool { return slices.ContainsFunc(variablesIn(text), isEmpty) })
		},
	},
	{
		name:   "${*} where texts are compared whole",
		ours:   "stands for *",
		theirs: "is literal text",
		source: "IAM User Guide, reference_policies_variables; replacementValue in its util.js",
		in: func(s *simulation) bool {
			return s.conditions(func(c writtenCondition) bool {
				return strings.Contains(c.operator, "Equals") &&
					slices.ContainsFunc(c.texts, func(text string) bool { return strings.Contains(text, "${*}") })
			})
		},
	},
	{
		name:   "a variable in a policy of the old version",
		ours:   "is literal text",
		theirs: "is a variable",
		source: "IAM User Guide, reference_policies_elements_version",
		in: func(s *simulation) bool {
			return s.policies(func(policy object) bool {
				return policy["Version"] == "2008-10-17" && strings.Contains(fmt.Sprint(policy), "${")
			})
		},
	},
	{
		name:   "seconds since 1970 beside a date",
		ours:   "are compared as times",
		theirs: "are compared with milliseconds",
		source: "IAM User Guide, reference_policies_elements_condition_operators, and seen live (radkawar/stackd, " +
			"condition_values.json)",
		in: func(s *simulation) bool {
			return s.conditions(func(c writtenCondition) bool {
				isDate := func(text string) bool { return strings.Contains(text, "-") }
				isSeconds := func(text string) bool { return !isDate(text) }
				both := append(slices.Clone(c.texts), s.context[c.key]...)
				return strings.Contains(c.operator, "Date") &&
					slices.ContainsFunc(both, isDate) && slices.ContainsFunc(both, isSeconds)
			})
		},
	},
	{
		name:   "a number with an exponent",
		ours:   "is that number",
		theirs: "ends before the exponent",
		source: "seen live (radkawar/stackd, condition_values.json); parseNumber in its numeric.js",
		in: func(s *simulation) bool {
			return s.conditions(func(c writtenCondition) bool {
				return strings.Contains(c.operator, "Numeric") &&
					slices.ContainsFunc(c.texts, func(text string) bool { return strings.Contains(text, "e") })
			})
		},
	},
	{
		name:   "the network 0.0.0.0/0, an IPv6 address in capitals, or one address beside the other family",
		ours:   "networks and addresses are compared as such",
		theirs: "a shift by 32 bits is none, and addresses are compared as text",
		source: "IAM User Guide, reference_policies_elements_condition_operators; isIpInCidrV4 in its ipv4.js and " +
			"checkIfIpAddress in its ip.js",
		in: func(s *simulation) bool {
			return s.conditions(func(c writtenCondition) bool {
				odd := func(text string) bool {
					address, err := netip.ParseAddr(text)
					other := slices.ContainsFunc(s.context[c.key], func(value string) bool {
						return strings.Contains(value, ":") != address.Is6()
					})
					return text == "0.0.0.0/0" || err == nil && (address.String() != text || other)
				}
				return strings.Contains(c.operator, "IpAddress") && slices.ContainsFunc(c.texts, odd)
			})
		},
	},
	{
		name:   "ForAnyValue with IfExists and an absent key, in a Deny",
		ours:   "denies, as the page on operators says",
		theirs: "does not, as iam.cloudcopilot.io/resources/operators says",
		source: "disputed",
		in: func(s *simulation) bool {
			return s.conditions(func(c writtenCondition) bool {
				return c.deny && strings.HasPrefix(c.operator, "ForAnyValue:") &&
					strings.HasSuffix(c.operator, "IfExists") && s.isAbsent(c.key)
			})
		},
	},
}

// differences are the names of the known differences in a simulation.
func (s *simulation) differences() []string {
	var names []string
	for _, row := range knownDifferences {
		if row.in(s) {
			names = append(names, row.name)
		}
	}
	return names
}

// writtenCondition is a condition of a policy.
type writtenCondition struct {
	deny          bool
	operator, key string
	texts         []string
}

func (c writtenCondition) variables() []string { return variablesIn(strings.Join(c.texts, " ")) }

func variablesIn(text string) []string { return pattern{source: text, variables: true}.variableKeys() }

// isAbsent reports whether a variable of a key has no value.
func (s *simulation) isAbsent(key string) bool {
	values := s.context[key]
	return len(values) == 0 || isMultivalued(key, values)
}

// policies reports whether a policy of the simulation is such.
func (s *simulation) policies(is func(object) bool) bool {
	return slices.ContainsFunc([]object{s.identity, s.session, s.boundary, s.onResource}, func(policy object) bool {
		return policy != nil && is(policy)
	})
}

// statements reports whether a statement of the simulation is such.
func (s *simulation) statements(is func(object) bool) bool {
	return s.policies(func(policy object) bool {
		return slices.ContainsFunc(policy["Statement"].([]any), func(s any) bool { return is(s.(object)) })
	})
}

// conditions reports whether a condition of the simulation is such.
func (s *simulation) conditions(is func(writtenCondition) bool) bool {
	return s.statements(func(statement object) bool {
		conditions, _ := statement["Condition"].(object)
		for operator, keys := range conditions {
			for key, values := range keys.(object) {
				if is(writtenCondition{statement["Effect"] == "Deny", operator, key, textList(values)}) {
					return true
				}
			}
		}
		return false
	})
}

// resourceTexts reports whether a text of Resource or NotResource is such.
func (s *simulation) resourceTexts(is func(string) bool) bool {
	return s.statements(func(statement object) bool {
		return slices.ContainsFunc(append(textList(statement["Resource"]), textList(statement["NotResource"])...), is)
	})
}

// names reports whether the resource policy has such a principal.
func (s *simulation) names(is func(string) bool) bool {
	return s.statements(func(statement object) bool {
		if statement["Principal"] == "*" {
			return is("*")
		}
		kinds, _ := statement["Principal"].(object)
		return slices.ContainsFunc(textList(kinds["AWS"]), is)
	})
}

// reachesOverColon reports whether a resource matches only if a * reaches over a colon.
func (s *simulation) reachesOverColon(text string) bool {
	p, err := parseResource(text, true, true)
	if err != nil || len(p.parts) == 0 || !p.match(s.resource, newContextKeys(s.context)) {
		return false
	}
	for i, part := range strings.SplitN(s.resource, ":", 6)[:5] {
		if !wildcardMatch([]rune(withWildcards(p.parts[i])), []rune(part)) {
			return true
		}
	}
	return false
}

// textList is the value of an element, a text or a list of texts.
func textList(value any) []string {
	texts, _ := stringList(value)
	return texts
}
