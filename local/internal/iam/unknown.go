package iam

import (
	"encoding/json"
	"maps"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// settleUnknown makes a statement with unknown values allow no more than on AWS, and deny no less. It reports false
// where nothing is left of the statement.
//
// The literal text of a placeholder matches no request. So an Allow with one keeps its other elements, unless the
// placeholder is in a negated element or in a condition. A Deny loses the unknown part, and then applies to more.
func settleUnknown(statement map[string]any) (settled map[string]any, ok bool) {
	if !hasPlaceholder(statement) {
		return statement, true
	}
	conditions, _ := statement["Condition"].(map[string]any)
	if statement["Effect"] != "Deny" {
		open := hasPlaceholder(conditions) || hasPlaceholder(statement["NotAction"]) ||
			hasPlaceholder(statement["NotResource"])
		return statement, !open
	}
	settled = maps.Clone(statement)
	for _, name := range []string{"Action", "Resource", "Principal"} {
		if hasPlaceholder(statement[name]) {
			settled[name] = "*"
		}
		if negated := "Not" + name; hasPlaceholder(statement[negated]) {
			delete(settled, negated)
			settled[name] = "*"
		}
	}
	if conditions != nil {
		settled["Condition"] = knownConditions(conditions)
	}
	return settled, true
}

// knownConditions leaves out the condition keys that are compared with an unknown value.
func knownConditions(conditions map[string]any) map[string]any {
	known := map[string]any{}
	for operator, keys := range conditions {
		object, _ := keys.(map[string]any)
		remaining := maps.Clone(object)
		maps.DeleteFunc(remaining, func(_ string, value any) bool { return hasPlaceholder(value) })
		if len(remaining) > 0 || len(object) == 0 {
			known[operator] = remaining
		}
	}
	return known
}

func hasPlaceholder(value any) bool {
	_, found := Unknown(value)
	return found
}

// Unknown returns a placeholder in a resolved value, and whether there is one.
func Unknown(value any) (placeholder string, found bool) {
	text, err := json.Marshal(value)
	placeholder, found = assembly.Placeholder(string(text))
	return placeholder, found || err != nil
}
