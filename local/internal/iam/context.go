package iam

import (
	"slices"
	"strings"
)

// contextKeys holds the request's condition keys by their lower-case names. IAM compares key names without regard
// to case.
type contextKeys map[string]contextKey

type contextKey struct {
	name   string // as given, for messages
	values []string
}

func newContextKeys(context map[string][]string) contextKeys {
	keys := contextKeys{}
	for name, values := range context {
		keys[strings.ToLower(name)] = contextKey{name, values}
	}
	return keys
}

func (k contextKeys) set(name, value string) {
	k[strings.ToLower(name)] = contextKey{name, []string{value}}
}

func (k contextKeys) get(key string) []string {
	return k[strings.ToLower(key)].values
}

// multivaluedKeys are the condition keys that may have several values, in lower case (IAM User Guide,
// reference_policies_condition-keys, and the Service Authorization Reference of STS).
var multivaluedKeys = []string{
	"aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths",
	"aws:sourceorgpaths", "aws:tagkeys", "aws:vpceorgpaths", "sts:transitivetagkeys",
}

// isMultivalued reports whether a key may have several values. A key of another service may if it has.
func isMultivalued(key string, values []string) bool {
	return len(values) > 1 || slices.Contains(multivaluedKeys, strings.ToLower(key))
}
