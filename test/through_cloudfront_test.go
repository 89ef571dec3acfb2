package test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// echo is what the demo function's /echo answers: the request as it saw it.
type echo struct {
	Method     string            `json:"method"`
	RawPath    string            `json:"rawPath"`
	RawQuery   string            `json:"rawQuery"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies"`
	BodySHA256 string            `json:"bodySha256"`
	BodyBase64 *string           `json:"bodyBase64"`
}

// echoed reads an answer of /echo and checks it against the hash that the function put beside it.
func echoed(t *testing.T, a answer) echo {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", a.status, a.body)
	}
	if sum := hexSHA256(a.body); a.header.Get("X-Echo-Sha256") != sum {
		t.Errorf("x-echo-sha256 is %s, the body's hash %s", a.header.Get("X-Echo-Sha256"), sum)
	}
	var e echo
	if err := json.Unmarshal(a.body, &e); err != nil {
		t.Fatalf("answer of /echo: %v: %s", err, a.body)
	}
	return e
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestThroughCloudFront(t *testing.T) {
	for _, region := range []string{"us-east-1", "ap-northeast-1"} {
		t.Run(region, func(t *testing.T) {
			edge := startLocal(t, demoAssembly(t, region, "host")).edge(t)
			t.Run("hello", func(t *testing.T) {
				if a := get(t, edge, "/"); a.status != 200 || !bytes.Contains(a.body, []byte("Hello from Lambda!")) {
					t.Errorf("GET / answered %d: %s", a.status, a.body)
				}
			})
			t.Run("status", func(t *testing.T) {
				if a := get(t, edge, "/status/418"); a.status != 418 {
					t.Errorf("GET /status/418 answered %d: %s", a.status, a.body)
				}
			})
			t.Run("methods and bodies", func(t *testing.T) { testMethodsAndBodies(t, edge) })
			t.Run("queries", func(t *testing.T) { testQueries(t, edge) })
			t.Run("paths", func(t *testing.T) { testPaths(t, edge) })
			t.Run("headers", func(t *testing.T) { testHeaders(t, edge) })
			t.Run("refusals", func(t *testing.T) { testEdgeRefusals(t, edge) })
		})
	}
}

// TestFortySecondCall is the reference systems' example: past API Gateway's 29 seconds.
func TestFortySecondCall(t *testing.T) {
	start := time.Now()
	a := get(t, startLocal(t, demoAssembly(t, "ap-northeast-1", "host")).edge(t), "/slow?seconds=40")
	if a.status != 200 || !bytes.Contains(a.body, []byte("Hello from Lambda!")) {
		t.Errorf("GET /slow?seconds=40 answered %d: %s", a.status, a.body)
	}
	if took := time.Since(start); took < 40*time.Second {
		t.Errorf("it took %s, so it did not sleep", took)
	}
}

func testMethodsAndBodies(t *testing.T, edge string) {
	bodies := []struct {
		name, why string
		body      []byte
	}{
		{"empty", "no body at all, and content-length 0", nil},
		{"binary", "every byte, so not UTF-8", allBytes()},
		{"json", "text that Lambda hands over as text", []byte(`{"名前":"値","n":[1,2,3]}`)},
		{"1,000,000 bytes", "the largest that is sure to reach the edge whole", randomBytes(1_000_000)},
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		for _, row := range bodies {
			if len(row.body) > 0 && slices.Contains([]string{"GET", "HEAD"}, method) {
				continue // CloudFront refuses a GET with a body; HEAD has none
			}
			t.Run(method+" "+row.name, func(t *testing.T) {
				a := send(t, request(t, method, edge, "/echo", row.body))
				if method == "HEAD" {
					if a.status != 200 || len(a.body) != 0 || len(a.header.Get("X-Echo-Sha256")) != 64 {
						t.Errorf("HEAD answered %d with %d bytes, x-echo-sha256 %q", a.status, len(a.body), a.header.Get("X-Echo-Sha256"))
					}
					return
				}
				e := echoed(t, a)
				if e.Method != method {
					t.Errorf("method %s, want %s", e.Method, method)
				}
				if want := hexSHA256(row.body); e.BodySHA256 != want {
					t.Errorf("body's hash %s, want %s (%s)", e.BodySHA256, want, row.why)
				}
				if e.BodyBase64 != nil && *e.BodyBase64 != base64.StdEncoding.EncodeToString(row.body) {
					t.Errorf("the body came through changed (%s)", row.why)
				}
			})
		}
	}
}

func allBytes() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

// randomBytes are the same on every run.
func randomBytes(length int) []byte {
	data := make([]byte, length)
	rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}

func testQueries(t *testing.T, edge string) {
	for _, row := range []struct{ name, why, query string }{
		{"none", "no question mark", ""},
		{"plain", "", "a=1&b=2"},
		{"order", "the pairs keep their order, sorted only for the signature", "b=2&a=1&c=3"},
		{"repeated keys", "each value counts", "a=2&a=1&b=x&a=3"},
		{"plus", "a form's space", "q=a+b+c"},
		{"%20", "a space", "q=a%20b"},
		{"%2B", "a plus", "q=a%2Bb"},
		{"brackets", "raw [] are what many clients send, and Lambda refuses", "filter[name]=x&list[]=1&list[]=2"},
		{"!'()*", "encodeURIComponent leaves them", "q=!'()*"},
		{"Japanese, encoded", "", "名前=" + url.QueryEscape("値段")},
		{"Japanese, raw", "raw UTF-8", "q=日本語"},
		{"bare key", "no equals sign", "flag&x=1"},
		{"empty value", "", "a=&b="},
		{"equals in value", "only the first one parts", "a=b=c&d=e%3Df"},
		{"prefix keys", "sorted by name, not by the joined string", "a-b=1&a=2&a%2Fb=3&a0=4"},
		{"percent", "an encoded percent sign", "p=100%25"},
	} {
		t.Run(row.name, func(t *testing.T) {
			target := "/echo"
			if row.query != "" {
				target += "?" + row.query
			}
			e := echoed(t, get(t, edge, target))
			if got, want := pairs(t, e.RawQuery), pairs(t, row.query); !slices.Equal(got, want) {
				t.Errorf("pairs %q, want %q (%s)", got, want, row.why)
			}
		})
	}
}

// pairs are the decoded pairs of a query, in order.
func pairs(t *testing.T, query string) [][2]string {
	t.Helper()
	var pairs [][2]string
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			t.Fatal(err)
		}
		if value, err = url.QueryUnescape(value); err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, [2]string{name, value})
	}
	return pairs
}

func testPaths(t *testing.T, edge string) {
	for _, row := range []struct{ name, why, path string }{
		{"plain", "", "/echo/a/b"},
		{"trailing slash", "one is as good as none, but it stays", "/echo/a/"},
		{"space", "", "/echo/a%20b"},
		{"!'()*", "JavaScript leaves them alone, SigV4 does not", "/echo/!'()*"},
		{"Japanese, encoded", "", "/echo/%E6%97%A5%E6%9C%AC"},
		{"Japanese, raw", "raw UTF-8 becomes escapes", "/echo/日本"},
		{"reserved", "all that a path segment may hold", "/echo/a:b@c$d,e;f=g&h+i~j"},
		{"encoded slash", "stays one segment", "/echo/a%2Fb"},
		{"encoded percent", "", "/echo/100%25"},
		{"brackets", "", "/echo/[x]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := echoed(t, get(t, edge, row.path))
			// Segment by segment: an encoded slash is not one that parts segments.
			got, want := strings.Split(e.RawPath, "/"), strings.Split(row.path, "/")
			for _, segments := range [][]string{got, want} {
				for n, segment := range segments {
					var err error
					if segments[n], err = url.PathUnescape(segment); err != nil {
						t.Fatal(err)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("path %q, want %q decoded (%s)", e.RawPath, row.path, row.why)
			}
		})
	}
}

func testHeaders(t *testing.T, edge string) {
	r := request(t, http.MethodGet, edge, "/echo", nil)
	r.Header["X-Repeated"] = []string{"one", "two, three", "four"}
	r.Header.Set("X-Plain", "値")
	r.Header.Add("Cookie", "a=1; b=2")
	r.Header.Add("Cookie", "c=3")
	r.Header.Set("Authorization", "Bearer of-the-viewer")
	r.Header.Set("X-Amz-Date", "20200101T000000Z")
	r.Header.Set("X-Amz-Security-Token", "of-the-viewer")
	e := echoed(t, send(t, r))
	if got := strings.ReplaceAll(e.Headers["x-repeated"], ", ", ","); got != "one,two,three,four" {
		t.Errorf("repeated header came through as %q", e.Headers["x-repeated"])
	}
	if e.Headers["x-plain"] != "値" {
		t.Errorf("x-plain came through as %q", e.Headers["x-plain"])
	}
	if !slices.Equal(e.Cookies, []string{"a=1", "b=2", "c=3"}) {
		t.Errorf("cookies came through as %q", e.Cookies)
	}
	if all := fmt.Sprint(e.Headers); strings.Contains(all, "of-the-viewer") || strings.Contains(all, "20200101T000000Z") {
		t.Errorf("the viewer's own signature headers came through: %s", all)
	}
	if got := e.Headers["user-agent"]; got != "furl-test" {
		t.Errorf("user-agent %q: AllViewerExceptHostHeader forwards the viewer's", got)
	}
}

func testEdgeRefusals(t *testing.T, edge string) {
	for _, row := range []struct {
		name, why, method, target string
		body                      []byte
		status                    int
		code                      string
	}{
		{"dot segment", "normalised or not: AWS does not say", "GET", "/echo/../status/200", nil, 400, "AmbiguousPath"},
		{"encoded dot segment", "the same, in disguise", "GET", "/echo/%2e%2E/status/200", nil, 400, "AmbiguousPath"},
		{"double slash", "", "GET", "/echo//a", nil, 400, "AmbiguousPath"},
		{"query not UTF-8", "", "GET", "/echo?q=%ff", nil, 400, "AmbiguousQuery"},
		{"presigned", "a second signature", "GET", "/echo?X-Amz-Signature=00", nil, 400, "AmbiguousQuery"},
		{"body over 1 MB", "the edge sees only the first of it", "POST", "/echo", randomBytes(1_500_000), 413, "PayloadTooLarge"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := send(t, request(t, row.method, edge, row.target, row.body))
			var refusal struct{ Error, Message string }
			json.Unmarshal(a.body, &refusal)
			if a.status != row.status || refusal.Error != row.code || refusal.Message == "" || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%d %s, want %d %s (%s)", a.status, a.body, row.status, row.code, row.why)
			}
		})
	}
	t.Run("body over 1 MB with the viewer's hash", func(t *testing.T) {
		body := randomBytes(1_500_000)
		r := request(t, "POST", edge, "/echo", body)
		r.Header.Set("X-Amz-Content-Sha256", hexSHA256(body))
		if e := echoed(t, send(t, r)); e.BodySHA256 != hexSHA256(body) {
			t.Error("the body came through changed")
		}
		r = request(t, "POST", edge, "/echo", body)
		r.Header.Set("X-Amz-Content-Sha256", hexSHA256([]byte("another body")))
		if a := send(t, r); a.status != 403 {
			t.Errorf("a wrong hash answered %d: %s", a.status, a.body)
		}
	})
	t.Run("GET with a body", func(t *testing.T) {
		if a := send(t, request(t, "GET", edge, "/echo", []byte("x"))); a.status != 403 || a.header.Get("Server") != "CloudFront" {
			t.Errorf("answered %d from %q, want CloudFront's own 403", a.status, a.header.Get("Server"))
		}
	})
}

// TestConcurrentRequests shows that overlapping requests are answered each with its own answer, by processes that take one at a time.
func TestConcurrentRequests(t *testing.T) {
	edge := startLocal(t, demoAssembly(t, "ap-northeast-1", "host")).edge(t)
	const requests = 200
	start := time.Now()
	var answers [requests]func() answer
	for i := range answers {
		answers[i] = sending(t, request(t, "POST", edge, fmt.Sprintf("/echo/%d?n=%d", i, i), fmt.Appendf(nil, "body %d", i)))
	}
	for i, answer := range answers {
		e := echoed(t, answer())
		if e.RawPath != fmt.Sprintf("/echo/%d", i) || e.BodySHA256 != hexSHA256(fmt.Appendf(nil, "body %d", i)) {
			t.Errorf("request %d got the answer of %s", i, e.RawPath)
		}
	}
	t.Logf("%d concurrent requests in %s", requests, time.Since(start).Round(time.Millisecond))
}
