package assembly

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// TestDecodeCoerces: a template may write any scalar as a string, and a parameter always does.
func TestDecodeCoerces(t *testing.T) {
	type properties struct {
		Text       string
		Count      int
		Optional   *int
		Rate       *float64
		On         bool
		Texts      []string
		Variables  map[string]string
		Nested     []struct{ Size int }
		Raw        json.RawMessage
		Everything any
	}
	one, half := 1, 0.5
	for _, row := range []struct {
		name, why, text string
		want            properties
		err             string
	}{
		{name: "number", why: "Timeout of a Number parameter", text: `{"Count": "20"}`, want: properties{Count: 20}},
		{name: "white space", why: "not a number for CloudFormation either", text: `{"Count": " 20"}`, err: "Count"},
		{
			name: "pointers", why: "as values", text: `{"Optional": "1", "Rate": "0.5"}`,
			want: properties{Optional: &one, Rate: &half},
		},
		{name: "truth", why: "Compress of a String parameter", text: `{"On": "true"}`, want: properties{On: true}},
		{name: "no truth", why: "refused", text: `{"On": "yes"}`, err: "On"},
		{
			name: "text", why: "an environment's number",
			text: `{"Text": 20, "Variables": {"A": true, "B": 0.5}}`,
			want: properties{Text: "20", Variables: map[string]string{"A": "true", "B": "0.5"}},
		},
		{name: "list", why: "each element", text: `{"Texts": ["a", 1], "Nested": [{"Size": "3"}]}`, want: properties{
			Texts: []string{"a", "1"}, Nested: []struct{ Size int }{{3}},
		}},
		{name: "word", why: "no number", text: `{"Count": "many"}`, err: "Count"},
		{name: "fraction", why: "no whole number", text: `{"Count": "1.5"}`, err: "Count"},
		{
			name: "as it is", why: "nothing says which type",
			text: `{"Raw": "1", "Everything": {"A": "1"}}`,
			want: properties{Raw: json.RawMessage(`"1"`), Everything: map[string]any{"A": "1"}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var value any
			if err := json.Unmarshal([]byte(row.text), &value); err != nil {
				t.Fatal(err)
			}
			var got properties
			err := Decode(value, &got)
			switch {
			case row.err != "":
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Errorf("%s: %v, want an error about %s", row.why, err, row.err)
				}
			case err != nil || !reflect.DeepEqual(got, row.want):
				t.Errorf("%s: got %+v, %v, want %+v", row.why, got, err, row.want)
			}
		})
	}
}
