package cloudfrontjs

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

func TestKeyValueStoreMethods(t *testing.T) {
	rows := []struct{ name, why, body, want string }{
		{name: "get", why: "a string by default", body: `return kvs.get('a')`, want: `"{\"b\":1}"`},
		{name: "string", body: `return kvs.get('a', { format: 'string' })`, want: `"{\"b\":1}"`},
		{
			name: "json", why: "its objects belong to the context",
			body: `const value = await kvs.get('a', { format: 'json' }); return [value.b, value instanceof Object]`,
			want: `[1,true]`,
		},
		{
			name: "bytes", why: "the value's UTF-8",
			body: `const value = await kvs.get('é', { format: 'bytes' });
				return [value.toString('hex'), Buffer.isBuffer(value)]`,
			want: `["c3a9",true]`,
		},
		{
			name: "no such key", why: "get fails, so that the function may catch it",
			body: `try { await kvs.get('c') } catch (error) { return error instanceof Error }`, want: `true`,
		},
		{
			name: "own name of objects", why: "is a key like others",
			body: `return [await kvs.exists('constructor'), await kvs.exists('__proto__')]`, want: `[false,true]`,
		},
		{name: "exists", body: `return [await kvs.exists('a'), await kvs.exists('c')]`, want: `[true,false]`},
		{
			name: "meta", why: "times in ISO 8601",
			body: `const meta = await kvs.meta();
				const time = new Date(meta.creationDateTime).toISOString();
				return [meta.keyCount, await kvs.count(), meta.creationDateTime === time]`,
			want: `[3,3,true]`,
		},
		{
			name: "by id", why: "the function has one store only",
			body: `try { cf.kvs('other') } catch (error) { return [typeof cf.kvs('id').get, error.message] }`,
			want: `["function","this key value store is not associated with the function"]`,
		},
		{
			name: "unknown format", why: "it is no text",
			body: `try { await kvs.get('a', { format: 'xml' }) } catch (error) { return error.message }`,
			want: `"the format is none of string, json, bytes"`,
		},
	}
	var bodies []string
	for _, row := range rows {
		bodies = append(bodies, row.body)
	}
	function, err := New(Config{
		Path: "Demo/Fn", Name: "fn", Runtime: supportedRuntime,
		Code:          "import cf from 'cloudfront';\nconst kvs = cf.kvs();\n" + dispatch(bodies),
		KeyValueStore: &KeyValueStore{ID: "id", Pairs: map[string]string{"a": `{"b":1}`, "é": "é", "__proto__": "x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got, _, err := invoke(t, function, fmt.Sprint(i)); err != nil || got != row.want {
				t.Errorf("%s: %s, %v, want %s", row.why, got, err, row.want)
			}
		})
	}
}

func TestImport(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	large := strings.Repeat(`,{"key":"","value":"`+long(1024)+`"}`, 5121)
	for _, row := range []struct{ name, why, content, want string }{
		{name: "pairs", content: `{"data":[{"key":"a","value":"1"},{"key":"b","value":""}]}`},
		{name: "no JSON", why: "CloudFront refuses it", content: `a=1`, want: "is not {"},
		{name: "number", why: "values are strings", content: `{"data":[{"key":"a","value":1}]}`, want: "with strings"},
		{name: "no value", why: "a pair has both", content: `{"data":[{"key":"a"}]}`, want: "pair 1 of its content"},
		{
			name: "long key", why: "512 bytes at most",
			content: `{"data":[{"key":"` + long(513) + `","value":""}]}`, want: "key of pair 1 has 513 bytes",
		},
		{
			name: "long value", why: "1 KB at most",
			content: `{"data":[{"key":"a","value":"` + long(1025) + `"}]}`, want: "value of pair 1 has 1025 bytes",
		},
		{
			name: "large store", why: "5 MB at most", want: "its content has 5243904 bytes",
			content: `{"data":[{"key":"","value":""}` + large + `]}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := (&KeyValueStore{Pairs: map[string]string{}}).importJSON([]byte(row.content))
			if (err != nil) != (row.want != "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q: %s", err, row.want, row.why)
			}
		})
	}
}

// TestStoreOfAnAssembly reads a function with its store from a template.
func TestStoreOfAnAssembly(t *testing.T) {
	store := func(source string) map[string]any {
		return map[string]any{"Type": "AWS::CloudFront::KeyValueStore", "Properties": map[string]any{
			"Name": "store", "ImportSource": map[string]any{"SourceType": "S3", "SourceArn": source},
		}}
	}
	arn := func(id string) any {
		return map[string]any{"KeyValueStoreARN": map[string]any{"Fn::GetAtt": []string{id, "Arn"}}}
	}
	for _, row := range []struct {
		name, why, source string
		associations      []any
		code, want, gap   string
	}{
		{
			name: "asset", why: "its content is the store's", source: "arn:aws:s3:::assets/store.json",
			associations: []any{arn("Store")}, want: `"1"`,
			code: `import cf from 'cloudfront'; function handler() { return cf.kvs().get('a') }`,
		},
		{
			name: "elsewhere", why: "the store is empty, and listed", source: "arn:aws:s3:::bucket/other.json",
			associations: []any{arn("Store")}, want: `false`, gap: "key value store that is empty, since ",
			code: `import cf from 'cloudfront'; function handler() { return cf.kvs().exists('a') }`,
		},
		{
			name: "origin change", why: "is listed", want: `1`, gap: "origin changes of a CloudFront Function throw",
			code: `import cf from 'cloudfront'; function handler(e) { if (e.x) cf.updateRequestOrigin({}); return 1 }`,
		},
		{
			name: "two", why: "CloudFront takes one", source: "", associations: []any{arn("Store"), arn("Store")},
			code: `function handler() {}`, want: "error: CloudFront Function Demo/Fn: it has several key value stores",
		},
		{
			name: "unknown", why: "its content cannot be known",
			associations: []any{map[string]any{"KeyValueStoreARN": "arn:aws:cloudfront::1:key-value-store/x"}},
			code:         `function handler() {}`, want: "error: CloudFront Function Demo/Fn: its key value store arn",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			function := map[string]any{"Type": "AWS::CloudFront::Function", "Properties": map[string]any{
				"Name": "fn", "AutoPublish": true, "FunctionCode": row.code,
				"FunctionConfig": map[string]any{
					"Comment": "", "Runtime": supportedRuntime, "KeyValueStoreAssociations": row.associations,
				},
			}}
			a := load(t, map[string]any{"Fn": function, "Store": store(row.source)})
			gaps := &assembly.Gaps{}
			functions := NewFunctions(a, t.TempDir(), nil, gaps)
			defer functions.Close()
			arn, err := a.Resources("AWS::CloudFront::Function")[0].Ref()
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			made, err := functions.At(arn)
			if err != nil {
				got = "error: " + err.Error()
			} else if got, _, err = invoke(t, made, "/x"); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got, row.want) || !strings.Contains(strings.Join(gaps.Lines(), "\n"), row.gap) {
				t.Errorf("%s, gaps %q, want %s: %s", got, gaps.Lines(), row.want, row.why)
			}
		})
	}
}

// load writes an assembly of one stack with the asset store.json, and reads it.
func load(t *testing.T, resources map[string]any) *assembly.Assembly {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, value any) {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("Demo.template.json", map[string]any{"Resources": resources})
	write("store.json", map[string]any{"data": []any{map[string]any{"key": "a", "value": "1"}}})
	write("Demo.assets.json", map[string]any{"files": map[string]any{"s": map[string]any{
		"source":       map[string]any{"path": "store.json"},
		"destinations": map[string]any{"d": map[string]any{"objectKey": "store.json"}},
	}}})
	write("manifest.json", map[string]any{"version": "54.0.0", "artifacts": map[string]any{
		"Demo.assets": map[string]any{
			"type": "cdk:asset-manifest", "properties": map[string]any{"file": "Demo.assets.json"},
		},
		"Demo": map[string]any{
			"type": "aws:cloudformation:stack", "environment": "aws://111122223333/us-east-1",
			"properties": map[string]any{"templateFile": "Demo.template.json"},
		},
	}})
	a, err := assembly.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
