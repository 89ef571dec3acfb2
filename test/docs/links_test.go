package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestLinks: each link of a page leads to a file of the repository and to a heading there. An address on the internet
// is well-formed. Nothing is fetched.
func TestLinks(t *testing.T) {
	all := pages(t)
	count := 0
	for _, p := range all {
		broken, links := brokenLinks(p, all)
		count += links
		for _, line := range broken {
			t.Error(line)
		}
	}
	if count < 40 {
		t.Errorf("the pages have %d links, so the test does not find them", count)
	}
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	codeSpan = regexp.MustCompile("`[^`]*`")
	heading  = regexp.MustCompile(`^#+ (.*)$`)
)

// brokenLinks are the links of a page that lead nowhere, and the number of all its links. The text of a link
// may stand on two lines, and its target stands on one.
func brokenLinks(p page, all []page) (broken []string, count int) {
	for i, line := range p.prose() {
		for _, found := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, "code"), -1) {
			count++
			if wrong := brokenLink(p, found[1], all); wrong != "" {
				broken = append(broken, fmt.Sprintf("%s:%d: the link %s %s", p.path, i+1, found[1], wrong))
			}
		}
	}
	return broken, count
}

// brokenLink says why a link leads nowhere, or "".
func brokenLink(p page, target string, all []page) string {
	u, err := url.Parse(target)
	switch {
	case err != nil || target == "":
		return "is no URL"
	case u.Scheme != "":
		if u.Scheme != "https" || u.Host == "" {
			return "is not a whole https URL"
		}
		return ""
	case path.IsAbs(u.Path):
		return "begins at the root of a file system"
	}
	file := p.path
	if u.Path != "" {
		file = path.Join(path.Dir(p.path), u.Path)
		if !fs.ValidPath(file) {
			return "leads out of the repository"
		}
		if _, err := os.Stat(filepath.Join(repository, file)); err != nil {
			return "leads to no file"
		}
	}
	if u.Fragment == "" {
		return ""
	}
	for _, other := range all {
		if other.path == file && other.anchors()[u.Fragment] {
			return ""
		}
	}
	return "leads to no heading"
}

// anchors are the names by which GitHub links to the page's headings.
func (p page) anchors() map[string]bool {
	found := map[string]bool{}
	for _, line := range p.prose() {
		if match := heading.FindStringSubmatch(line); match != nil {
			anchor := anchorOf(match[1])
			for n := 1; found[anchor]; n++ {
				anchor = fmt.Sprintf("%s-%d", anchorOf(match[1]), n)
			}
			found[anchor] = true
		}
	}
	return found
}

// anchorOf is a heading in lower case, without punctuation and with hyphens for spaces.
func anchorOf(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// TestBrokenLinks checks that TestLinks can fail.
func TestBrokenLinks(t *testing.T) {
	other := readPage("docs/local.md", "# A `code` heading: two\n\n## Again\n\n## Again\n\n```sh\n# No heading\n```\n")
	for _, row := range []struct {
		name, why, text string
		broken          bool
	}{
		{"file", "it exists", "[a](../README.md)", false},
		{"folder", "it exists", "[a](../viewer/)", false},
		{"heading", "punctuation is left out", "[a](local.md#a-code-heading-two)", false},
		{"second heading of one name", "it has a number", "[a](local.md#again-1)", false},
		{"heading of the page", "the path may be absent", "# Here\n\n[a](#here)", false},
		{"address", "it is well-formed", "[a](https://example.com/a#b)", false},
		{"code", "it is no link", "`x[0](y)`", false},
		{"no file", "it was renamed", "[a](missing.md)", true},
		{"no heading", "it was renamed", "[a](local.md#missing)", true},
		{"comment of a shell", "it is no heading", "[a](local.md#no-heading)", true},
		{"third heading of one name", "there are two", "[a](local.md#again-2)", true},
		{"picture", "a picture is a link too", "![a](missing.png)", true},
		{"anchor of a file that is no page", "it has no headings", "[a](../Makefile#demo)", true},
		{"http", "it can be read on the way", "[a](http://example.com/)", true},
		{"no host", "it leads nowhere", "[a](https:///a)", true},
		{"absolute path", "it is another one elsewhere", "[a](/README.md)", true},
		{"out of the repository", "others do not have it", "[a](../../x)", true},
		{"empty", "it was forgotten", "[a]()", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := readPage("docs/page.md", row.text)
			broken, _ := brokenLinks(p, []page{other, p})
			if (len(broken) > 0) != row.broken {
				t.Errorf("%s: found %q (%s)", row.text, broken, row.why)
			}
		})
	}
}

var pageName = regexp.MustCompile(`\bdocs/[\w-]+\.md\b`)

// TestPagesNamedInSources: a source that names a page of docs names one that exists.
func TestPagesNamedInSources(t *testing.T) {
	count := 0
	out := run(t, repository, "git", "ls-files", "--cached", "--others", "--exclude-standard",
		"*.go", "*.mjs", "Makefile", "*.html")
	for _, file := range strings.Fields(out) {
		if strings.HasPrefix(file, "test/docs/") {
			continue // rows of these tests name pages that do not exist
		}
		text, err := os.ReadFile(filepath.Join(repository, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pageName.FindAllString(string(text), -1) {
			count++
			if _, err := os.Stat(filepath.Join(repository, name)); err != nil {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
	}
	if count < 8 {
		t.Errorf("the sources name %d pages, so the test does not find them", count)
	}
}
