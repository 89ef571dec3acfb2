package test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// echo is the answer of the demo function's /echo. It is the request as the function saw it.
type echo struct {
	Method     string            `json:"method"`
	RawPath    string            `json:"rawPath"`
	RawQuery   string            `json:"rawQuery"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies"`
	BodySHA256 string            `json:"bodySha256"`
	BodyBase64 *string           `json:"bodyBase64"`
}

// readEcho reads an answer of /echo and compares it with the hash in the function's header.
func readEcho(t *testing.T, a answer) echo {
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

// viewer sends requests to a distribution, as a client has to for its way to sign.
type viewer struct {
	edge string
	auth furl.OriginAuth
}

// send sends a request. It adds the hash of the body for OriginAuth_OAC, where no edge function does.
func (v viewer) send(t *testing.T, method, target string, body []byte) answer {
	t.Helper()
	r := request(t, method, v.edge, target, body)
	if v.auth == furl.OriginAuth_OAC && (len(body) > 0 || slices.Contains([]string{"POST", "PUT", "PATCH"}, method)) {
		r.Header.Set("X-Amz-Content-Sha256", hexSHA256(body))
	}
	return send(t, r)
}

// unhashedStatus is the status of a request without the right hash of its body.
func (v viewer) unhashedStatus() int {
	if v.auth == furl.OriginAuth_OAC {
		return http.StatusForbidden
	}
	return http.StatusOK
}

// TestThroughCloudFront runs the same tests for each way to sign, in both kinds of region.
func TestThroughCloudFront(t *testing.T) {
	for _, auth := range originAuths {
		for _, region := range regions {
			t.Run(string(auth)+" "+region, func(t *testing.T) {
				v := viewer{startLocal(t, echoAssembly(t, region, auth)).edge(t), auth}
				edge := v.edge
				t.Run("hello", func(t *testing.T) {
					if a := get(t, edge, "/"); a.status != 200 || !a.has("Hello from Lambda!") {
						t.Errorf("GET / answered %d: %s", a.status, a.body)
					}
				})
				t.Run("status", func(t *testing.T) {
					if a := get(t, edge, "/status/418"); a.status != 418 {
						t.Errorf("GET /status/418 answered %d: %s", a.status, a.body)
					}
				})
				t.Run("methods and bodies", func(t *testing.T) { testMethodsAndBodies(t, v) })
				t.Run("queries", func(t *testing.T) { testQueries(t, v) })
				t.Run("paths", func(t *testing.T) { testPaths(t, v) })
				t.Run("headers", func(t *testing.T) { testHeaders(t, edge) })
				t.Run("refusals", func(t *testing.T) { testEdgeRefusals(t, v) })
				t.Run("large bodies", func(t *testing.T) { testLargeBodies(t, v) })
			})
		}
	}
}

// echoAssembly is a stack with the demo's function behind a distribution that signs in this way. The function is built
// for this machine.
func echoAssembly(t *testing.T, region string, auth furl.OriginAuth) string {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Echo", region)
	architecture := awslambda.Architecture_X86_64()
	if runtime.GOARCH == "arm64" {
		architecture = awslambda.Architecture_ARM_64()
	}
	program := functionAsset(t, demoAssembly(t, "ap-northeast-1", "host"), "Demo") // the same for every region
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_PROVIDED_AL2023(), Architecture: architecture, Handler: jsii.String("bootstrap"),
			Code: awslambda.Code_FromAsset(jsii.String(program), nil),
		}),
		OriginAuth: auth,
	})
	return synth(t, app).dir
}

// TestFortySecondCall waits longer than API Gateway's 29 seconds, as the reference systems' example does.
func TestFortySecondCall(t *testing.T) {
	start := time.Now()
	a := get(t, startLocal(t, demoAssembly(t, "ap-northeast-1", "host")).edge(t), "/slow?seconds=40")
	if a.status != 200 || !a.has("Hello from Lambda!") {
		t.Errorf("GET /slow?seconds=40 answered %d: %s", a.status, a.body)
	}
	if took := time.Since(start); took < 40*time.Second {
		t.Errorf("it took %s, so it did not sleep", took)
	}
}

func testMethodsAndBodies(t *testing.T, v viewer) {
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
				continue // CloudFront refuses a GET with a body, and HEAD has none
			}
			t.Run(method+" "+row.name, func(t *testing.T) {
				a := v.send(t, method, "/echo", row.body)
				if method == "HEAD" {
					hash := a.header.Get("X-Echo-Sha256")
					if a.status != 200 || len(a.body) != 0 || len(hash) != 64 {
						t.Errorf("HEAD answered %d with %d bytes, x-echo-sha256 %q", a.status, len(a.body), hash)
					}
					return
				}
				e := readEcho(t, a)
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

// testQueries sends queries with raw characters that Lambda refuses, among others. The edge signer encodes these
// characters. Origin access control signs them as they are.
func testQueries(t *testing.T, v viewer) {
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
		{"Japanese, encoded", "", url.QueryEscape("名前") + "=" + url.QueryEscape("値段")},
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
			a := get(t, v.edge, target)
			raw := strings.ContainsFunc(row.query, lambdaRefuses)
			if raw && v.auth != furl.OriginAuth_EDGE_SIGNER {
				if a.status != 403 {
					t.Errorf("answered %d, want Lambda's 403 (%s): %s", a.status, row.why, a.body)
				}
				return
			}
			e := readEcho(t, a)
			if got, want := pairs(t, e.RawQuery), pairs(t, row.query); !slices.Equal(got, want) {
				t.Errorf("pairs %q, want %q (%s)", got, want, row.why)
			}
		})
	}
}

// lambdaRefuses reports whether Lambda refuses a signed query with this raw character.
func lambdaRefuses(c rune) bool { return c > '~' || strings.ContainsRune("[]!'()*", c) }

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

func testPaths(t *testing.T, v viewer) {
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
			e := readEcho(t, get(t, v.edge, row.path))
			// Segments are compared one by one, since an encoded slash does not part segments.
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
	r.Header.Set("X-Forwarded-Authorization", "forged")
	r.Header.Set("X-Forwarded-Host", "forged")
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	r.Header.Set("CloudFront-Viewer-Address", "192.0.2.1:1")
	r.Header.Set("X-Amz-Date", "20200101T000000Z")
	r.Header.Set("X-Amz-Security-Token", "forged")
	r.Header.Set("X-Amz-Source-Account", "forged")
	e := readEcho(t, send(t, r))
	if got := strings.ReplaceAll(e.Headers["x-repeated"], ", ", ","); got != "one,two,three,four" {
		t.Errorf("repeated header came through as %q", e.Headers["x-repeated"])
	}
	if e.Headers["x-plain"] != "値" {
		t.Errorf("x-plain came through as %q", e.Headers["x-plain"])
	}
	if !slices.Equal(e.Cookies, []string{"a=1", "b=2", "c=3"}) {
		t.Errorf("cookies came through as %q", e.Cookies)
	}
	if got := e.Headers["x-forwarded-authorization"]; got != "Bearer of-the-viewer" {
		t.Errorf("x-forwarded-authorization %q, want the viewer's authorization", got)
	}
	if got, want := e.Headers["x-forwarded-host"], strings.TrimPrefix(edge, "http://"); got != want {
		t.Errorf("x-forwarded-host %q, want %q", got, want)
	}
	if all := fmt.Sprint(e.Headers); strings.Contains(all, "forged") || strings.Contains(all, "20200101T000000Z") {
		t.Errorf("headers that are not the viewer's to send came through: %s", all)
	}
	// CloudFront appends the address to x-forwarded-for. The Function URL hands on the first entry, which the viewer
	// sent.
	if got := e.Headers["x-forwarded-for"]; got != "192.0.2.1" {
		t.Errorf("x-forwarded-for %q", got)
	}
	if got := e.Headers["cloudfront-viewer-address"]; !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("cloudfront-viewer-address %q, want the viewer's address, whatever the viewer says", got)
	}
	r = request(t, http.MethodGet, edge, "/echo", nil)
	r.Header.Set("X-Forwarded-Authorization", "forged")
	if got, ok := readEcho(t, send(t, r)).Headers["x-forwarded-authorization"]; ok {
		t.Errorf("x-forwarded-authorization %q of a request without Authorization", got)
	}
	if got := e.Headers["user-agent"]; got != "furl-test" {
		t.Errorf("user-agent %q: AllViewerExceptHostHeader forwards the viewer's", got)
	}
}

func testEdgeRefusals(t *testing.T, v viewer) {
	for _, row := range []struct{ name, why, target, code string }{
		{"dot segment", "normalised or not: AWS does not say", "/echo/../status/200", "AmbiguousPath"},
		{"encoded dot segment", "the same, in disguise", "/echo/%2e%2E/status/200", "AmbiguousPath"},
		{"double slash", "", "/echo//a", "AmbiguousPath"},
		{"query not UTF-8", "", "/echo?q=%ff", "AmbiguousQuery"},
		{"presigned", "a second signature", "/echo?X-Amz-Signature=00", "AmbiguousQuery"},
	} {
		if v.auth != furl.OriginAuth_EDGE_SIGNER {
			continue // CloudFront signs any request, and AWS does not document the result
		}
		t.Run(row.name, func(t *testing.T) {
			if a := get(t, v.edge, row.target); !refusedAs(a, 400, row.code) {
				t.Errorf("%d %s, want 400 %s (%s)", a.status, a.body, row.code, row.why)
			}
		})
	}
	t.Run("a wrong hash", func(t *testing.T) {
		r := request(t, "POST", v.edge, "/echo", []byte("x"))
		r.Header.Set("X-Amz-Content-Sha256", hexSHA256([]byte("another body")))
		if a := send(t, r); a.status != v.unhashedStatus() {
			t.Errorf("answered %d: the hash is the viewer's to send with OriginAuth_OAC only: %s", a.status, a.body)
		}
	})
	t.Run("no hash", func(t *testing.T) {
		a := send(t, request(t, "POST", v.edge, "/echo", []byte("x")))
		if a.status != v.unhashedStatus() {
			t.Errorf("answered %d: the hash is the viewer's to send with OriginAuth_OAC only: %s", a.status, a.body)
		}
	})
	t.Run("GET with a body", func(t *testing.T) {
		a := send(t, request(t, "GET", v.edge, "/echo", []byte("x")))
		if server := a.header.Get("Server"); a.status != 403 || server != "CloudFront" {
			t.Errorf("answered %d from %q, want CloudFront's own 403", a.status, server)
		}
	})
}

// refusedAs reports whether an edge function answered with this status and code. No cache may keep the answer.
func refusedAs(a answer, status int, code string) bool {
	var refusal struct{ Error, Message string }
	json.Unmarshal(a.body, &refusal)
	explained := refusal.Error == code && refusal.Message != ""
	return a.status == status && explained && a.header.Get("Cache-Control") == "no-store"
}

// testLargeBodies sends a body over 1 MB, of which an edge function sees the first 1 MB. The client may send the hash
// of the whole body.
func testLargeBodies(t *testing.T, v viewer) {
	body := randomBytes(1_500_000)
	a := send(t, request(t, "POST", v.edge, "/echo", body))
	refused := refusedAs(a, 413, "PayloadTooLarge")
	if v.auth == furl.OriginAuth_OAC {
		refused = a.status == 403
	}
	if !refused {
		t.Errorf("without a hash: %d %s", a.status, a.body)
	}
	withHash := func(hash string) answer {
		r := request(t, "POST", v.edge, "/echo", body)
		r.Header.Set("X-Amz-Content-Sha256", hash)
		return send(t, r)
	}
	if e := readEcho(t, withHash(hexSHA256(body))); e.BodySHA256 != hexSHA256(body) {
		t.Error("the body came through changed")
	}
	if a := withHash(hexSHA256([]byte("another body"))); a.status != 403 {
		t.Errorf("a wrong hash answered %d: %s", a.status, a.body)
	}
}

// TestConcurrentRequests shows that each of many overlapping requests gets its own answer. A process takes one request
// at a time.
func TestConcurrentRequests(t *testing.T) {
	edge := startLocal(t, demoAssembly(t, "ap-northeast-1", "host")).edge(t)
	const requests = 200
	start := time.Now()
	var answers [requests]func() answer
	for i := range answers {
		target, body := fmt.Sprintf("/echo/%d?n=%d", i, i), fmt.Appendf(nil, "body %d", i)
		answers[i] = sending(t, request(t, "POST", edge, target, body))
	}
	for i, answer := range answers {
		e := readEcho(t, answer())
		if e.RawPath != fmt.Sprintf("/echo/%d", i) || e.BodySHA256 != hexSHA256(fmt.Appendf(nil, "body %d", i)) {
			t.Errorf("request %d got the answer of %s", i, e.RawPath)
		}
	}
	t.Logf("%d concurrent requests in %s", requests, time.Since(start).Round(time.Millisecond))
}
