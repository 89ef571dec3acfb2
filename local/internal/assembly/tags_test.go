package assembly

import (
	"maps"
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	const manifest = `{"version": "54.0.0", "artifacts": {"Demo": {
		"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/eu-west-1",
		"properties": {"templateFile": "t.json", "tags": {"team": "blue", "stage": "dev"}}
	}}}`
	for _, row := range []struct {
		name, why, tags string
		want            map[string]string
		message         string // part of the error
	}{
		{
			name: "none", why: "the stack's are handed on", tags: `null`,
			want: map[string]string{"team": "blue", "stage": "dev"},
		},
		{
			name: "own", why: "they win",
			tags: `[{"Key": "team", "Value": {"Ref": "AWS::Region"}}, {"Key": "n", "Value": 1}]`,
			want: map[string]string{"team": "eu-west-1", "stage": "dev", "n": "1"},
		},
		{
			name: "without a value", why: "AWS refuses it", tags: `[{"Key": "team"}]`,
			message: "want objects with Key and Value",
		},
		{name: "no list", why: "AWS refuses it", tags: `"team"`, message: "want a list, have team"},
		{name: "unknown function", why: "nobody knows the tags", tags: `{"Fn::X": 1}`, message: "of Demo/F"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, err := load(t, map[string]string{
				"manifest.json": manifest,
				"t.json": `{"Resources": {"F": {
					"Type": "AWS::Lambda::Function", "Properties": {"Tags": ` + row.tags + `}
				}}}`,
			})
			if err != nil {
				t.Fatal(err)
			}
			tags, err := byPathOf(t, a, "AWS::Lambda::Function", "Demo/F").Tags()
			if row.message != "" {
				if err == nil || !strings.Contains(err.Error(), row.message) {
					t.Errorf("%s: got %v, want an error that contains %q", row.why, err, row.message)
				}
				return
			}
			if err != nil || !maps.Equal(tags, row.want) {
				t.Errorf("%s: got %v (%v), want %v", row.why, tags, err, row.want)
			}
		})
	}
}
