package waf

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// labelMatch matches requests with a label (LabelMatchStatement; AWS WAF Developer Guide, waf-rule-label-match).
type labelMatch func(label string) bool

func (s labelMatch) matches(q *request) bool { return slices.ContainsFunc(q.labels, s) }

func (c *compiler) labelMatch(kind string, document json.RawMessage) (statement, error) {
	var config struct{ Scope, Key string }
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	if !labelText.MatchString(config.Key) {
		return nil, fmt.Errorf("%s: Key %q is not a label: write letters, digits, colons, _ and -", kind, config.Key)
	}
	switch config.Scope {
	case "LABEL":
		return labelMatch(c.named(config.Key)), nil
	case "NAMESPACE":
		return labelMatch(c.inNamespace(config.Key)), nil
	}
	return nil, fmt.Errorf("%s: Scope %q is neither LABEL nor NAMESPACE", kind, config.Scope)
}

// named reports of a label whether it has this name. A name with the prefix of another context matches that label
// only. One without a prefix matches in the rule's own context, with any namespaces before it (AWS WAF Developer
// Guide, waf-rule-label-match-examples).
func (c *compiler) named(name string) func(label string) bool {
	if strings.HasPrefix(name, "awswaf:") {
		return func(label string) bool { return label == name }
	}
	return func(label string) bool {
		own, found := strings.CutPrefix(label, c.namespace)
		return found && strings.HasSuffix(":"+own, ":"+name)
	}
}

// inNamespace reports of a label whether it has these namespaces. Namespaces without a prefix may stand anywhere
// between the prefix of the rule's own context and the label's name. AWS documents that they are contiguous, and no
// more of their place.
func (c *compiler) inNamespace(namespace string) func(label string) bool {
	namespace = strings.TrimSuffix(namespace, ":") + ":"
	if strings.HasPrefix(namespace, "awswaf:") {
		return func(label string) bool { return strings.HasPrefix(label, namespace) }
	}
	return func(label string) bool {
		own, found := strings.CutPrefix(label, c.namespace)
		return found && strings.Contains(":"+own[:strings.LastIndex(own, ":")+1], ":"+namespace)
	}
}
