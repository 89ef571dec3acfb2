package local

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fidelityPage is the page that says how close furl local is to AWS.
const fidelityPage = "../docs/local.md"

// TestFidelityRows: each row of the page has the next number, four cells that say something, and a known status.
func TestFidelityRows(t *testing.T) {
	rows := tableRows(t, "| # | on AWS | here | evidence | status |")
	if len(rows) < 100 {
		t.Fatalf("the page has %d rows, so the test does not find them", len(rows))
	}
	statuses := []string{"enforced", "approximated", "not simulated", "disputed"}
	for i, row := range rows {
		if len(row) != 5 || slices.Contains(row, "") {
			t.Fatalf("row %q has %d cells, or an empty one", row, len(row))
		}
		if row[0] != strconv.Itoa(i+1) {
			t.Errorf("row %q has number %s, and %d is next", row[1], row[0], i+1)
		}
		if !slices.Contains(statuses, row[4]) {
			t.Errorf("row %s has status %q, which is none of %q", row[0], row[4], statuses)
		}
	}
}

// TestFidelityLines: the page has the lines that a start lists under "Not simulated", each with the row that says more.
func TestFidelityLines(t *testing.T) {
	last := len(tableRows(t, "| # | on AWS | here | evidence | status |"))
	var described []string
	for _, row := range tableRows(t, "| line | row |") {
		described = append(described, strings.Trim(row[0], "`"))
		if number, err := strconv.Atoi(row[1]); err != nil || number < 1 || number > last {
			t.Errorf("line %s refers to row %q, and there are %d", row[0], row[1], last)
		}
	}
	printed := gapLines(t)
	for _, line := range printed {
		if !slices.Contains(described, line) {
			t.Errorf("the page has no line `%s`, and a start may print it", line)
		}
	}
	for _, line := range described {
		if !slices.Contains(printed, line) {
			t.Errorf("the page has the line `%s`, and nothing prints it", line)
		}
	}
}

// TestFidelityLists: the page has the lists that a start prints.
func TestFidelityLists(t *testing.T) {
	var described []string
	for _, row := range tableRows(t, "| list | lines |") {
		described = append(described, row[0])
	}
	code, err := os.ReadFile("announce.go")
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	describe, _, _ := strings.Cut(string(code), "\n// announceNothing")
	for _, title := range regexp.MustCompile(`out\.list\("([^"]+)"`).FindAllStringSubmatch(describe, -1) {
		printed = append(printed, title[1])
	}
	if !slices.Equal(described, printed) {
		t.Errorf("the page has the lists %q, and a start prints %q", described, printed)
	}
}

// tableRows are the cells of the rows in all of the page's tables with this head.
func tableRows(t *testing.T, head string) [][]string {
	t.Helper()
	page, err := os.ReadFile(fidelityPage)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, table := range strings.Split(string(page), "\n"+head+"\n")[1:] {
		for line := range strings.Lines(table) {
			if !strings.HasPrefix(line, "|") {
				break
			}
			if strings.HasPrefix(line, "|---") {
				continue
			}
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		}
	}
	if rows == nil {
		t.Fatalf("%s has no table %s", fidelityPage, head)
	}
	return rows
}

// gapLines are the lines about parts that are not simulated, as the code has them. An ellipsis stands for each value.
func gapLines(t *testing.T) []string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		lines = append(lines, gapLinesOf(file)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// gapLinesOf are the lines of one file. They are the arguments of Gaps.Add and noteMissing, and the texts of functions
// that list what is not simulated.
func gapLinesOf(file *ast.File) []string {
	var lines []string
	texts := textReader(constants(file))
	add := func(expression ast.Expr) {
		// A text with one word or none is a name.
		text := strings.TrimSpace(texts.read(expression))
		if strings.Contains(text, " ") && len(word.FindAllString(text, 2)) == 2 {
			lines = append(lines, text)
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl:
			switch node.Name.Name {
			case "NotSimulated", "notSimulated", "settingsNotSimulated":
				texts.within(node.Body, add)
			case "UnknownKeys", "unknownKeys":
				calls(node.Body, add)
			}
		case *ast.CallExpr:
			method, ok := node.Fun.(*ast.SelectorExpr)
			switch {
			case ok && method.Sel.Name == "Add" && isGaps(method.X):
				add(node.Args[1]) // the kind, behind the construct path
			case ok && method.Sel.Name == "noteMissing":
				add(node.Args[1])
			}
		}
		return true
	})
	return lines
}

// calls passes each call within a function to add.
func calls(body ast.Node, add func(ast.Expr)) {
	ast.Inspect(body, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			add(call)
		}
		return true
	})
}

var word = regexp.MustCompile(`[A-Za-z]{2,}`)

// isGaps reports whether an expression is a variable or field called gaps.
func isGaps(expression ast.Expr) bool {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name == "gaps"
	case *ast.SelectorExpr:
		return expression.Sel.Name == "gaps"
	}
	return false
}

// constants are the constants of a file that have one value each, those of functions included.
func constants(file *ast.File) []*ast.ValueSpec {
	var found []*ast.ValueSpec
	ast.Inspect(file, func(node ast.Node) bool {
		if declaration, ok := node.(*ast.GenDecl); ok && declaration.Tok == token.CONST {
			for _, spec := range declaration.Specs {
				if constant := spec.(*ast.ValueSpec); len(constant.Values) == 1 {
					found = append(found, constant)
				}
			}
		}
		return true
	})
	return found
}

// textReader reads the text of an expression. It has the constants of the file. Several functions may have one of the
// same name, and the nearest one before the expression counts.
type textReader []*ast.ValueSpec

// within passes each expression with a text to add, and none inside such an expression.
func (r textReader) within(body ast.Node, add func(ast.Expr)) {
	ast.Inspect(body, func(node ast.Node) bool {
		expression, ok := node.(ast.Expr)
		if !ok || r.read(expression) == "…" {
			return true
		}
		add(expression)
		return false
	})
}

var verb = regexp.MustCompile(`%[a-z]`)

// read returns the text of an expression, with an ellipsis for each value that only a run tells.
func (r textReader) read(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(expression.Value); err == nil && expression.Kind == token.STRING {
			return verb.ReplaceAllString(text, "…")
		}
	case *ast.BinaryExpr:
		if expression.Op == token.ADD {
			return r.read(expression.X) + r.read(expression.Y)
		}
	case *ast.Ident:
		for _, constant := range slices.Backward(r) {
			if constant.Names[0].Name == expression.Name && constant.Pos() < expression.Pos() {
				return r.read(constant.Values[0])
			}
		}
	case *ast.CallExpr:
		if method, ok := expression.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Sprintf" {
			return r.read(expression.Args[0])
		}
	}
	return "…"
}
