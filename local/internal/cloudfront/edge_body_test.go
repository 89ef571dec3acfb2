package cloudfront

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"testing"
)

func TestShownBodyInEvent(t *testing.T) {
	request := &edgeRequest{
		Body: &edgeBody{Action: "read-only", Encoding: "base64"}, URI: `/"data":""`, QueryString: `"data":""`,
		Headers: map[string][]edgeHeader{"data": {{Key: "data", Value: `"data":""`}}},
	}
	event, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	var shown shownBody
	event = shown.putInto(event, []byte("body"))
	var read edgeRequest
	if err := json.Unmarshal(event, &read); err != nil {
		t.Fatal(err)
	}
	want := base64.StdEncoding.EncodeToString([]byte("body"))
	if read.Body.Data != want || string(shown) != want || read.URI != request.URI {
		t.Errorf("data %q, shown %q, uri %q", read.Body.Data, shown, read.URI)
	}
}

func TestShownBodyInResult(t *testing.T) {
	for _, row := range []struct{ name, why, result, want string }{
		{
			name: "unchanged", why: "what JSON.stringify writes",
			result: `{"body":{"data":"Ym9keQ==","action":"read-only"}}`,
			want:   `{"body":{"data":"","action":"read-only"}}`,
		},
		{
			name: "unchanged, with spaces", why: "what Python's json.dumps writes",
			result: `{"body": {"data": "Ym9keQ==", "action": "read-only"}}`,
			want:   `{"body": {"data": "", "action": "read-only"}}`,
		},
		{name: "longer", why: "another value", result: `{"data":"Ym9keQ==x"}`},
		{name: "later part", why: "another value", result: `{"data":"xYm9keQ=="}`},
		{name: "response", why: "the value of body is no data", result: `{"status":"200","body":"Ym9keQ=="}`},
		{name: "in a string", why: "its quotes are escaped", result: `{"uri":"/\"data\":\"Ym9keQ==\""}`},
		{name: "as a key", why: "it is no value", result: `{"data":{"Ym9keQ==":1}}`},
		{name: "gone", why: "most signers return no body", result: `{"uri":"/"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			rest, taken := shownBody("Ym9keQ==").takeFrom([]byte(row.result))
			if taken != (row.want != "") || string(rest) != cmp.Or(row.want, row.result) {
				t.Errorf("%s, %v: %s", rest, taken, row.why)
			}
		})
	}
	if rest, taken := shownBody(nil).takeFrom([]byte(`{"data":""}`)); taken || string(rest) != `{"data":""}` {
		t.Errorf("no body was shown, and %s, %v", rest, taken)
	}
}
