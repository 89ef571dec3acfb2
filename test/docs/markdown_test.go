// Package docs checks the Markdown pages of this repository. Their links resolve, and their code blocks compile or run.
package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// repository is the folder of the repository, seen from this package.
const repository = "../.."

// page is a Markdown file.
type page struct {
	path   string // from the repository's folder, such as "docs/local.md"
	lines  []string
	blocks []block
}

// block is a code block between fences.
type block struct {
	page     string
	line     int    // of the first line of code, from 1
	language string // the word behind the fence
	name     string // of the file that the block is, from a line such as "`main.go`:" above it, or ""
	text     string
}

// pages are the Markdown files that Git has or would add.
func pages(t *testing.T) []page {
	t.Helper()
	out := run(t, repository, "git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md")
	var found []page
	for _, path := range strings.Fields(out) {
		text, err := os.ReadFile(filepath.Join(repository, path))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, readPage(path, string(text)))
	}
	if len(found) < 8 {
		t.Fatalf("git has %d pages, so this test would see little", len(found))
	}
	return found
}

// blocksOf are the code blocks of a language in all pages. There are some, or the test does not find them.
func blocksOf(t *testing.T, language string) []block {
	t.Helper()
	var blocks []block
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language == language {
				blocks = append(blocks, b)
			}
		}
	}
	if len(blocks) < 5 {
		t.Fatalf("the pages have %d blocks of %s, so the test does not find them", len(blocks), language)
	}
	return blocks
}

var (
	fence    = regexp.MustCompile("^```(\\S*)$")
	fileName = regexp.MustCompile("^`([\\w.]+)`[:,]")
)

// readPage finds the code blocks of a page.
func readPage(path, text string) page {
	p := page{path: path, lines: strings.Split(text, "\n")}
	var open *block
	name := ""
	for i, line := range p.lines {
		mark := fence.FindStringSubmatch(line)
		switch {
		case mark == nil && open == nil:
			if found := fileName.FindStringSubmatch(line); found != nil {
				name = found[1]
			} else if line != "" {
				name = ""
			}
		case mark == nil:
			open.text += line + "\n"
		case open == nil:
			open = &block{page: path, line: i + 2, language: mark[1], name: name}
		default:
			p.blocks = append(p.blocks, *open)
			open, name = nil, ""
		}
	}
	if open != nil { // a block without an end, which no language fits
		open.language = "not closed"
		p.blocks = append(p.blocks, *open)
	}
	return p
}

// prose are the lines outside of code blocks. The others are empty, so the numbers of the lines stay.
func (p page) prose() []string {
	lines := append([]string{}, p.lines...)
	inside := false
	for i, line := range lines {
		if fence.MatchString(line) {
			inside = !inside
			lines[i] = ""
		} else if inside {
			lines[i] = ""
		}
	}
	return lines
}

// run runs a program in a folder and returns its output.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}
