package assembly

import (
	"fmt"
	"reflect"
)

// holds reports whether the named condition of the template is true. The condition "" is always true.
func (e evaluation) holds(name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	expression, ok := e.stack.template.Conditions[name]
	if !ok {
		return false, fmt.Errorf("stack %s has no condition %s", e.stack.Name, name)
	}
	e, err := e.enter(fmt.Sprintf("condition %s of stack %s", name, e.stack.Name))
	if err != nil {
		return false, err
	}
	return e.condition(expression)
}

// condition evaluates a condition function (intrinsic-function-reference-conditions). Only here is {"Condition":
// name} a function. Elsewhere it is an ordinary key, as in policy documents.
func (e evaluation) condition(expression any) (bool, error) {
	object, _ := expression.(map[string]any)
	if len(object) == 1 {
		for name, argument := range object {
			switch name {
			case "Condition":
				other, err := text(argument)
				if err != nil {
					return false, err
				}
				return e.holds(other)
			case "Fn::Equals":
				return e.equals(argument)
			case "Fn::Not":
				list, err := arguments(argument, 1, 1)
				if err != nil {
					return false, fmt.Errorf("Fn::Not: %w", err)
				}
				inner, err := e.condition(list[0])
				return !inner, err
			case "Fn::And":
				return e.combine(name, argument, false)
			case "Fn::Or":
				return e.combine(name, argument, true)
			}
		}
	}
	return false, fmt.Errorf("%v is not a condition", expression)
}

// combine evaluates Fn::And and Fn::Or. It ends at the first condition that decides.
func (e evaluation) combine(name string, argument any, decisive bool) (bool, error) {
	list, err := arguments(argument, 1, 10) // CloudFormation requires 2, but one is harmless
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	for _, item := range list {
		if result, err := e.condition(item); err != nil || result == decisive {
			return result, err
		}
	}
	return !decisive, nil
}

func (e evaluation) equals(argument any) (bool, error) {
	list, err := arguments(argument, 2, 2)
	if err != nil {
		return false, fmt.Errorf("Fn::Equals: %w", err)
	}
	var sides [2]any
	for i := range sides {
		if sides[i], err = e.resolve(list[i]); err != nil {
			return false, fmt.Errorf("Fn::Equals: %w", err)
		}
		if t, err := text(sides[i]); err == nil { // CloudFormation compares 1 and "1" as equal
			sides[i] = t
		}
	}
	return reflect.DeepEqual(sides[0], sides[1]), nil
}

// ifFunction evaluates Fn::If. It ignores the branch that is not taken.
func (e evaluation) ifFunction(argument any) (any, error) {
	list, err := arguments(argument, 3, 3)
	if err != nil {
		return nil, err
	}
	name, err := text(list[0])
	if err != nil {
		return nil, err
	}
	holds, err := e.holds(name)
	if err != nil {
		return nil, err
	}
	if holds {
		return e.resolve(list[1])
	}
	return e.resolve(list[2])
}
