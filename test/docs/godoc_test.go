package docs

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocLinks: a link of a Go comment, such as [Name], leads to a name of its package or of an import.
func TestDocLinks(t *testing.T) {
	count := 0
	for _, folder := range []string{"constructs", "client", "client/browser", "viewer"} {
		paths, err := filepath.Glob(filepath.Join(repository, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, path := range paths {
			file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file.Name.Name, "_test") {
				files = append(files, file)
			}
		}
		broken, links := brokenDocLinks(t, fset, files)
		count += links
		for _, line := range broken {
			t.Error(line)
		}
	}
	if count < 20 {
		t.Errorf("the comments have %d links, so the test does not find them", count)
	}
}

// unresolved matches a link that the parser left as text.
var unresolved = regexp.MustCompile(`\[\*?(\w+\.)?[A-Z]\w*(\.\w+)?\]`)

// brokenDocLinks are the links in the comments of a package that lead nowhere, and the number of the others.
func brokenDocLinks(t *testing.T, fset *token.FileSet, files []*ast.File) (broken []string, count int) {
	t.Helper()
	groups := map[*ast.CommentGroup]bool{}
	for _, file := range files {
		for _, group := range file.Comments {
			groups[group] = true
		}
	}
	pkg, err := doc.NewFromFiles(fset, files, "example.com/p", doc.AllDecls|doc.PreserveAST)
	if err != nil {
		t.Fatal(err)
	}
	for group := range groups {
		for _, text := range texts(pkg.Parser().Parse(group.Text())) {
			switch text := text.(type) {
			case *comment.DocLink:
				count++
			case comment.Plain:
				for _, link := range unresolved.FindAllString(string(text), -1) {
					broken = append(broken, fset.Position(group.Pos()).String()+": "+link+" leads nowhere")
				}
			}
		}
	}
	return broken, count
}

// texts are the texts of a comment's paragraphs and lists.
func texts(d *comment.Doc) (all []comment.Text) {
	blocks := d.Content
	for len(blocks) > 0 {
		switch block := blocks[0].(type) {
		case *comment.Paragraph:
			all = append(all, block.Text...)
		case *comment.List:
			for _, item := range block.Items {
				blocks = append(blocks, item.Content...)
			}
		}
		blocks = blocks[1:]
	}
	return all
}

// TestBrokenDocLinks checks that TestDocLinks can fail.
func TestBrokenDocLinks(t *testing.T) {
	const source = `package p

import "net/http"

// A is as [B], as [Missing], and as [http.Client].
//
//   - like [C.Missing]
type A int

// B is no link: x[0].
type B struct {
	// F is like [Absent].
	F int
}
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	broken, count := brokenDocLinks(t, fset, []*ast.File{file})
	if found := strings.Join(broken, " "); len(broken) != 3 || count != 2 || !strings.Contains(found, "[Absent]") {
		t.Errorf("found %d links, and broken ones %q", count, broken)
	}
}
