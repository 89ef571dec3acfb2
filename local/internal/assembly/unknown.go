package assembly

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Unknown is a value that only a deployment would tell, such as an attribute of a type that is not modelled here. A
// placeholder stands for it.
type Unknown struct {
	Placeholder string // "furl-unknown-Demo-Db-Endpoint.Address"
	Kind        string // "attribute Endpoint.Address of AWS::RDS::DBInstance"
	Name        string // a construct path, or the name that a value can be given under
}

// placeholderPattern finds the placeholders in a text. Their characters may stand in host names, ARNs and paths.
var placeholderPattern = regexp.MustCompile(`furl-unknown-[A-Za-z0-9.-]*[A-Za-z0-9]`)

// Placeholder returns the first placeholder in a text, and whether there is one.
func Placeholder(text string) (string, bool) {
	found := placeholderPattern.FindString(text)
	return found, found != ""
}

// unknowns are the values that were asked for and cannot be known, and the values that were given in their place.
type unknowns struct {
	mu       sync.Mutex
	byHolder map[string]Unknown // by placeholder
	given    map[string]string  // by NAME or STACK.NAME
	used     map[string]bool    // keys of given
}

// Unknowns returns the values that were asked for and cannot be known, each once, ordered by kind and name.
func (a *Assembly) Unknowns() []Unknown {
	a.unknowns.mu.Lock()
	defer a.unknowns.mu.Unlock()
	return slices.SortedFunc(maps.Values(a.unknowns.byHolder), func(x, y Unknown) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name))
	})
}

// Unused returns the names of given values that nothing asked for.
func (a *Assembly) Unused() []string {
	a.unknowns.mu.Lock()
	defer a.unknowns.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(a.unknowns.given)), func(name string) bool {
		return a.unknowns.used[name]
	})
}

// unknown returns the placeholder of a value that cannot be known, and notes it.
func (e evaluation) unknown(kind, name string) string {
	holder := "furl-unknown-" + strings.Trim(notInHolder.ReplaceAllString(name, "-"), "-.")
	u := &e.stack.assembly.unknowns
	u.mu.Lock()
	defer u.mu.Unlock()
	u.byHolder[holder] = Unknown{holder, kind, name}
	return holder
}

var notInHolder = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// given returns the value that the developer gives under one of the names, alone or with the stack's name before it.
func (e evaluation) given(names ...string) (string, bool) {
	u := &e.stack.assembly.unknowns
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, name := range names {
		for _, key := range []string{e.stack.Name + "." + name, name} {
			if value, ok := u.given[key]; ok {
				u.used[key] = true
				return value, true
			}
		}
	}
	return "", false
}

// givenOrUnknown returns the value that the developer gives under a name, else a placeholder.
func (e evaluation) givenOrUnknown(kind, name string) string {
	if value, ok := e.given(name); ok {
		return value
	}
	return e.unknown(kind, name)
}
