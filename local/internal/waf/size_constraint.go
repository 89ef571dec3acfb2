package waf

import (
	"encoding/json"
	"fmt"
)

// comparisons are the operators of a size constraint.
var comparisons = map[string]func(size, limit int) bool{
	"EQ": func(size, limit int) bool { return size == limit },
	"NE": func(size, limit int) bool { return size != limit },
	"LE": func(size, limit int) bool { return size <= limit },
	"LT": func(size, limit int) bool { return size < limit },
	"GE": func(size, limit int) bool { return size >= limit },
	"GT": func(size, limit int) bool { return size > limit },
}

// sizeConstraint compiles a comparison of a part's size, in bytes after the transformations. Of a body only the
// inspected bytes count (AWS WAF API Reference, API_SizeConstraintStatement).
func (c *compiler) sizeConstraint(kind string, document json.RawMessage) (statement, error) {
	var config struct {
		matchConfig
		ComparisonOperator string
		Size               number
	}
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	compare, known := comparisons[config.ComparisonOperator]
	if !known {
		return nil, fmt.Errorf("%s: there is no ComparisonOperator %q", kind, config.ComparisonOperator)
	}
	return c.match(kind, config.matchConfig, func(text string) bool { return compare(len(text), int(config.Size)) })
}
