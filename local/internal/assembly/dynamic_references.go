package assembly

import (
	"regexp"
	"strings"
)

// dynamicReference matches {{resolve:SERVICE:REFERENCE}} (CloudFormation User Guide, dynamic-references).
var dynamicReference = regexp.MustCompile(`\{\{resolve:([a-z-]+):([^}]*)\}\}`)

// dynamicReferences puts values in the place of the dynamic references in a text.
func (e evaluation) dynamicReferences(text string) (string, error) {
	if !strings.Contains(text, "{{resolve:") {
		return text, nil
	}
	var firstErr error
	return dynamicReference.ReplaceAllStringFunc(text, func(match string) string {
		parts := dynamicReference.FindStringSubmatch(match)
		if parts[1] != "ssm" {
			return e.givenOrUnknown("dynamic reference to "+parts[1], parts[2])
		}
		name, _, _ := strings.Cut(parts[2], ":") // a version may follow
		value, err := e.ssmParameter(name, e.stack.Region)
		if err != nil && firstErr == nil {
			firstErr = err
		}
		return value
	}), firstErr
}

// ssmParameter returns the value of an SSM parameter in a region. The developer may give it, or a resource of the
// assembly has it.
func (e evaluation) ssmParameter(name, region string) (string, error) {
	if value, ok := e.given(name); ok {
		return value, nil
	}
	for _, stack := range e.stack.assembly.allStacks() {
		for _, resource := range stack.byID {
			if resource.Type != "AWS::SSM::Parameter" || stack.Region != region {
				continue
			}
			if own, err := e.in(stack).resolveText(resource.properties["Name"]); err == nil && own == name {
				return e.in(stack).resolveText(resource.properties["Value"])
			}
		}
	}
	return e.unknown("SSM parameter", name), nil
}
