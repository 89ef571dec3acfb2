package iam

import (
	"errors"
	"fmt"
	"strings"
)

// Statement is one statement of a policy. The Sid is for messages only.
type Statement struct {
	Sid string // as in the document, or "#1" if the first statement has none

	deny       bool
	principals []principal // nil in an identity policy
	actions    patterns
	resources  patterns
	conditions []condition
}

// patterns is the value of Action or Resource. With negated set, it is the value of NotAction or NotResource.
type patterns struct {
	negated bool
	values  []pattern
}

func parseStatement(object map[string]any, variables bool) (*Statement, error) {
	s := &Statement{}
	for key, value := range object {
		if err := s.parseElement(key, value, variables); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if object["Effect"] == nil {
		return nil, errors.New("no Effect: write Allow or Deny")
	}
	if s.actions.values == nil {
		return nil, errors.New("neither Action nor NotAction: write one of them")
	}
	if object["Action"] != nil && object["NotAction"] != nil ||
		object["Resource"] != nil && object["NotResource"] != nil {
		return nil, errors.New("an element and its negation in one statement: write one of them")
	}
	return s, nil
}

func (s *Statement) parseElement(key string, value any, variables bool) (err error) {
	switch key {
	case "Sid":
		s.Sid, _ = value.(string)
	case "Effect":
		if value != "Allow" && value != "Deny" {
			return fmt.Errorf("must be Allow or Deny, not %v", value)
		}
		s.deny = value == "Deny"
	case "Principal":
		s.principals, err = parsePrincipals(value)
	case "NotPrincipal":
		// Identity and trust policies cannot have NotPrincipal, and AWS::Lambda::Permission cannot write it.
		return errors.New("is not simulated: name the principals, or deny on a condition with aws:PrincipalArn")
	case "Action", "NotAction":
		s.actions, err = parsePatterns(value, key == "NotAction", false)
		for i, action := range s.actions.values {
			s.actions.values[i].source = strings.ToLower(action.source) // IAM compares actions without regard to case
			if action.source != "*" && !strings.Contains(action.source, ":") {
				return fmt.Errorf("%q is not of the form service:action", action.source)
			}
		}
	case "Resource", "NotResource":
		s.resources, err = parsePatterns(value, key == "NotResource", variables)
	case "Condition":
		s.conditions, err = parseConditions(value, variables)
	default:
		return errors.New("unknown element")
	}
	return err
}

func parsePatterns(value any, negated, variables bool) (patterns, error) {
	texts, err := stringList(value)
	if err != nil {
		return patterns{}, err
	}
	result := patterns{negated: negated}
	for _, text := range texts {
		p, err := parsePattern(text, variables)
		if err != nil {
			return patterns{}, err
		}
		result.values = append(result.values, p)
	}
	return result, nil
}

func (p patterns) match(text string, context contextKeys) bool {
	for _, value := range p.values {
		if value.like(text, context) {
			return !p.negated
		}
	}
	return p.negated
}

// mismatch returns the reason why the statement does not apply to a request. The depth is the number of elements
// that matched before. If the statement applies, the reason is "" and matched is the principal that matched.
func (s *Statement) mismatch(req Request, context contextKeys) (reason string, depth int, matched principalKind) {
	if !s.actions.match(strings.ToLower(req.Action), context) {
		return "is about another action", 0, 0
	}
	// Only a trust policy has statements without Resource. Their resource is the role itself.
	if s.resources.values != nil && !s.resources.match(req.Resource, context) {
		return "is about another resource", 1, 0
	}
	if s.principals != nil {
		if matched = matchPrincipals(s.principals, req.Identity); matched == principalNone {
			return "is for another principal", 2, 0
		}
	}
	for _, c := range s.conditions {
		if !c.holds(context) {
			return fmt.Sprintf("has the condition %s, which does not hold", c), 3, 0
		}
	}
	return "", 4, matched
}

// stringList reads an element that the policy grammar writes as a string or as a list of strings.
func stringList(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var texts []string
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, fmt.Errorf("must be a string or a list of strings, not %T", element)
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return nil, errors.New("is empty")
	}
	return texts, nil
}
