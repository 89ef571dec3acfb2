package waf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// aggregateKey returns one part of the name of a request's aggregation instance. A request that lacks a part is
// neither counted nor limited (AWS WAF Developer Guide, waf-rule-statement-type-rate-based-aggregation-options).
type aggregateKey func(q *request) (part string, present bool)

// customKey is one entry of CustomKeys. It has exactly one key.
type customKey struct {
	Header, Cookie, QueryArgument *transformedKey
	QueryString, UriPath          *transformedKey
	HTTPMethod, IP, ForwardedIP   *struct{}
	LabelNamespace                *struct{ Namespace string }

	// These are of TLS and of the client's network, and have no model.
	ASN, JA3Fingerprint, JA4Fingerprint *struct{ FallbackBehavior string }
}

type transformedKey struct {
	Name                string
	TextTransformations []textTransformation
}

// aggregate joins the parts so that no two lists of parts give the same name.
func aggregate(q *request, keys []aggregateKey) (name string, complete bool) {
	if len(keys) == 1 {
		return keys[0](q)
	}
	var joined strings.Builder
	for _, key := range keys {
		part, present := key(q)
		if !present {
			return "", false
		}
		fmt.Fprintf(&joined, "%d:%s", len(part), part)
	}
	return joined.String(), true
}

// aggregateKeys returns the keys of an AggregateKeyType. CONSTANT has none.
func (c *compiler) aggregateKeys(kind string, config rateBasedConfig) ([]aggregateKey, error) {
	switch config.AggregateKeyType {
	case "CONSTANT":
		return nil, nil
	case "IP":
		return []aggregateKey{clientKey}, nil
	case "FORWARDED_IP":
		key, err := c.forwardedKey(config.ForwardedIPConfig)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		return []aggregateKey{key}, nil
	case "CUSTOM_KEYS":
		return c.customKeys(kind, config)
	}
	return nil, notSimulatedError(kind + " with AggregateKeyType " + config.AggregateKeyType)
}

func (c *compiler) customKeys(kind string, config rateBasedConfig) ([]aggregateKey, error) {
	if len(config.CustomKeys) == 0 || len(config.CustomKeys) > maxCustomKeys {
		return nil, fmt.Errorf("%s: CustomKeys has %d keys, AWS takes 1 to %d",
			kind, len(config.CustomKeys), maxCustomKeys)
	}
	onlyAddress := !slices.ContainsFunc(config.CustomKeys, func(key customKey) bool {
		return key.IP == nil && key.ForwardedIP == nil
	})
	if onlyAddress {
		return nil, errors.New(kind + ": an address needs another key beside it: " +
			"write AggregateKeyType IP or FORWARDED_IP for an address alone")
	}
	var keys []aggregateKey
	for _, key := range config.CustomKeys {
		compiled, err := c.customKey(kind, key, config.ForwardedIPConfig)
		if err != nil {
			return nil, err
		}
		keys = append(keys, compiled)
	}
	return keys, nil
}

func (c *compiler) customKey(kind string, key customKey, forwarded *forwardedIPConfig) (aggregateKey, error) {
	switch {
	case key.IP != nil:
		return clientKey, nil
	case key.ForwardedIP != nil:
		return c.forwardedKey(forwarded)
	case key.HTTPMethod != nil:
		return func(q *request) (string, bool) { return q.Method, true }, nil
	case key.LabelNamespace != nil:
		return c.labelKey(key.LabelNamespace.Namespace), nil
	case key.UriPath != nil:
		return key.UriPath.key(kind, func(q *request) []string { return []string{uriPath(q)} })
	case key.QueryString != nil:
		return key.QueryString.key(kind, func(q *request) []string { return nonEmpty(query(q)) })
	case key.QueryArgument != nil:
		name := key.QueryArgument.Name
		return key.QueryArgument.key(kind, func(q *request) []string { return queryArguments(q, name) })
	case key.Header != nil:
		name := key.Header.Name
		return key.Header.key(kind, func(q *request) []string { return headerValues(q, name) })
	case key.Cookie != nil:
		name := key.Cookie.Name
		return key.Cookie.key(kind, func(q *request) []string { return cookieValues(q, name) })
	}
	return nil, notSimulatedError(kind + " with a key of TLS or of a network")
}

// clientKey is the client's address.
func clientKey(q *request) (string, bool) { return string(q.client.AsSlice()), true }

// forwardedKey is the first address in a header. Requests with a malformed address share one instance if the fallback
// is MATCH, and are neither counted nor limited if it is NO_MATCH.
func (c *compiler) forwardedKey(config *forwardedIPConfig) (aggregateKey, error) {
	first := forwardedIPConfig{Position: "FIRST"}
	if config != nil {
		first.HeaderName, first.FallbackBehavior = config.HeaderName, config.FallbackBehavior
	}
	from, err := c.forwardedIP(&first)
	return func(q *request) (string, bool) {
		valid := from.addresses(q)
		if len(valid) == 0 {
			return "malformed", from.fallback
		}
		return string(valid[0].AsSlice()), true
	}, err
}

// labelKey is the labels of a namespace. AWS does not document what several labels of one namespace make. Here they
// make one instance together.
func (c *compiler) labelKey(namespace string) aggregateKey {
	matches := c.inNamespace(namespace)
	return func(q *request) (string, bool) {
		var labels []string
		for _, label := range q.labels {
			if matches(label) {
				labels = append(labels, label)
			}
		}
		slices.Sort(labels)
		return strings.Join(labels, " "), len(labels) > 0
	}
}

// key is the values of a part of the request, after the transformations. AWS does not document what several values of
// one name make. Here they make one instance together.
func (k transformedKey) key(kind string, values func(q *request) []string) (aggregateKey, error) {
	transforms, err := newTransformations(kind, k.TextTransformations)
	return func(q *request) (string, bool) {
		found := values(q)
		return transform(strings.Join(found, ","), transforms), len(found) > 0
	}, err
}

// nonEmpty is a list of the text, or of nothing. AWS does not document whether a request without a query string lacks
// this key. Here it does.
func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// cookieValues returns the values of the cookies of a name.
func cookieValues(q *request, name string) []string {
	found, _ := cookies(q)
	var values []string
	for _, cookie := range found {
		if cookie.name == name {
			values = append(values, cookie.value)
		}
	}
	return values
}
