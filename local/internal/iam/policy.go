package iam

import (
	"fmt"
	"slices"
)

// Policy is a policy document with the name that a [Decision] gives it.
type Policy struct {
	Name       string // for people, such as "the resource policy of function orders"
	Statements []*Statement

	// ResourceTags are the tags of the resource that a resource policy is on.
	ResourceTags map[string]string
}

// ParsePolicy reads a policy document from its resolved JSON value, a map[string]any with Version and Statement.
// The error names the statement and the element that is wrong or not simulated. The caller sets the Name of the
// policy.
func ParsePolicy(document any) (*Policy, error) {
	object, ok := document.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a policy document must be an object, not %T", document)
	}
	variables, err := hasVariables(object["Version"])
	if err != nil {
		return nil, err
	}
	for key := range object {
		if !slices.Contains([]string{"Version", "Id", "Statement"}, key) {
			return nil, fmt.Errorf("unknown element %q in a policy document", key)
		}
	}
	list, ok := object["Statement"].([]any)
	if !ok {
		list = []any{object["Statement"]}
	}
	policy := &Policy{}
	for i, element := range list {
		object, ok := element.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("statement %d: must be an object, not %T", i+1, element)
		}
		settled, ok := settleUnknown(object)
		if !ok {
			continue
		}
		statement, err := parseStatement(settled, variables)
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		if statement.Sid == "" {
			statement.Sid = fmt.Sprintf("#%d", i+1)
		}
		policy.Statements = append(policy.Statements, statement)
	}
	return policy, nil
}

// hasVariables reports whether "${…}" is a variable in documents of the given version. In the old version, which
// is the default, it is literal text (IAM User Guide, reference_policies_elements_version).
func hasVariables(version any) (bool, error) {
	switch version {
	case "2012-10-17":
		return true, nil
	case nil, "2008-10-17":
		return false, nil
	}
	return false, fmt.Errorf("unknown policy version %v", version)
}

// RefuseAll returns the policy of a resource whose own policy could not be read. It denies everything, since the own
// policy may.
func RefuseAll(name string, err error) *Policy {
	return &Policy{
		Name: fmt.Sprintf("%s, which could not be read: %v", name, err),
		Statements: []*Statement{{
			Sid: "#1", deny: true, principals: []principal{{kind: principalAny}}, actions: actions{negated: true},
		}},
	}
}

// CheckResourcePolicy refuses a policy that cannot be the policy of a resource. Its statements have a Principal and a
// Resource.
func (p *Policy) CheckResourcePolicy() error {
	for _, s := range p.Statements {
		if s.principals == nil || !s.resources.given {
			return fmt.Errorf("%s, statement %s: it must have a Principal and a Resource", p.Name, s.Sid)
		}
	}
	return nil
}

// Denies returns the statements that deny.
func (p *Policy) Denies() []*Statement {
	return slices.DeleteFunc(slices.Clone(p.Statements), func(s *Statement) bool { return !s.deny })
}

// mustHavePrincipals panics on a policy that cannot be a resource policy. A statement without Principal would be
// about everyone.
func (p *Policy) mustHavePrincipals() {
	for _, s := range p.Statements {
		if s.principals == nil {
			panic("iam: statement " + s.Sid + " of " + p.Name + " has no Principal: a resource policy needs one")
		}
	}
}

// ParseNamedPolicy parses a policy document. The name is for messages.
func ParseNamedPolicy(name string, document any) (*Policy, error) {
	policy, err := ParsePolicy(document)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	policy.Name = name
	return policy, nil
}
