package assembly

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestResourceTypesOnPage: docs/local.md lists the types that are modelled, and those that only have names.
func TestResourceTypesOnPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/local.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Resource types\n")
	first, second, ok := strings.Cut(section, "names and ARNs only")
	if !ok {
		t.Fatal("the page has no section about resource types with two lists")
	}
	for _, list := range []struct {
		name, text string
		modelled   bool
	}{
		{name: "modelled", text: first, modelled: true},
		{name: "name only", text: second, modelled: false},
	} {
		described := regexp.MustCompile(`\w+::\w+(::\w+)?`).FindAllString(list.text, -1)
		var known []string
		for name, resource := range resourceTypes {
			if resource.modelled == list.modelled {
				known = append(known, name)
			}
		}
		slices.Sort(described)
		slices.Sort(known)
		for _, name := range known {
			if !slices.Contains(described, name) {
				t.Errorf("%s: the page does not list %s", list.name, name)
			}
		}
		for _, name := range described {
			if !slices.Contains(known, name) {
				t.Errorf("%s: the page lists %s, and the code does not know it so", list.name, name)
			}
		}
	}
}
