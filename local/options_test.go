package local

import "testing"

// TestFits: * stands for any characters of a construct path, slashes too.
func TestFits(t *testing.T) {
	for _, row := range []struct {
		name, why, pattern, path string
		want                     bool
	}{
		{name: "itself", why: "no pattern", pattern: "Dev/Api", path: "Dev/Api", want: true},
		{name: "below", why: "any depth", pattern: "Dev/*", path: "Dev/Api/Fn", want: true},
		{name: "another", why: "the whole path counts", pattern: "Dev/*", path: "Prod/Dev/Fn"},
		{name: "end", why: "the whole path counts", pattern: "*/Fn", path: "Dev/Api/Fn2"},
		{name: "dot", why: "no regular expression", pattern: "Dev.Api", path: "DevXApi"},
	} {
		if got := fits(row.pattern, row.path); got != row.want {
			t.Errorf("%s (%s): %q fits %q is %t", row.name, row.why, row.pattern, row.path, got)
		}
	}
}
