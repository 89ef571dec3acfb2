package cloudfrontjs

import (
	"fmt"
	"testing"
)

// TestEventsSeeNoTraces checks that each event finds everything as the first did.
func TestEventsSeeNoTraces(t *testing.T) {
	rows := []struct{ name, why, change, look, want string }{
		{
			name: "variable of the code", why: "the code runs anew",
			change: `return ++count`, look: `return count`, want: `0`,
		},
		{
			name: "object in a variable", why: "the code runs anew",
			change: `list.push(1); return list.length`, look: `return list.length`, want: `0`,
		},
		{
			name: "global", why: "an added property",
			change: `globalThis.trace = 1`, look: `return typeof trace`, want: `"undefined"`,
		},
		{
			name: "built-in function", why: "a changed value",
			change: `JSON.stringify = () => '1'`, look: `return JSON.stringify([2])`, want: `"[2]"`,
		},
		{
			name: "prototype", why: "an added property",
			change: `Object.prototype.trace = 1`, look: `return ({}).trace === undefined`, want: `true`,
		},
		{
			name: "key that is a symbol", why: "is a property as well",
			change: `Array.prototype[Symbol.toStringTag] = 'x'`, look: `return String.prototype.toString.call('a') +
				Object.prototype.toString.call([])`, want: `"a[object Array]"`,
		},
		{
			name: "removed property", change: `delete Math.abs`, look: `return typeof Math.abs`, want: `"function"`,
			why: "the number of properties changes",
		},
		{
			name: "swapped property", why: "the number of properties stays",
			change: `delete Math.abs; Math.trace = 1`, look: `return [typeof Math.abs, typeof Math.trace]`,
			want: `["function","undefined"]`,
		},
		{
			name: "attribute", why: "the value stays, and the next write would fail",
			change: `Object.defineProperty(Array.prototype, 'map', { writable: false })`,
			look:   `Array.prototype.map = 1; return 1`, want: `1`,
		},
		{
			name: "getter", why: "an accessor in place of another",
			change: `Object.defineProperty(RegExp.prototype, 'source', { get: () => 'x' })`,
			look:   `return /a/.source`, want: `"a"`,
		},
		{
			name: "frozen object", why: "the next write would fail",
			change: `Object.freeze(Math)`, look: `Math.trace = 1; return 1`, want: `1`,
		},
		{
			name: "prototype of a prototype", why: "no property changes",
			change: `Object.setPrototypeOf(Date.prototype, null)`,
			look:   `return new Date(0) instanceof Object`, want: `true`,
		},
		{
			name: "generator", why: "a prototype that no property of a global leads to",
			change: `(function* () {})().__proto__.__proto__.trace = 1`,
			look:   `return (function* () {})().trace === undefined`, want: `true`,
		},
		{
			name: "iterator", why: "a prototype that no property of a global leads to",
			change: `[].values().__proto__.trace = 1`, look: `return [].values().trace === undefined`, want: `true`,
		},
		{
			name: "module", why: "require gives the same object to all of one event",
			change: `require('querystring').parse = 1`, look: `return typeof require('querystring').parse`,
			want: `"function"`,
		},
		{
			name: "last match", why: "RegExp keeps it outside of properties",
			change: `return /(secret)/.test('secret')`, look: `return RegExp.$1 + RegExp.input`, want: `""`,
		},
		{
			name: "late job", why: "it runs after the answer, and before the next event",
			change: `let chain = Promise.resolve();
				for (let i = 0; i < 50; i++) chain = chain.then(() => {});
				chain.then(() => { globalThis.trace = 1 })`,
			look: `return typeof trace`, want: `"undefined"`,
		},
	}
	var bodies []string
	for _, row := range rows {
		bodies = append(bodies, row.change, row.look)
	}
	function := start(t, "let count = 0; const list = [];\n"+dispatch(bodies), nil)
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if _, _, err := invoke(t, function, fmt.Sprint(2*i)); err != nil {
				t.Fatal(err)
			}
			if got, _, err := invoke(t, function, fmt.Sprint(2*i+1)); err != nil || got != row.want {
				t.Errorf("%s, %v, want %s: %s", got, err, row.want, row.why)
			}
		})
	}
}

// TestReuse checks what the code sees of the reuse of its context.
func TestReuse(t *testing.T) {
	rows := []struct{ name, why, body, want string }{
		{
			name: "methods", why: "are frozen, so that they need no check",
			body: `try { Array.prototype.map.x = 1 } catch (error) { return error.name }`, want: `"TypeError"`,
		},
		{
			name: "prototypes", why: "are not frozen, so that an object may have its own toString",
			body: `function Own() {} Own.prototype.toString = () => 'own'; return String(new Own())`, want: `"own"`,
		},
		{
			name: "errors", why: "are not frozen",
			body: `class Own extends Error {} Own.prototype.name = 'Own'; return String(new Own('m'))`,
			want: `"Own: m"`,
		},
		{
			name: "variables of the code", why: "belong to a function that runs for each event",
			body: `return [typeof cases, 'cases' in globalThis, handler.name]`, want: `["object",false,"handler"]`,
		},
	}
	var bodies []string
	for _, row := range rows {
		bodies = append(bodies, row.body)
	}
	function := start(t, dispatch(bodies), nil)
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got, _, err := invoke(t, function, fmt.Sprint(i)); err != nil || got != row.want {
				t.Errorf("%s, %v, want %s: %s", got, err, row.want, row.why)
			}
		})
	}
}

// BenchmarkInvoke measures an event that leaves no traces, so that its context serves the next one.
func BenchmarkInvoke(b *testing.B) {
	const code = `function handler(event) { event.request.headers = { a: { value: 'b' } }; return event.request; }`
	function, err := New(Config{Path: "Demo/Fn", Name: "fn", Runtime: supportedRuntime, Code: code})
	if err != nil {
		b.Fatal(err)
	}
	defer function.Close()
	for b.Loop() {
		answer, err := function.Invoke(b.Context(), []byte(`{"requestId":"r1","event":{"request":{"uri":"/"}}}`))
		if err != nil {
			b.Fatal(err)
		}
		answer.Body.Close()
	}
}
