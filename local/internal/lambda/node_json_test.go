package lambda

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// TestNodeLongResults compares the answers to long events with those to short ones. JSON.stringify makes all of the
// latter.
func TestNodeLongResults(t *testing.T) {
	for _, test := range []struct{ name, why, result string }{
		{"two", "each in its place", `{ a: long, b: 1, c: ['x', long + 'c', null] }`},
		{"alone", "the whole result is a string", `long`},
		{"no base64", "JSON escapes it", `{ data: '"\\é\n' + long, text: '\ud800' + long }`},
		{"undefined", "there is no result", `undefined`},
		{"function", "JSON has none", `() => long`},
		{"toJSON", "the value of toJSON counts", `{ a: { toJSON: () => long } }`},
		{"mark", "the handler's own string is as the mark", "{ a: long, b: `long string of ${id}`, c: long }"},
		{"mark as a key", "a key is no string of the result", "{ [`long string of ${id}`]: long }"},
		{"short", "JSON.stringify is quick for it", `{ a: 'abc' }`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFunction(t, nodeConfig(t, "index.mjs", `
				const long = 'abc+/0=='.repeat(10000);
				export const handler = async (event, { awsRequestId }) => {
					const id = event.pad ? awsRequestId : 'ID';
					return `+test.result+`;
				};`))
			want, got := answerTo(t, f, ""), answerTo(t, f, strings.Repeat("x", 100_000))
			if !json.Valid(want) || maskRequestID(got) != string(want) {
				t.Errorf("%d bytes %.99q, want %d bytes %.99q: %s", len(got), got, len(want), want, test.why)
			}
		})
	}
}

// answerTo returns the whole answer to an event of a length.
func answerTo(t *testing.T, f *Function, pad string) []byte {
	t.Helper()
	event, err := json.Marshal(map[string]string{"pad": pad})
	if err != nil {
		t.Fatal(err)
	}
	response, err := f.Invoke(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// maskRequestID replaces the request id behind the mark.
func maskRequestID(answer []byte) string {
	before, after, found := strings.Cut(string(answer), `"long string of `)
	if !found {
		return string(answer)
	}
	return before + `"long string of ID` + after[len(NewRequestID()):]
}
