package cloudfrontjs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// start makes a function ready to run. Its processes are slow to start, so tests share a function where they can.
func start(t *testing.T, code string, log *journal.Log) *lambda.Function {
	t.Helper()
	function, err := New(Config{Path: "Demo/Fn", Name: "fn", Runtime: supportedRuntime, Code: code, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { function.Close() })
	return function
}

// invoke runs a function once, with a uri in the event. It returns the handler's result and queryChanged, both as JSON.
func invoke(t *testing.T, function *lambda.Function, uri string) (result, queryChanged string, err error) {
	t.Helper()
	const event = `{"requestId":"r1","event":{"request":{
		"uri":%q,"querystring":{"b":{"value":"2"},"a":{"value":"1"}}
	}}}`
	response, err := function.Invoke(t.Context(), fmt.Appendf(nil, event, uri))
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

// dispatch is the code of a function that runs the Nth body of a handler for the uri "N".
func dispatch(bodies []string) string {
	code := "const cases = [\n"
	for _, body := range bodies {
		code += "async function (event) {" + body + "},\n"
	}
	return code + "];\nfunction handler(event) { return cases[event.request.uri](event); }"
}

func TestHandlers(t *testing.T) {
	for _, row := range []struct{ name, why, code, want string }{
		{name: "function", code: `function handler(event) { return event.request.uri; }`, want: `"/x"`},
		{
			name: "async", why: "the handler may be async",
			code: `async function handler(event) { return (await Promise.resolve(event)).request.uri; }`,
			want: `"/x"`,
		},
		{name: "nothing", why: "the reader can tell it from null", code: `function handler() {}`, want: ``},
		{
			name: "import after a semicolon", why: "a line may have several statements",
			code: "'use strict'; import qs from 'querystring'; import b from 'buffer';\n" +
				"function handler() { return [typeof qs.parse, typeof b.Buffer]; }",
			want: `["function","function"]`,
		},
		{
			name: "import in text", why: "only a statement is one",
			code: "const text = \"see import qs from 'querystring'\";\nfunction handler() { return text; }",
			want: `"see import qs from 'querystring'"`,
		},
		{
			name: "import", why: "in either kind of quotes",
			code: "import crypto from 'crypto';\nimport qs from \"querystring\";\n" +
				"function handler() { return [typeof crypto.createHash, typeof qs.parse]; }",
			want: `["function","function"]`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, _, err := invoke(t, start(t, row.code, nil), "/x"); err != nil || got != row.want {
				t.Errorf("%s: %s, %v, want %s", row.why, got, err, row.want)
			}
		})
	}
}

// leaveMarks marks every object that a function can get at. It returns how many of them had the mark before.
const leaveMarks = `
	const failure = (work) => { try { work() } catch (error) { return error } };
	const { createHash } = require('crypto'), qs = require('querystring');
	const objects = [
		globalThis, event, createHash('md5'), createHash('md5').digest(), require('buffer'), qs, qs.parse('a=1&a=2'),
		Buffer.from('a'), Buffer.from('a').subarray(0),
		new TextEncoder().encode('a'), new TextEncoder().encodeInto('a', Buffer.from('a')), new TextDecoder(),
		new InternalError(), failure(() => atob('%')), failure(() => Buffer.from(1)),
		failure(() => createHash('x')), failure(() => require('fs')), failure(() => eval('1')),
	];
	let marked = 0;
	for (let i = 0; i < objects.length; i++) {
		if (Object.getOwnPropertyNames(objects[i]).includes('leak')) marked++;
		const properties = Object.values(Object.getOwnPropertyDescriptors(objects[i]));
		if (Object.isExtensible(objects[i])) Object.defineProperty(objects[i], 'leak', { value: 1 });
		for (const { value, get, set } of [...properties, { value: Object.getPrototypeOf(objects[i]) }])
			objects.push(...[value, get, set].filter((o) =>
				(typeof o === 'function' || typeof o === 'object' && o) && !objects.includes(o)));
	}
	return [marked, objects.length > 500];`

func TestSandbox(t *testing.T) {
	rows := []struct{ name, why, body, want string }{
		{
			name: "strict", why: "the default",
			body: `return (function () { return this === undefined; })()`, want: `true`,
		},
		{
			name: "crypto",
			body: `return require('crypto').createHash('sha256').update('').digest('hex').slice(0, 8)`,
			want: `"e3b0c442"`,
		},
		{
			name: "hmac",
			body: `return require('crypto').createHmac('sha256', 'k').update('m').digest('base64').length`,
			want: `44`,
		},
		{
			name: "own name of a prototype in a query", why: "is a name like others",
			body: `return Object.keys(require('querystring').parse('__proto__=1&a=2'))`, want: `["__proto__","a"]`,
		},
		{name: "querystring", body: `return require('querystring').stringify({ a: ['b', 'c'] })`, want: `"a=b&a=c"`},
		{
			name: "buffer", why: "as a module",
			body: `return require('buffer').Buffer.from('a').toString('hex')`, want: `"61"`,
		},
		{name: "Buffer", why: "as a global", body: `return Buffer.from('YQ==', 'base64').toString()`, want: `"a"`},
		{
			name: "base64",
			body: `return atob(btoa('a')) + new TextDecoder().decode(new TextEncoder().encode('b'))`, want: `"ab"`,
		},
		{
			name: "instance", why: "objects belong to the context",
			body: `return event instanceof Object && event.request instanceof Object`, want: `true`,
		},
		{
			name: "instances of the modules", why: "so are theirs, arrays and errors included",
			body: `const qs = require('querystring'), { createHash } = require('crypto'), b = Buffer.from('a');
			const errors = [
				() => atob('%'), () => createHash('sha512'), () => createHash('md5').update(1), () => b.readInt8(7),
				() => b.write(1), () => Buffer.alloc('1'), () => Buffer.from(1), () => new TextDecoder('x'),
				() => qs.unescape(Symbol()), () => require('fs'),
			].filter((f) => { try { f() } catch (e) { return !(e instanceof Error) } return true });
			return [
				b instanceof Uint8Array, b.buffer instanceof ArrayBuffer, b.subarray(0) instanceof Buffer,
				b.toJSON().data instanceof Array, Buffer.isBuffer(Buffer.concat([b])),
				new TextEncoder().encode('a') instanceof Uint8Array,
				new TextEncoder().encodeInto('a', b) instanceof Object,
				qs.parse('a=1') instanceof Object, qs.parse('a=1&a=2').a instanceof Array,
				createHash('md5').digest() instanceof Buffer, createHash('md5').digest('buffer') instanceof Buffer,
				Buffer.from instanceof Function, require instanceof Function, atob instanceof Function,
				console instanceof Object, errors.length,
			]`,
			want: `[true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,0]`,
		},
		{
			name: "errors", why: "kinds and messages stay, and the function's throws come back unchanged",
			body: `const seen = [];
			for (const f of [
				() => Buffer.from(1), () => Buffer.from('a').readInt8(7),
				() => require('querystring').escape({ toString() { throw 'own' } }),
			])
				try { f() } catch (e) { seen.push(e.name ?? e, e instanceof TypeError, e instanceof RangeError) }
			return seen`,
			want: `["TypeError",true,false,"RangeError",false,true,"own",false,false]`,
		},
		{
			name: "InternalError", why: "on AWS's list of error types",
			body: `try { throw new InternalError('m') } catch (e) { return [e instanceof Error, String(e)] }`,
			want: `[true,"InternalError: m"]`,
		},
		{
			name: "bytes", why: "a Buffer shares memory as on Node.js",
			body: `const b = Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1);
			b.subarray(1).fill(7);
			return [b, b.swap16() === b, b.toString('hex'), b.indexOf(7), b.equals(Buffer.alloc(2, b))]`,
			want: `[{"type":"Buffer","data":[7,2]},true,"0702",0,true]`,
		},
		{
			name: "globals", why: "nothing of Node.js, and nothing that the runtime lacks",
			body: `return [
				'process', 'Reflect', 'fetch', 'setTimeout', 'setImmediate', 'queueMicrotask', 'URL', 'WebAssembly',
				'Map', 'Proxy', 'Intl', 'performance', 'module', 'global',
			].filter((name) => name in globalThis)`,
			want: `[]`,
		},
		{name: "first event", why: "nothing is marked yet", body: leaveMarks, want: `[0,true]`},
		{name: "second event", why: "it does not see the marks of the first", body: leaveMarks, want: `[0,true]`},
	}
	var bodies []string
	for _, row := range rows {
		bodies = append(bodies, row.body)
	}
	function := start(t, dispatch(bodies), nil)
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got, _, err := invoke(t, function, fmt.Sprint(i)); err != nil || got != row.want {
				t.Errorf("%s: %s, %v, want %s", row.why, got, err, row.want)
			}
		})
	}
}

func TestQueryChanged(t *testing.T) {
	rows := []struct{ name, why, body, want string }{
		{name: "same object", body: `return event.request`, want: "false"},
		{
			name: "new object", why: "with the same in it",
			body: `return { querystring: { b: { value: '2' }, a: { value: '1' } } }`, want: "false",
		},
		{name: "value", body: `event.request.querystring.a.value = '3'; return event.request`, want: "true"},
		{
			name: "order", why: "which a cache key may depend on",
			body: `return { querystring: { a: { value: '1' }, b: { value: '2' } } }`, want: "true",
		},
		{
			name: "text", why: "the form in which the order is certain",
			body: `event.request.querystring = 'b=2&a=1'; return event.request`, want: "true",
		},
		{name: "gone", body: `delete event.request.querystring; return event.request`, want: "true"},
	}
	var bodies []string
	for _, row := range rows {
		bodies = append(bodies, row.body)
	}
	function := start(t, dispatch(bodies), nil)
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if _, got, err := invoke(t, function, fmt.Sprint(i)); err != nil || got != row.want {
				t.Errorf("%s, %v, want %s (%s)", got, err, row.want, row.why)
			}
		})
	}
}

func TestFails(t *testing.T) {
	rows := []struct{ name, why, body, want string }{
		{name: "throw", body: `throw new TypeError('on purpose')`, want: "TypeError: on purpose"},
		{name: "eval", why: "no string becomes code", body: `return eval('1')`, want: "EvalError"},
		{
			name: "Function", why: "no string becomes code",
			body: `return new Function('return 1')()`, want: "EvalError",
		},
		{
			name: "Function of the host", why: "not through the module's functions either",
			body: `return require.constructor('return process')().env`, want: "EvalError",
		},
		{
			name: "Function of Buffer", why: "not through the module's functions either",
			body: `return Buffer.from.constructor('return process')()`, want: "EvalError",
		},
		{
			name: "no key value store", why: "the function has none",
			body: `return require('cloudfront').kvs()`, want: "no key value store is associated",
		},
		{
			name: "origin", why: "another origin would be called",
			body: `require('cloudfront').updateRequestOrigin({ domainName: 'example.org' })`,
			want: "cloudfront.updateRequestOrigin is not simulated",
		},
		{
			name: "fs", why: "there is no such module",
			body: `return require('fs')`, want: "buffer, cloudfront, crypto, querystring",
		},
		{
			name: "inherited", why: "nor a property that every object has",
			body: `return require('constructor')`, want: "buffer, cloudfront, crypto, querystring",
		},
		{
			name: "algorithm", why: "three only",
			body: `return require('crypto').createHash('sha512')`, want: "md5, sha1, sha256",
		},
		{name: "undeclared", why: "strict mode", body: `x = 1`, want: "ReferenceError"},
		{
			name: "dynamic import", why: "there is none",
			body: `return (await import('fs')).default`, want: "dynamic import",
		},
	}
	var bodies []string
	for _, row := range rows {
		bodies = append(bodies, row.body)
	}
	function := start(t, dispatch(bodies), nil)
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, _, err := invoke(t, function, fmt.Sprint(i))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: %s, %v, want %q", row.why, got, err, row.want)
			}
		})
	}
}

// TestEnds checks that code that cannot be loaded or does not end fails its event.
func TestEnds(t *testing.T) {
	for _, row := range []struct {
		name, code, want string
		kind             error
	}{
		{"syntax", `function handler( {`, "SyntaxError", lambda.ErrExited},
		{"no handler", `function handle() {}`, "no function handler", nil},
		{"endless loop", `function handler() { for (;;) {} }`, "after 2s", lambda.ErrTimeout},
		{"endless promise", `function handler() { return new Promise(() => {}); }`, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, _, err := invoke(t, start(t, row.code, nil), "/x")
			if err == nil || !strings.Contains(err.Error(), row.want) || row.kind != nil && !errors.Is(err, row.kind) {
				t.Errorf("%s, %v, want %q", got, err, row.want)
			}
		})
	}
}

// TestProcesses checks that many events at once share as many processes as there are processors. All are answered.
func TestProcesses(t *testing.T) {
	const code = `function handler() { const begin = Date.now(); while (Date.now() < begin + 100); return 1; }`
	function := start(t, code, nil)
	var wait sync.WaitGroup
	for range 8 * runtime.NumCPU() {
		wait.Go(func() {
			if got, _, err := invoke(t, function, "/x"); err != nil || got != "1" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	wait.Wait()
	list, err := exec.Command("ps", "-A", "-o", "ppid=,args=").Output()
	if err != nil {
		t.Fatal(err)
	}
	ours := regexp.MustCompile(fmt.Sprintf(`(?m)^\s*%d\s.*bootstrap\.mjs`, os.Getpid()))
	if n := len(ours.FindAll(list, -1)); n == 0 || n > runtime.NumCPU() {
		t.Errorf("%d processes, and the machine has %d processors:\n%s", n, runtime.NumCPU(), list)
	}
}

func TestRefusedAtStart(t *testing.T) {
	const code = `function handler(event) { return event.request; }`
	for _, row := range []struct {
		name, why string
		config    Config
		want      string
	}{
		{
			name: "old runtime", why: "it has other features",
			config: Config{Runtime: "cloudfront-js-1.0", Code: code},
			want:   `the runtime "cloudfront-js-1.0" is not simulated: use cloudfront-js-2.0`,
		},
		{
			name: "too large", why: "10 KB",
			config: Config{Runtime: supportedRuntime, Code: code + strings.Repeat(" ", maxCode+1-len(code))},
			want:   "its code has 10241 bytes",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.config.Path = "Demo/Fn"
			_, err := New(row.config)
			if err == nil || !strings.Contains(err.Error(), "CloudFront Function Demo/Fn: "+row.want) {
				t.Errorf("%v, want %q (%s)", err, row.want, row.why)
			}
		})
	}
	function, err := New(Config{Runtime: supportedRuntime, Code: code + strings.Repeat(" ", maxCode-len(code))})
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
	function := start(t,
		`function handler() { console.log('plain', 'dropped'); console.log({ a: 1 }); return null; }`,
		journal.New(journal.Options{To: &log}))
	if _, _, err := invoke(t, function, "/x"); err != nil {
		t.Fatal(err)
	}
	function.Close() // the answer may be here before the lines are
	log.mu.Lock()
	defer log.mu.Unlock()
	if got := log.text.String(); got != "Demo/Fn | r1 plain\nDemo/Fn | r1 { a: 1 }\n" {
		t.Errorf("logged %q", got)
	}
}
