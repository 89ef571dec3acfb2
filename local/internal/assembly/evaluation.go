package assembly

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// evaluation resolves values of one stack's template. The trail names the values that are being resolved,
// outermost first. It serves to find and to describe cycles.
type evaluation struct {
	stack *Stack
	trail []string
}

// absent is the value of {"Ref": "AWS::NoValue"}. A property or list element with this value does not exist.
type absent struct{}

// enter adds the name of a value to the trail. A name that is there already is a cycle and thus an error.
func (e evaluation) enter(name string) (evaluation, error) {
	if slices.Contains(e.trail, name) {
		return e, fmt.Errorf("cycle: %s → %s", strings.Join(e.trail, " → "), name)
	}
	e.trail = append(slices.Clip(e.trail), name)
	return e, nil
}

// in returns the same evaluation in another stack.
func (e evaluation) in(stack *Stack) evaluation {
	e.stack = stack
	return e
}

// resolve returns value with every function in it replaced by its result.
func (e evaluation) resolve(value any) (any, error) {
	switch value := value.(type) {
	case string:
		return e.dynamicReferences(value)
	case []any:
		return e.resolveList(value)
	case map[string]any:
		name, argument, err := function(value)
		if err != nil {
			return nil, err
		}
		if name == "" {
			return e.resolveMap(value)
		}
		result, err := e.call(name, argument)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return result, nil
	}
	return value, nil
}

// function returns the name and argument of a function call, which is an object with that one key. For any other
// value, the name is "".
func function(value map[string]any) (name string, argument any, err error) {
	for key, v := range value {
		if key == "Ref" || strings.HasPrefix(key, "Fn::") {
			name, argument = key, v
		}
	}
	if strings.HasPrefix(name, "Fn::") && len(value) > 1 {
		return "", nil, fmt.Errorf("%s stands beside other keys: %s",
			name, strings.Join(slices.Sorted(maps.Keys(value)), ", "))
	}
	if len(value) > 1 { // "Ref" may be the name of a property
		return "", nil, nil
	}
	return name, argument, nil
}

func (e evaluation) resolveList(list []any) (any, error) {
	resolved := make([]any, 0, len(list))
	for i, item := range list {
		r, err := e.resolve(item)
		if err != nil {
			return nil, within(strconv.Itoa(i), err)
		}
		if r != (absent{}) {
			resolved = append(resolved, r)
		}
	}
	return resolved, nil
}

func (e evaluation) resolveMap(object map[string]any) (any, error) {
	resolved := make(map[string]any, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) { // sorted, for the same error on every run
		r, err := e.resolve(object[key])
		if err != nil {
			return nil, within(key, err)
		}
		if r != (absent{}) {
			resolved[key] = r
		}
	}
	return resolved, nil
}

// locatedError says where in the properties an error occurred, such as "Environment.Variables.TABLE".
type locatedError struct {
	path string
	err  error
}

func (e *locatedError) Error() string { return e.path + ": " + e.err.Error() }
func (e *locatedError) Unwrap() error { return e.err }

func within(key string, err error) error {
	if inner, ok := err.(*locatedError); ok { // not errors.As, since only a direct one continues the path
		return &locatedError{key + "." + inner.path, inner.err}
	}
	return &locatedError{key, err}
}

// resolveText resolves a value that must be a string. CloudFormation turns numbers and truth values into strings.
func (e evaluation) resolveText(value any) (string, error) {
	resolved, err := e.resolve(value)
	if err != nil {
		return "", err
	}
	return text(resolved)
}

// resolveTexts resolves a value that must be a list of strings.
func (e evaluation) resolveTexts(value any) ([]string, error) {
	resolved, err := e.resolve(value)
	if err != nil {
		return nil, err
	}
	list, ok := resolved.([]any)
	if !ok {
		return nil, fmt.Errorf("want a list, have %s", kind(resolved))
	}
	texts := make([]string, len(list))
	for i, item := range list {
		if texts[i], err = text(item); err != nil {
			return nil, within(strconv.Itoa(i), err)
		}
	}
	return texts, nil
}

// text returns the string that CloudFormation makes of a scalar.
func text(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case bool:
		return strconv.FormatBool(value), nil
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), nil
	case absent:
		return "", errors.New("want a string, have AWS::NoValue")
	}
	return "", fmt.Errorf("want a string, have %s", kind(value))
}

func kind(value any) string {
	switch value.(type) {
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case nil:
		return "null"
	case absent:
		return "AWS::NoValue"
	}
	return fmt.Sprintf("%v", value)
}
