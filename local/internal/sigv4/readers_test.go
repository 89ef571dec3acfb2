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

// TestReadersOnVectors proves the readers on AWS's signing test suite: canonical request and signature, the cases of S3-style services among
// them, whose paths are not normalised.
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
			if err := json.Unmarshal([]byte(read(t, filepath.Join(folder, entry.Name()), "context.json")), &context); err != nil {
				t.Fatal(err)
			}
			if entry.Name() == "post-sts-header-after" {
				request.Header.Del("X-Amz-Security-Token") // added after signing, which the readers do not accept
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

// TestReadersDiffer: four readers that agreed on everything would prove no more than one.
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

// TestReadersRefuse: each part of an honest request changed must be refused by all of them.
func TestReadersRefuse(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := []struct {
		name, why string
		change    func(*http.Request)
		body      string
	}{
		{"method", "signed", func(r *http.Request) { r.Method = "PUT" }, payload},
		{"host", "signed", func(r *http.Request) { r.Host = "other" }, payload},
		{"path", "signed", func(r *http.Request) { r.RequestURI = "/other?b=2&a=%20&a=1&c" }, payload},
		{"path, encoded otherwise", "as on the wire", func(r *http.Request) { r.RequestURI = "/%65cho/a%20b?b=2&a=%20&a=1&c" }, payload},
		{"query", "signed", func(r *http.Request) { r.RequestURI = "/echo/a%20b?b=2" }, payload},
		{"date", "signed", set("X-Amz-Date", "20261122T120001Z"), payload},
		{"another day", "the scope's", set("X-Amz-Date", "20261123T120000Z"), payload},
		{"token", "signed", set("X-Amz-Security-Token", "x"), payload},
		{"an x-amz- header more", "all are signed", set("X-Amz-Target", "x"), payload},
		{"payload hash", "the body's", set("X-Amz-Content-Sha256", hash(nil)), payload},
		{"body", "hashed", func(*http.Request) {}, "another"},
		{"no authorization", "required", func(r *http.Request) { r.Header.Del("Authorization") }, payload},
	}
	honest := func() *http.Request {
		request := signed(t, clock, "ap-northeast-1", "lambda")
		request.Header.Set("Content-Length", strconv.Itoa(len(payload))) // as on the wire, where it is a header like any other
		return request
	}
	if err := readersAccept(everyReader(), honest(), []byte(payload), secret); err != nil {
		t.Fatalf("the honest request: %v", err)
	}
	if readersAccept(everyReader(), honest(), []byte(payload), secret+"x") == nil {
		t.Error("another secret key is accepted")
	}
	for _, test := range tests {
		for _, r := range everyReader() {
			request := honest()
			test.change(request)
			if readersAccept([]reader{r}, request, []byte(test.body), secret) == nil {
				t.Errorf("%s is changed (%s) and %v accepts it", test.name, test.why, r)
			}
		}
	}
}

// TestReadersRefuseSigned signs what is wrong in itself.
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
	yesterday.Header.Set("Authorization", strings.Replace(yesterday.Header.Get("Authorization"), c.signature, resigned, 1))
	tests := []struct {
		name, want string
		request    *http.Request
	}{
		{"a payload hash that is not the body's", "x-amz-content-sha256", unsigned},
		{"a date that is not in the scope", "X-Amz-Date", yesterday},
	}
	for _, test := range tests {
		if err := readersAccept(everyReader(), test.request, []byte(payload), secret); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
