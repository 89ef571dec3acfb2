package furl

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestOddEntries has entries that only macros read. They are no resources or outputs, and hide none.
func TestOddEntries(t *testing.T) {
	for _, row := range []struct{ name, why, entry string }{
		{
			name: "a list", why: "Fn::ForEach has one",
			entry: `["Name", ["a", "b"], {"Topic${Name}": {"Type": "AWS::SNS::Topic"}}]`,
		},
		{name: "a text", why: "a macro may take it", entry: `"topics.yaml"`},
		{name: "a null", why: "an override may leave it", entry: `null`},
		{
			name: "an object of another form", why: "a macro may take it",
			entry: `{"Type": ["AWS::SNS::Topic"], "Export": "Name"}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := &template{file: filepath.Join(t.TempDir(), "Demo.template.json")}
			written := `{"Resources": {"Fn::ForEach::Topics": ` + row.entry + `, "Queue": {"Type": "AWS::SQS::Queue"}},
				"Outputs": {"Fn::ForEach::Names": ` + row.entry + `, "Name": {"Value": "q", "Export": {"Name": "n"}}}}`
			if err := os.WriteFile(in.file, []byte(written), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := in.read(); err != nil {
				t.Fatal(err)
			}
			if ids := in.ids("AWS::SQS::Queue"); !slices.Equal(ids, []string{"Queue"}) {
				t.Errorf("%s: queues %q", row.why, ids)
			}
			(&templates{all: []*template{in}}).readExports()
			if in.exports["n"] != "q" {
				t.Errorf("%s: exports %v", row.why, in.exports)
			}
		})
	}
}
