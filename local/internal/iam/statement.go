package iam

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Statement is one statement of a policy. The Sid is for messages only.
type Statement struct {
	Sid string // as in the document, or "#1" if the first statement has none

	deny       bool
	principals []principal // nil in an identity policy
	actions    actions
	resources  resources
	conditions []condition
}

// actions is the value of Action. With negated set, it is the value of NotAction.
type actions struct {
	negated bool
	values  []pattern // in lower case
}

// resources is the value of Resource. With negated set, it is the value of NotResource.
type resources struct {
	given   bool // only a trust policy has statements without either
	negated bool
	values  []resourcePattern
}

func parseStatement(object map[string]any, variables bool) (*Statement, error) {
	s := &Statement{}
	for key, value := range object {
		if err := s.parseElement(key, value, variables); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if err := s.parseResources(object, variables); err != nil {
		return nil, err
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
		s.actions, err = parseActions(value, key == "NotAction")
	case "Resource", "NotResource": // parseResources reads them, as it needs the effect and the principals
	case "Condition":
		s.conditions, err = parseConditions(value, variables)
	default:
		return errors.New("unknown element")
	}
	return err
}

// actionText is the form of an action. IAM refuses wildcards in the service, but for all actions of all services.
var actionText = regexp.MustCompile(`^(\*|\*:\*|[A-Za-z0-9.-]+:[^:]+)$`)

func parseActions(value any, negated bool) (actions, error) {
	texts, err := stringList(value)
	if err != nil {
		return actions{}, err
	}
	parsed := actions{negated: negated}
	for _, text := range texts {
		if !actionText.MatchString(text) {
			return actions{}, fmt.Errorf("%q is not of the form service:action", text)
		}
		// IAM compares actions without regard to case, and has no variables in them.
		parsed.values = append(parsed.values, pattern{source: strings.ToLower(text)})
	}
	return parsed, nil
}

// match reports whether an action, in lower case, matches.
func (a actions) match(action string) bool {
	matches := func(p pattern) bool { return p.like(action, nil) }
	return slices.ContainsFunc(a.values, matches) != a.negated
}

// parseResources reads Resource and NotResource. A text that is no ARN is an error, unless it is in Resource of an
// Allow. There it allows nothing.
func (s *Statement) parseResources(object map[string]any, variables bool) error {
	for _, key := range []string{"Resource", "NotResource"} {
		if object[key] == nil {
			continue
		}
		texts, err := stringList(object[key])
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		s.resources.given, s.resources.negated = true, key == "NotResource"
		for _, text := range texts {
			parsed, err := parseResource(text, variables, s.principals == nil)
			switch {
			case err == nil:
				s.resources.values = append(s.resources.values, parsed)
			case s.deny || s.resources.negated || strings.HasPrefix(text, "arn:"):
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return nil
}

// match reports whether a resource matches. A statement without the element is about any, since its policy is a role's.
//
// A variable without a value in NotResource is disputed. The text matches nothing by one sentence of the User Guide's
// page, and by another the statement may be invalid (reference_policies_variables). The reading that refuses counts
// here, so the statement applies if it is a Deny only.
func (r resources) match(arn string, context contextKeys, deny bool) bool {
	if !r.given {
		return true
	}
	lacksValue := func(p resourcePattern) bool { return !p.rest.hasValues(context) }
	if r.negated && !deny && slices.ContainsFunc(r.values, lacksValue) {
		return false
	}
	matches := func(p resourcePattern) bool { return p.match(arn, context) }
	return slices.ContainsFunc(r.values, matches) != r.negated
}

// mismatch returns the reason why the statement does not apply to a request. The depth is the number of elements
// that matched before. If the statement applies, the reason is "" and matched is the principal that matched.
func (s *Statement) mismatch(req Request, context contextKeys) (reason string, depth int, matched principalKind) {
	if !s.actions.match(strings.ToLower(req.Action)) {
		return "is about another action", 0, 0
	}
	if !s.resources.match(req.Resource, context, s.deny) {
		return "is about another resource", 1, 0
	}
	if s.principals != nil {
		if matched = matchPrincipals(s.principals, req.Identity); matched == principalNone {
			return "is for another principal", 2, 0
		}
	}
	for _, c := range s.conditions {
		if !c.holds(context, s.deny) {
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
