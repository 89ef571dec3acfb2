package iam

import "strings"

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

func (k contextKeys) get(key string) []string {
	return k[strings.ToLower(key)].values
}
