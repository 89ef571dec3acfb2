package viewer

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// TestClaimsInNode holds the lines of docs/getting-started.md to the rows of Claims.
func TestClaimsInNode(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "docs", "getting-started.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\n```js\n([^`]*export function claims\\(.*?)```").FindSubmatch(guide)
	if block == nil {
		t.Fatal("the guide has no function claims")
	}
	script := filepath.Join(t.TempDir(), "claims.mjs")
	text := string(block[1]) + `
import { readFileSync } from "node:fs";
const answers = JSON.parse(readFileSync(0)).map(({ event, role }) => {
	try {
		return { claims: claims(event, role) };
	} catch (error) {
		return { error: error.message };
	}
});
process.stdout.write(JSON.stringify(answers));
`
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	type call struct {
		Event *events.LambdaFunctionURLRequest `json:"event"`
		Role  string                           `json:"role"`
	}
	var calls []call
	for _, row := range claimRows() {
		calls = append(calls, call{row.event, row.roleOf()})
	}
	input, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", script)
	var failed bytes.Buffer
	node.Stdin, node.Stderr = bytes.NewReader(input), &failed
	output, err := node.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &failed)
	}
	var answers []struct {
		Claims map[string]any
		Error  string
	}
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(calls) {
		t.Fatalf("%s: %v", output, err)
	}
	for i, row := range claimRows() {
		var want map[string]any
		if row.claims != "" {
			if err := json.Unmarshal([]byte(row.claims), &want); err != nil {
				t.Fatal(err)
			}
		}
		got := answers[i]
		if !reflect.DeepEqual(got.Claims, want) || row.claims == "" && !strings.Contains(got.Error, row.refusal) {
			t.Errorf("%s: %v %q, want %v %q (%s)", row.name, got.Claims, got.Error, want, row.refusal, row.why)
		}
	}
}
