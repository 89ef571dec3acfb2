package cloudfrontjs

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// invoke runs a function once and gives the JSON of what its handler returned, and of queryChanged.
func invoke(t *testing.T, code string, log io.Writer) (result, queryChanged string, err error) {
	t.Helper()
	function, err := New(Config{Path: "Demo/Fn", Name: "fn", Runtime: runtime, Code: code, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	response, err := function.Invoke(t.Context(), []byte(`{"requestId":"r1","event":{"version":"1.0","request":{"method":"GET","querystring":{"b":{"value":"2"},"a":{"value":"1"}}}}}`))
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Result, QueryChanged json.RawMessage }
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return string(answer.Result), string(answer.QueryChanged), nil
}

func TestRuns(t *testing.T) {
	for _, row := range []struct{ name, why, code, want string }{
		{"function", "", `function handler(event) { return event.version; }`, `"1.0"`},
		{"async", "the handler may be async", `async function handler(event) { return (await Promise.resolve(event)).version; }`, `"1.0"`},
		{"constant", "a handler need not be a declaration", `const handler = (event) => event.version;`, `"1.0"`},
		{"nothing", "told from null by whoever reads it", `function handler() {}`, ``},
		{"strict", "the default", `function handler() { return this === undefined; }`, `true`},
		{"crypto", "", `const crypto = require('crypto'); function handler() { return crypto.createHash('sha256').update('').digest('hex').slice(0, 8); }`, `"e3b0c442"`},
		{"hmac", "", `import crypto from 'crypto'; function handler() { return crypto.createHmac('sha256', 'k').update('m').digest('base64').length; }`, `44`},
		{"querystring", "", "import qs from \"querystring\";\nfunction handler() { return qs.stringify({ a: ['b', 'c'] }); }", `"a=b\u0026a=c"`},
		{"buffer", "as a module", `const { Buffer: B } = require('buffer'); function handler() { return B.from('a').toString('hex'); }`, `"61"`},
		{"Buffer", "as a global", `function handler() { return Buffer.from('YQ==', 'base64').toString(); }`, `"a"`},
		{"base64", "", `function handler() { return atob(btoa('a')) + new TextDecoder().decode(new TextEncoder().encode('b')); }`, `"ab"`},
		{"instance", "objects are the context's own", `function handler(event) { return event instanceof Object && event.request instanceof Object; }`, `true`},
		{
			"globals", "nothing of Node.js, and nothing that the runtime lacks",
			`function handler() { return ['process', 'fetch', 'setTimeout', 'setImmediate', 'queueMicrotask', 'URL', 'WebAssembly', 'Map', 'Proxy', 'Intl', 'performance', 'module', 'global'].filter((name) => name in globalThis); }`, `[]`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, _, err := invoke(t, row.code, nil)
			var a, b any
			json.Unmarshal([]byte(got), &a)
			json.Unmarshal([]byte(row.want), &b)
			if x, _ := json.Marshal(a); err != nil || string(x) != marshal(b) {
				t.Errorf("%s: %s, %v, want %s", row.why, got, err, row.want)
			}
		})
	}
}

func marshal(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// TestStateOfTheSecondEvent: what one event leaves behind, the next does not see.
func TestStateOfTheSecondEvent(t *testing.T) {
	function, err := New(Config{Path: "Demo/Fn", Runtime: runtime, Code: `var n = 0; function handler() { Object.prototype.leak = ++n; return [n, typeof ({}).leak]; }`})
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	for range 2 {
		response, err := function.Invoke(t.Context(), []byte(`{"event":{"request":{}}}`))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if !strings.Contains(string(body), `[1,"number"]`) {
			t.Errorf("answered %s", body)
		}
	}
}

func TestQueryChanged(t *testing.T) {
	for _, row := range []struct{ name, why, code, want string }{
		{"same object", "", `return event.request`, "false"},
		{"new object", "with the same in it", `return { querystring: { b: { value: '2' }, a: { value: '1' } } }`, "false"},
		{"value", "", `event.request.querystring.a.value = '3'; return event.request`, "true"},
		{"order", "which a cache key may depend on", `return { querystring: { a: { value: '1' }, b: { value: '2' } } }`, "true"},
		{"text", "the form in which the order is certain", `event.request.querystring = 'b=2&a=1'; return event.request`, "true"},
		{"gone", "", `delete event.request.querystring; return event.request`, "true"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, got, err := invoke(t, "function handler(event) {"+row.code+"}", nil); err != nil || got != row.want {
				t.Errorf("%s, %v, want %s (%s)", got, err, row.want, row.why)
			}
		})
	}
}

func TestFails(t *testing.T) {
	for _, row := range []struct{ name, why, code, want string }{
		{"throw", "", `function handler() { throw new Error('on purpose'); }`, "on purpose"},
		{"rejection", "", `async function handler() { throw new TypeError('on purpose'); }`, "TypeError: on purpose"},
		{"syntax", "found where the code is loaded", `function handler( {`, "SyntaxError"},
		{"no handler", "says what is missing", `function handle() {}`, "no function handler"},
		{"eval", "no string becomes code", `function handler() { return eval('1'); }`, "EvalError"},
		{"Function", "no string becomes code", `function handler() { return new Function('return 1')(); }`, "EvalError"},
		{"Function of the host", "not through what is handed in either", `function handler() { return require.constructor('return process')().env; }`, "EvalError"},
		{"Function of Buffer", "not through what is handed in either", `function handler() { return Buffer.from.constructor('return process')(); }`, "EvalError"},
		{"fs", "there is no such module", `const fs = require('fs'); function handler() {}`, "buffer, crypto and querystring"},
		{"inherited", "nor what every object has", `function handler() { return require('constructor'); }`, "buffer, crypto and querystring"},
		{"algorithm", "three only", `function handler() { return require('crypto').createHash('sha512'); }`, "md5, sha1, sha256"},
		{"undeclared", "strict mode", `function handler() { x = 1; }`, "ReferenceError"},
		{"dynamic import", "there is none", `async function handler() { return (await import('fs')).default; }`, "dynamic import"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, _, err := invoke(t, row.code, nil)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: %s, %v, want %q", row.why, got, err, row.want)
			}
		})
	}
	t.Run("endless loop", func(t *testing.T) {
		if _, _, err := invoke(t, `function handler() { for (;;) {} }`, nil); !errors.Is(err, lambda.ErrTimeout) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("endless promise", func(t *testing.T) {
		if _, _, err := invoke(t, `function handler() { return new Promise(() => {}); }`, nil); !errors.Is(err, lambda.ErrExited) && !errors.Is(err, lambda.ErrTimeout) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRefusedAtStart(t *testing.T) {
	const code = `function handler(event) { return event.request; }`
	for _, row := range []struct {
		name, why string
		config    Config
		want      string
	}{
		{"old runtime", "it has other features", Config{Runtime: "cloudfront-js-1.0", Code: code}, `the runtime "cloudfront-js-1.0" is not simulated: use cloudfront-js-2.0`},
		{"too large", "10 KB", Config{Runtime: runtime, Code: code + strings.Repeat(" ", maxCode+1-len(code))}, "its code has 10241 bytes"},
		{"key value store", "by import", Config{Runtime: runtime, Code: "import cf from 'cloudfront';\n" + code}, "key value stores"},
		{"key value store, double quotes", "by import", Config{Runtime: runtime, Code: "import cf from \"cloudfront\";\n" + code}, "key value stores"},
		{"key value store, required", "by require", Config{Runtime: runtime, Code: "const cf = require( 'cloudfront' );\n" + code}, "key value stores"},
		{"key value store, associated", "by the template", Config{Runtime: runtime, Code: code, KeyValueStores: true}, "key value stores"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.config.Path = "Demo/Fn"
			_, err := New(row.config)
			if err == nil || !strings.Contains(err.Error(), "CloudFront Function Demo/Fn: "+row.want) {
				t.Errorf("%v, want %q (%s)", err, row.want, row.why)
			}
		})
	}
	function, err := New(Config{Runtime: runtime, Code: code + strings.Repeat(" ", maxCode-len(code))})
	if err != nil {
		t.Fatalf("code of 10 KB: %v", err)
	}
	function.Close()
}

// buffer is safe to read while lines come in.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

func TestLog(t *testing.T) {
	var log buffer
	if _, _, err := invoke(t, `function handler() { console.log('plain', 'dropped'); console.log({ a: 1 }); return null; }`, &log); err != nil {
		t.Fatal(err)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	if got := log.text.String(); got != "r1 plain\nr1 { a: 1 }\n" {
		t.Errorf("logged %q", got)
	}
}
