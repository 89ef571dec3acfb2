package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// This file has a small evaluator of the policies in templates, apart from furl local's. It knows the few forms that
// Furl and CDK write, and reports each other form. A value that only the deployment knows is "${LogicalId.Attribute}".

// textOf is a value of a template as text.
func textOf(value any) string {
	node, ok := value.(map[string]any)
	if !ok {
		return fmt.Sprint(value)
	}
	if ref, ok := node["Ref"].(string); ok {
		return "${" + ref + "}"
	}
	if attribute, ok := node["Fn::GetAtt"].([]any); ok {
		return fmt.Sprintf("${%v.%v}", attribute...)
	}
	if join, ok := node["Fn::Join"].([]any); ok {
		var parts []string
		for _, part := range join[1].([]any) {
			parts = append(parts, textOf(part))
		}
		return strings.Join(parts, fmt.Sprint(join[0]))
	}
	text, _ := json.Marshal(value)
	return string(text)
}

// textsOf are the texts of a value that may be one or several.
func textsOf(value any) []string {
	several, ok := value.([]any)
	if !ok {
		several = []any{value}
	}
	var texts []string
	for _, one := range several {
		texts = append(texts, textOf(one))
	}
	return texts
}

// matchesPattern reports whether a text matches a pattern with the wildcard * (IAM User Guide,
// reference_policies_elements_resource).
func matchesPattern(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

func matchesAny(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matchesPattern(pattern, text) })
}

// policyStatement is one Allow. Actions and resources are patterns.
type policyStatement struct {
	actions, resources []string
	principals         []string // "AWS:<arn>" or "Service:<name>", or nil in a policy of a role
	conditions         map[string]string
}

// readStatements reads a PolicyDocument. It reports the forms that it does not know.
func readStatements(document any, report func(string, ...any)) []policyStatement {
	var found []policyStatement
	statements, _ := document.(map[string]any)["Statement"].([]any)
	for _, each := range statements {
		statement := each.(map[string]any)
		for key := range statement {
			if !slices.Contains([]string{"Effect", "Action", "Resource", "Principal", "Condition", "Sid"}, key) {
				report("a statement has %s, which this evaluator does not know", key)
			}
		}
		if statement["Effect"] != "Allow" {
			report("a statement has the Effect %v, which this evaluator does not know", statement["Effect"])
			continue
		}
		read := policyStatement{actions: textsOf(statement["Action"]), conditions: map[string]string{}}
		if statement["Resource"] != nil {
			read.resources = textsOf(statement["Resource"])
		}
		read.principals = readPrincipals(statement["Principal"])
		// TestGrantSessionTags checks the conditions of these.
		ofTags := slices.Equal(read.actions, []string{"sts:AssumeRole", "sts:TagSession"})
		conditions, _ := statement["Condition"].(map[string]any)
		for operator, keys := range conditions {
			if operator != "StringEquals" && operator != "Bool" && !ofTags {
				report("the condition operator %s is not known to this evaluator", operator)
			}
			for key, value := range keys.(map[string]any) {
				read.conditions[key] = textOf(value)
			}
		}
		found = append(found, read)
	}
	return found
}

func readPrincipals(value any) []string {
	if value == "*" {
		return []string{"AWS:*"}
	}
	kinds, _ := value.(map[string]any)
	var found []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, name := range textsOf(kinds[kind]) {
			found = append(found, kind+":"+name)
		}
	}
	return found
}

// allows reports whether the statement lets a request through. A condition fails if the request lacks its key.
func (s policyStatement) allows(action, resource string, context map[string]string) bool {
	if !matchesAny(s.actions, action) || s.resources != nil && !matchesAny(s.resources, resource) {
		return false
	}
	for key, want := range s.conditions {
		if has, ok := context[key]; !ok || has != want {
			return false
		}
	}
	return true
}
