package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBlocks: each code block of the pages compiles, or its commands exist. A block has a language that is known here,
// since no block may be passed over. The blocks of Go and JavaScript are compiled together.
func TestBlocks(t *testing.T) {
	counts := map[string]int{}
	for _, p := range pages(t) {
		for _, line := range indentedBlocks(p) {
			t.Errorf("%s:%d: an indented block has no language: put it between fences", p.path, line)
		}
		for _, b := range p.blocks {
			counts[b.language]++
			if wrong := wrongBlock(t, b); wrong != "" {
				t.Errorf("%s:%d: %s", b.page, b.line, wrong)
			}
		}
	}
	for _, language := range []string{"go", "js", "sh", "json", "mod", "console", "text", "log"} {
		if counts[language] == 0 {
			t.Errorf("the pages have no block of %s, so the test does not find it", language)
		}
	}
}

// wrongBlock names the fault of a block, or is "".
func wrongBlock(t *testing.T, b block) string {
	switch b.language {
	case "go", "js":
		return "" // TestGoBlocks and TestJavaScriptBlocks
	case "sh":
		return wrongCommands(t, b.text)
	case "json":
		if !json.Valid([]byte(b.text)) {
			return "this is no JSON"
		}
	case "mod":
		return wrongModule(t, b.text)
	case "console":
		if b.page != "README.md" || !sessions.MatchString(b.text) {
			return "TestFirstHour runs README's console blocks: each $ curl has its line of answer below"
		}
	case "text":
		if !strings.Contains(b.text, "──▶") && !strings.Contains(b.text, " → ") {
			return "a text block is a diagram with arrows: give anything else its language"
		}
	case "log":
		for line := range strings.Lines(b.text) {
			if !requestLine.MatchString(line) && !functionLine.MatchString(line) && !reloadLine.MatchString(line) {
				return "this is no line of the log: " + line
			}
		}
	default:
		return "no test knows the language " + b.language
	}
	return ""
}

// sessions matches commands that TestFirstHour runs, each with a line of answer.
var sessions = regexp.MustCompile(`\A(\$ curl .*\n[^$\n].*\n)+\z`)

// requestLine, functionLine and reloadLine match the lines of furl's log.
var (
	requestLine  = regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3} [A-Z]+ \S+ (\d{3}|-) [\d.]+ m?s  \w.*\n$`)
	reloadLine   = regexp.MustCompile(`^(changed: \S+|reloaded in \d+ ms(, restarted \S+)?)\n$`)
	functionLine = regexp.MustCompile(`^\S+ \| \S.*\n$`)
)

// indentedBlocks are the first lines of code blocks without fences.
func indentedBlocks(p page) []int {
	var found []int
	before := ""
	for i, line := range p.prose() {
		if (strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")) && before == "" {
			found = append(found, i+1)
		}
		before = line
	}
	return found
}

// wrongModule is the go command's complaint about a go.mod, or "".
func wrongModule(t *testing.T, text string) string {
	file := filepath.Join(t.TempDir(), "go.mod")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "mod", "edit", "-json", file).CombinedOutput(); err != nil {
		return string(out)
	}
	return ""
}

// TestWrongBlocks checks that TestBlocks can fail.
func TestWrongBlocks(t *testing.T) {
	for _, row := range []struct{ name, why, language, text string }{
		{"unknown language", "nothing checks it", "python", "print(1)\n"},
		{"no language", "nothing checks it", "", "make demo\n"},
		{"not closed", "the page ends within it", "not closed", "make demo\n"},
		{"text without arrows", "it may be output that is no longer true", "text", "listening\n"},
		{"log line without a status", "furl writes none", "log", "12:03:04.512 GET /orders 12 ms  function Demo\n"},
		{"broken JSON", "it cannot be pasted", "json", "{\"a\":}\n"},
		{"broken go.mod", "it cannot be pasted", "mod", "module\nrequire x\n"},
		{"console on another page", "TestFirstHour reads README only", "console", "$ curl http://127.0.0.1:1\na\n"},
		{"unknown command", "nobody has it", "sh", "furll local\n"},
		{"unknown target", "it was renamed", "sh", "make nothing\n"},
		{"unknown flag of furl", "it was renamed", "sh", "go tool furl local --nothing\n"},
		{"unknown command of furl", "it was renamed", "sh", "go tool furl nothing\n"},
		{"unknown flag in a substitution", "it was renamed", "sh", "eval \"$(go tool furl credentials --nothing)\"\n"},
		{"unknown flag behind a quotation", "it was renamed", "sh", "go tool furl local --run 'a=b' --nothing\n"},
		{"unknown flag of cdk", "it was renamed", "sh", "npx cdk synth --nothing\n"},
		{"unknown command of cdk", "it was renamed", "sh", "cdk nothing\n"},
		{"unknown package", "it was moved", "sh", "go get -tool github.com/furl-cdk/furl/cmd/nothing\n"},
		{"unknown command of go", "it is misspelt", "sh", "go mood tidy\n"},
		{"unknown flag of aws", "it is misspelt", "sh", "aws lambda get-policy --function-name x --nothing\n"},
		{"missing flag of aws", "the CLI refuses it", "sh", "aws lambda get-policy --region REGION\n"},
		{"unknown command of aws", "it is misspelt", "sh", "aws lambda nothing\n"},
		{"quotation that does not end", "a shell does not take it", "sh", "make demo 'x\n"},
		{"second line", "each line counts", "sh", "make demo\nmake nothing\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if strings.HasPrefix(row.text, "aws ") && exec.Command("python3", "-c", "import botocore").Run() != nil {
				t.Skip("python3 has no botocore")
			}
			b := block{page: "docs/page.md", language: row.language, text: row.text}
			if wrongBlock(t, b) == "" {
				t.Errorf("%q is not refused (%s)", row.text, row.why)
			}
		})
	}
	p := readPage("a.md", "a\n\n    make demo\n\n```sh\nmake demo\n")
	if found := indentedBlocks(p); len(found) != 1 || found[0] != 3 || p.blocks[0].language != "not closed" {
		t.Errorf("found %v and %+v", found, p.blocks)
	}
	calls := "$ curl http://127.0.0.1:1\n$ curl http://127.0.0.1:2\na\n"
	readme := block{page: "README.md", language: "console", text: calls}
	if wrongBlock(t, readme) == "" {
		t.Error("a call without its answer is not refused")
	}
}
