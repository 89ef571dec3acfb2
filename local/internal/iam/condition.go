package iam

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is one operator applied to one condition key, such as StringEquals on lambda:FunctionUrlAuthType.
type condition struct {
	operator string // as written, for messages
	key      string
	sources  []string

	comparisons []comparison // one for each value in the policy
	variables   []string     // the condition keys that are variables in these values
	comparable  func(value string) bool
	negated     bool
	ifExists    bool
	null        bool   // the Null operator, which compares whether the key is absent
	set         string // "", "ForAllValues" or "ForAnyValue"
}

// comparison reports whether a value of the request meets one value of the policy.
type comparison func(value string, context contextKeys) bool

// operator makes the comparison with source, one value of the policy. With variables set, source may have variables.
type operator func(source string, variables bool) (comparison, error)

// operators holds the operators that are not negations (IAM User Guide,
// reference_policies_elements_condition_operators).
var operators = map[string]operator{
	"StringEquals":             stringOperator(pattern.equal),
	"StringEqualsIgnoreCase":   stringOperator(pattern.equalFold),
	"StringLike":               stringOperator(pattern.like),
	"ArnEquals":                arnOperator, // AWS gives both Arn operators the same behaviour
	"ArnLike":                  arnOperator,
	"Bool":                     boolOperator,
	"IpAddress":                addressOperator,
	"NumericEquals":            numberOperator(func(a, b float64) bool { return a == b }),
	"NumericLessThan":          numberOperator(func(a, b float64) bool { return a < b }),
	"NumericLessThanEquals":    numberOperator(func(a, b float64) bool { return a <= b }),
	"NumericGreaterThan":       numberOperator(func(a, b float64) bool { return a > b }),
	"NumericGreaterThanEquals": numberOperator(func(a, b float64) bool { return a >= b }),
	"DateEquals":               dateOperator(func(order int) bool { return order == 0 }),
	"DateLessThan":             dateOperator(func(order int) bool { return order < 0 }),
	"DateLessThanEquals":       dateOperator(func(order int) bool { return order <= 0 }),
	"DateGreaterThan":          dateOperator(func(order int) bool { return order > 0 }),
	"DateGreaterThanEquals":    dateOperator(func(order int) bool { return order >= 0 }),
	"Null":                     boolOperator,
}

// comparableValues holds the operators that no malformed value of a request meets, negated or not. AWS does not
// document this. It was seen live (radkawar/stackd, testdata/aws/iam/condition_values.json).
var comparableValues = map[string]func(value string) bool{
	"ArnEquals": isARN, "ArnLike": isARN, "IpAddress": isAddress,
}

// negations holds the positive form of each negated operator.
var negations = map[string]string{
	"StringNotEquals":           "StringEquals",
	"StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
	"StringNotLike":             "StringLike",
	"ArnNotEquals":              "ArnEquals",
	"ArnNotLike":                "ArnLike",
	"NotIpAddress":              "IpAddress",
	"NumericNotEquals":          "NumericEquals",
	"DateNotEquals":             "DateEquals",
}

func parseConditions(value any, variables bool) ([]condition, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("must be an object, not %T", value)
	}
	var conditions []condition
	for operator, value := range object {
		keys, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: must be an object, not %T", operator, value)
		}
		for key, values := range keys {
			c, err := parseCondition(operator, key, values, variables)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", operator, key, err)
			}
			conditions = append(conditions, c)
		}
	}
	slices.SortFunc(conditions, func(a, b condition) int { return strings.Compare(a.String(), b.String()) })
	return conditions, nil
}

func parseCondition(operator, key string, values any, variables bool) (condition, error) {
	c := condition{operator: operator, key: key}
	name := operator
	if set, rest, ok := strings.Cut(name, ":"); ok {
		if set != "ForAllValues" && set != "ForAnyValue" {
			return c, errors.New("condition operator not simulated")
		}
		c.set, name = set, rest
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	if positive, ok := negations[name]; ok {
		name, c.negated = positive, true
	}
	c.null, c.comparable = name == "Null", comparableValues[name]
	newComparison, ok := operators[name]
	if !ok || c.null && (c.ifExists || c.set != "") {
		return c, errors.New("condition operator not simulated")
	}
	list, ok := values.([]any)
	if !ok {
		list = []any{values}
	}
	if len(list) == 0 {
		return c, errors.New("has no value") // a negated operator would hold for everyone
	}
	for _, element := range list {
		source, err := scalarText(element)
		if err != nil {
			return c, err
		}
		compare, err := newComparison(source, variables)
		if err != nil {
			return c, err
		}
		c.sources = append(c.sources, source)
		c.variables = append(c.variables, pattern{source: source, variables: variables}.variableKeys()...)
		c.comparisons = append(c.comparisons, compare)
	}
	return c, nil
}

func (c condition) String() string {
	return fmt.Sprintf("%s %s = %s", c.operator, c.key, strings.Join(c.sources, " | "))
}

// holds reports whether the request's values of the key meet the condition. Several values in the policy are
// alternatives. With a negated operator, none of them may match. An absent key fails, unless the operator is
// negated, ends in IfExists or begins with ForAllValues (IAM User Guide,
// reference_policies_condition-logic-multiple-context-keys-or-values).
//
// A key that may have several values meets no operator without a set operator (IAM User Guide,
// reference_policies_condition-single-vs-multi-valued-context-keys). Negation and IfExists do not change that, as was
// seen live (radkawar/stackd, testdata/aws/iam/condition_sets.json).
//
// ForAnyValue with IfExists and an absent key is disputed. It holds by the User Guide's page on operators. It does not
// hold by iam.cloudcopilot.io/resources/operators. The reading that refuses counts here, so it holds in a Deny only.
func (c condition) holds(context contextKeys, deny bool) bool {
	values := context.get(c.key)
	switch {
	case c.null:
		return c.matches(strconv.FormatBool(len(values) == 0), context)
	case len(values) == 0 && c.set == "ForAnyValue":
		return c.ifExists && deny
	case len(values) == 0:
		return c.ifExists || c.set == "ForAllValues" || c.negated
	case c.set == "" && isMultivalued(c.key, values):
		return false
	}
	meets := func(value string) bool {
		return (c.comparable == nil || c.comparable(value)) && c.matches(value, context) != c.negated
	}
	if c.set == "ForAnyValue" {
		return slices.ContainsFunc(values, meets)
	}
	return !slices.ContainsFunc(values, func(value string) bool { return !meets(value) })
}

func (c condition) matches(value string, context contextKeys) bool {
	return slices.ContainsFunc(c.comparisons, func(compare comparison) bool { return compare(value, context) })
}

func stringOperator(compare func(pattern, string, contextKeys) bool) operator {
	return func(source string, variables bool) (comparison, error) {
		p, err := parsePattern(source, variables)
		return func(value string, context contextKeys) bool { return compare(p, value, context) }, err
	}
}

// arnOperator compares the six parts of an ARN one by one. No wildcard reaches over a colon, except in the last
// part.
func arnOperator(source string, variables bool) (comparison, error) {
	if !isARN(source) {
		return nil, fmt.Errorf("%q is not an ARN", source)
	}
	var sections [6]pattern
	for i, part := range strings.SplitN(source, ":", 6) {
		var err error
		if sections[i], err = parsePattern(part, variables); err != nil {
			return nil, err
		}
	}
	return func(value string, context contextKeys) bool {
		parts := strings.SplitN(value, ":", 6)
		if len(parts) != 6 {
			return false
		}
		for i, part := range parts {
			if !sections[i].like(part, context) {
				return false
			}
		}
		return true
	}, nil
}

// isARN reports whether a text has the six parts of an ARN.
func isARN(text string) bool { return strings.Count(text, ":") >= 5 }

// boolOperator compares truth values. A value of the request other than "true" is false, as was seen live
// (radkawar/stackd, testdata/aws/iam/condition_values.json).
func boolOperator(source string, _ bool) (comparison, error) {
	if !strings.EqualFold(source, "true") && !strings.EqualFold(source, "false") {
		return nil, fmt.Errorf("%q is neither true nor false", source)
	}
	want := strings.EqualFold(source, "true")
	return func(value string, _ contextKeys) bool { return strings.EqualFold(value, "true") == want }, nil
}

func addressOperator(source string, _ bool) (comparison, error) {
	prefix, err := netip.ParsePrefix(source)
	if address, addressErr := netip.ParseAddr(source); addressErr == nil {
		prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	if err == nil && prefix.Addr().Is6() && prefix != prefix.Masked() {
		// IAM refuses such a network, as was seen live (radkawar/stackd, testdata/aws/iam/condition_ip.json).
		err = fmt.Errorf("%q has bits beyond its prefix: write %s", source, prefix.Masked())
	}
	return func(value string, _ contextKeys) bool {
		address, err := netip.ParseAddr(value)
		return err == nil && prefix.Contains(address.Unmap())
	}, err
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func numberOperator(compare func(value, limit float64) bool) operator {
	return func(source string, _ bool) (comparison, error) {
		limit, err := strconv.ParseFloat(source, 64)
		return func(value string, _ contextKeys) bool {
			number, err := strconv.ParseFloat(value, 64)
			return err == nil && compare(number, limit)
		}, err
	}
}

func dateOperator(accept func(order int) bool) operator {
	return func(source string, _ bool) (comparison, error) {
		limit, err := parseDate(source)
		return func(value string, _ contextKeys) bool {
			date, err := parseDate(value)
			return err == nil && accept(date.Compare(limit))
		}, err
	}
}

// parseDate reads a date of a policy, in ISO 8601 or in seconds since 1970.
func parseDate(text string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	if date, err := time.Parse(time.DateOnly, text); err == nil {
		return date, nil
	}
	return time.Parse(time.RFC3339, text)
}
