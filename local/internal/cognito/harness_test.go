package cognito

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

const region = "eu-west-1"

// now is the time in these tests.
var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

type object = map[string]any

// readResources reads the user pools of a template with these resources.
func readResources(t *testing.T, resources object) (*Pools, *assembly.Gaps, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]any{
		"Demo.template.json": object{"Resources": resources},
		"manifest.json": object{"version": "54.0.0", "artifacts": object{"Demo": object{
			"type": "aws:cloudformation:stack", "environment": "aws://111122223333/" + region,
			"properties": object{"templateFile": "Demo.template.json"},
		}}},
	} {
		text, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := assembly.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	gaps := &assembly.Gaps{}
	pools, err := Read(loaded, NewRun(t.TempDir()), gaps)
	return pools, gaps, err
}

// withClient reads a pool "Demo/Pool" and its client "Demo/Client" with these properties.
func withClient(t *testing.T, poolProperties, clientProperties object) (*Pools, *Pool, *Client) {
	t.Helper()
	properties := object{"UserPoolId": object{"Ref": "Pool"}, "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH"}}
	for name, value := range clientProperties {
		properties[name] = value
	}
	pools, _, err := readResources(t, object{
		"Pool":   object{"Type": "AWS::Cognito::UserPool", "Properties": poolProperties},
		"Client": object{"Type": "AWS::Cognito::UserPoolClient", "Properties": properties},
	})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pools.AtPath("Demo/Pool")
	if err != nil {
		t.Fatal(err)
	}
	return pools, pool, pool.Clients[0]
}
