package assembly

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// Decode reads the properties into a struct whose fields have CloudFormation's names. Properties without a field are
// not resolved, so that an unknown value in them does not matter. A scalar becomes the type of its field, as
// CloudFormation coerces it. So "20" is a number, and "true" a truth value.
func (r *Resource) Decode(into any) error {
	e, err := evaluation{stack: r.Stack}.enter(r.String())
	if err != nil {
		return err
	}
	t := reflect.TypeOf(into)
	resolved, err := e.resolve(prune(r.properties, t))
	if err != nil {
		return fmt.Errorf("properties of %s: %w", r, err)
	}
	if err := Decode(resolved, into); err != nil {
		return fmt.Errorf("properties of %s (%s): %w", r.Path, r.Type, err)
	}
	return nil
}

// Decode reads a resolved value as [Resource.Decode] does.
func Decode(resolved, into any) error {
	text, err := json.Marshal(coerce(resolved, reflect.TypeOf(into)))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// prune leaves out the properties that have no field in a struct type. The arguments of a function are kept.
func prune(value any, t reflect.Type) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if object, ok := value.(map[string]any); ok {
		if name, _, _ := function(object); name != "" {
			return value
		}
	}
	return descend(value, t, prune)
}

// coerce makes the scalars in a resolved value those of a type.
func coerce(value any, t reflect.Type) any {
	if t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
		return value
	}
	switch t.Kind() {
	case reflect.Pointer:
		return coerce(value, t.Elem())
	case reflect.String:
		if scalar, err := text(value); err == nil {
			return scalar
		}
	case reflect.Bool:
		if truth, err := strconv.ParseBool(fmt.Sprint(value)); err == nil {
			return truth
		}
	case reflect.Int, reflect.Int64, reflect.Float64:
		if number, err := strconv.ParseFloat(fmt.Sprint(value), 64); err == nil {
			return number
		}
	}
	return descend(value, t, coerce)
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// descend applies a function to the parts of a value that the type has a field or an element for.
func descend(value any, t reflect.Type, do func(any, reflect.Type) any) any {
	switch value := value.(type) {
	case []any:
		if t.Kind() != reflect.Slice {
			break
		}
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = do(item, t.Elem())
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name, item := range value {
			if t.Kind() == reflect.Map {
				object[name] = do(item, t.Elem())
			} else if t.Kind() != reflect.Struct {
				object[name] = item
			} else if field, ok := t.FieldByName(name); ok {
				object[name] = do(item, field.Type)
			}
		}
		return object
	}
	return value
}
