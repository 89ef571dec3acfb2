package sigv4

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestReadersOnVectors proves the readers on the canonical requests and signatures of AWS's signing test suite.
// The cases of S3-style services, whose paths are not normalised, are among them.
func TestReadersOnVectors(t *testing.T) {
	folder := vectorFolder(t)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		cases++
		t.Run(entry.Name(), func(t *testing.T) {
			verifier, request, body := vector(t, filepath.Join(folder, entry.Name()))
			var context struct{ Normalize bool }
			contextJSON := read(t, filepath.Join(folder, entry.Name()), "context.json")
			if err := json.Unmarshal([]byte(contextJSON), &context); err != nil {
				t.Fatal(err)
			}
			if entry.Name() == "post-sts-header-after" {
				request.Header.Del("X-Amz-Security-Token") // added after signing, so the readers refuse it
			}
			readers := []reader{{normalises: context.Normalize}, {normalises: context.Normalize, plusIsSpace: true}}
			c, err := parseClaim(request)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(read(t, filepath.Join(folder, entry.Name()), "header-canonical-request.txt"))
			for _, reader := range readers {
				if got := reader.canonicalRequest(request, c.signedHeaders, hash(body)); got != want {
					t.Errorf("%v:\ngot  %q\nwant %q", reader, got, want)
				}
			}
			credentials, _ := verifier.Credentials("AKIDEXAMPLE")
			if err := readersAccept(readers, request, body, credentials.SecretAccessKey); err != nil {
				t.Error(err)
			}
		})
	}
	if cases != 39 {
		t.Errorf("%d vectors, want 39", cases)
	}
}

// TestReadersDiffer checks that the readers differ where AWS leaves a choice. Four equal readers would prove no
// more than one.
func TestReadersDiffer(t *testing.T) {
	tests := []struct {
		name, why, target string
		agree             bool
	}{
		{"plain", "one reading", "/a/b?c=d", true},
		{"encoded", "one reading", "/a%20b%2F/?c=%2B%20&c=%C3%A9", true},
		{"dot segments", "normalised or not", "/a/../b", false},
		{"empty segment", "normalised or not", "/a//b", false},
		{"plus", "plus or space", "/?a=b+c", false},
		{"plus in a name", "plus or space", "/?a+b=c", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var canonical []string
			for _, reader := range everyReader() {
				request := &http.Request{Method: "GET", Host: host, RequestURI: test.target}
				canonical = append(canonical, reader.canonicalRequest(request, []string{"host"}, hash(nil)))
			}
			slices.Sort(canonical)
			if got := len(slices.Compact(canonical)) == 1; got != test.agree {
				t.Errorf("%s: the readers agree: %v, want %v", test.why, got, test.agree)
			}
		})
	}
}

// TestReadersRefuse changes each part of an honest request. All readers must refuse it.
func TestReadersRefuse(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := []struct {
		name, why string
		change    func(*http.Request)
		body      string
	}{
		{name: "method", why: "signed", change: func(r *http.Request) { r.Method = "PUT" }, body: payload},
		{name: "host", why: "signed", change: func(r *http.Request) { r.Host = "other" }, body: payload},
		{
			name: "path", why: "signed",
			change: func(r *http.Request) { r.RequestURI = "/other?b=2&a=%20&a=1&c" }, body: payload,
		},
		{
			name: "path, encoded otherwise", why: "as on the wire",
			change: func(r *http.Request) { r.RequestURI = "/%65cho/a%20b?b=2&a=%20&a=1&c" },
			body:   payload,
		},
		{
			name: "query", why: "signed",
			change: func(r *http.Request) { r.RequestURI = "/echo/a%20b?b=2" }, body: payload,
		},
		{name: "date", why: "signed", change: set("X-Amz-Date", "20261122T120001Z"), body: payload},
		{name: "another day", why: "the scope's", change: set("X-Amz-Date", "20261123T120000Z"), body: payload},
		{name: "token", why: "signed", change: set("X-Amz-Security-Token", "x"), body: payload},
		{name: "an x-amz- header more", why: "all are signed", change: set("X-Amz-Target", "x"), body: payload},
		{
			name: "payload hash", why: "the body's",
			change: set("X-Amz-Content-Sha256", hash(nil)), body: payload,
		},
		{name: "body", why: "hashed", change: func(*http.Request) {}, body: "another"},
		{
			name: "no authorization", why: "required",
			change: func(r *http.Request) { r.Header.Del("Authorization") }, body: payload,
		},
	}
	honestRequest := func() *http.Request {
		request := signedRequest(t, clock, "ap-northeast-1", "lambda")
		// On the wire, Content-Length is a header like any other.
		request.Header.Set("Content-Length", strconv.Itoa(len(payload)))
		return request
	}
	if err := readersAccept(everyReader(), honestRequest(), []byte(payload), secret); err != nil {
		t.Fatalf("the honest request: %v", err)
	}
	if readersAccept(everyReader(), honestRequest(), []byte(payload), secret+"x") == nil {
		t.Error("another secret key is accepted")
	}
	for _, test := range tests {
		for _, r := range everyReader() {
			request := honestRequest()
			test.change(request)
			if readersAccept([]reader{r}, request, []byte(test.body), secret) == nil {
				t.Errorf("%s is changed (%s) and %v accepts it", test.name, test.why, r)
			}
		}
	}
}

// TestReadersRefuseSigned signs requests that are wrong before they are signed.
func TestReadersRefuseSigned(t *testing.T) {
	unsigned := signedTarget(t, "/", http.Header{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}})
	yesterday := signedTarget(t, "/", nil)
	yesterday.Header.Set("X-Amz-Date", "20261121T120000Z")
	c, err := parseClaim(yesterday)
	if err != nil {
		t.Fatal(err)
	}
	canonical := reader{}.canonicalRequest(yesterday, c.signedHeaders, hash([]byte(payload)))
	resigned := signatureOf(canonical, "20261121T120000Z", c, secret)
	authorization := strings.Replace(yesterday.Header.Get("Authorization"), c.signature, resigned, 1)
	yesterday.Header.Set("Authorization", authorization)
	tests := []struct {
		name, want string
		request    *http.Request
	}{
		{"a payload hash that is not the body's", "x-amz-content-sha256", unsigned},
		{"a date that is not in the scope", "X-Amz-Date", yesterday},
	}
	for _, test := range tests {
		err := readersAccept(everyReader(), test.request, []byte(payload), secret)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
