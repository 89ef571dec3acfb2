package assembly

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// load reads an assembly with the given files. See manifestOf for its manifest.json.
func load(t *testing.T, files map[string]string) (*Assembly, error) {
	t.Helper()
	return Load(writeAll(t, files), nil)
}

// writeAll writes files into a new folder.
func writeAll(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// loadWith reads an assembly of one stack, called Demo, in ap-northeast-1, with values that the developer gives.
func loadWith(t *testing.T, values map[string]string, template string) *Assembly {
	t.Helper()
	environments := map[string]string{"Demo": "aws://unknown-account/ap-northeast-1"}
	a, err := Load(writeAll(t, map[string]string{
		"manifest.json": manifestOf(t, environments), "Demo.template.json": template,
	}), values)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// loadStack reads an assembly of one stack, called Demo, in ap-northeast-1.
func loadStack(t *testing.T, template string) *Stack {
	t.Helper()
	return loadStacks(t, map[string]string{"Demo": "aws://unknown-account/ap-northeast-1"}, map[string]string{"Demo": template})[0]
}

// loadStacks reads an assembly of stacks with the given environments and templates. It returns the stacks in
// order of their names.
func loadStacks(t *testing.T, environments, templates map[string]string) []*Stack {
	t.Helper()
	files := map[string]string{"manifest.json": manifestOf(t, environments)}
	for name, template := range templates {
		files[name+".template.json"] = template
	}
	a, err := load(t, files)
	if err != nil {
		t.Fatal(err)
	}
	return a.Stacks
}

func manifestOf(t *testing.T, environments map[string]string) string {
	t.Helper()
	artifacts := map[string]any{}
	for name, environment := range environments {
		artifacts[name] = map[string]any{
			"type": "aws:cloudformation:stack", "environment": environment,
			"properties": map[string]any{"templateFile": name + ".template.json"},
		}
	}
	data, err := json.Marshal(map[string]any{"version": "54.0.0", "artifacts": artifacts})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func demo(t *testing.T) *Assembly {
	t.Helper()
	a, err := Load("testdata/demo", nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// byPathOf returns the one resource of that type and construct path.
func byPathOf(t *testing.T, a *Assembly, resourceType, path string) *Resource {
	t.Helper()
	for _, r := range a.Resources(resourceType) {
		if r.Path == path {
			return r
		}
	}
	t.Fatalf("no %s at %s", resourceType, path)
	return nil
}
