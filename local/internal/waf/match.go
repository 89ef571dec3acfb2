package waf

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// match inspects a part of a request after transformations. String match, size constraint and regex statements differ
// only in holds, which judges one text. One text that holds is enough.
type match struct {
	part       field
	transforms []transformation
	holds      func(text string) bool
}

func (s match) matches(q *request) bool {
	texts, decided := s.part(q)
	switch decided {
	case handleMatch:
		return true
	case handleNoMatch:
		return false
	}
	return slices.ContainsFunc(texts, func(text string) bool { return s.holds(transform(text, s.transforms)) })
}

// matchConfig are the properties that these statements share.
type matchConfig struct {
	// FieldToMatch has exactly one key, which names the part of the request.
	FieldToMatch        map[string]json.RawMessage
	TextTransformations []textTransformation
}

type textTransformation struct {
	Priority number
	Type     string
}

// match compiles what these statements share. It returns a notSimulatedError for a part or a transformation without a
// model.
func (c *compiler) match(kind string, config matchConfig, holds func(text string) bool) (statement, error) {
	part, err := c.field(kind, config.FieldToMatch)
	if err != nil {
		return nil, err
	}
	transforms, err := newTransformations(kind, config.TextTransformations)
	if err != nil {
		return nil, err
	}
	return match{part, transforms, holds}, nil
}

// newTransformations returns the transformations in the order of their priority.
func newTransformations(kind string, configs []textTransformation) ([]transformation, error) {
	if len(configs) == 0 {
		return nil, errors.New(kind + ": set at least one of TextTransformations, NONE if no other")
	}
	slices.SortFunc(configs, func(x, y textTransformation) int { return cmp.Compare(x.Priority, y.Priority) })
	var transforms []transformation
	for i, config := range configs {
		if i > 0 && configs[i-1].Priority == config.Priority {
			return nil, fmt.Errorf("%s: two of TextTransformations have priority %d: change one", kind, config.Priority)
		}
		transform, known := transformations[config.Type]
		if !known {
			return nil, notSimulatedError(kind + " with TextTransformation " + config.Type)
		}
		transforms = append(transforms, transform)
	}
	return transforms, nil
}

// transform applies transformations one after the other.
func transform(text string, transforms []transformation) string {
	for _, transform := range transforms {
		text = transform(text)
	}
	return text
}
