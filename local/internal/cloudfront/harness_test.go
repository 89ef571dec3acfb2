package cloudfront_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

const (
	originDomain = "abc123.lambda-url.ap-northeast-1.on.aws"
	edgeARN      = "arn:aws:lambda:us-east-1:111122223333:function:Signer:7"

	cachingDisabled           = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
)

type object = map[string]any

// originView is a request as the origin saw it.
type originView struct {
	Method, Target, Host string
	Header               http.Header
	TransferEncoding     []string
	ContentLength        int64
	BodyBytes            int
	BodySHA256           string
	Body                 string // up to 1 KB
}

// newOrigin starts an origin that answers with the request that it saw, as JSON.
func newOrigin(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(server.Close)
	return server
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	hash := sha256.Sum256(body)
	s := originView{
		Method: r.Method, Target: r.RequestURI, Host: r.Host, Header: r.Header, TransferEncoding: r.TransferEncoding,
		ContentLength: r.ContentLength, BodyBytes: len(body), BodySHA256: hex.EncodeToString(hash[:]),
	}
	if len(body) <= 1024 {
		s.Body = string(body)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(s)
}

// newEdge makes the edge function of testdata/edge.
func newEdge(t testing.TB, timeout time.Duration) *lambda.Function {
	t.Helper()
	dir, err := filepath.Abs("testdata/edge")
	if err != nil {
		t.Fatal(err)
	}
	function, err := lambda.New(lambda.Config{
		Path: "Demo/Signer", Name: "Signer", Version: "7", ARN: strings.TrimSuffix(edgeARN, ":7"),
		Runtime: "nodejs22.x", Handler: "index.handler", Architecture: "x86_64", CodeDir: dir,
		Region: "us-east-1", Timeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { function.Close() })
	return function
}

// decided names the distribution in a line of the log.
const decided = " distribution Demo/Api/Distribution: "

// logBuffer collects the log of a distribution, with details.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// times are the parts of a line that differ from run to run.
var times = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} | [\d.]+ ms `)

// String is the log without times, as in "GET / 200 function Demo/Fn".
func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return times.ReplaceAllString(l.text.String(), "")
}

// await waits for the line of a request whose answer has arrived.
func (l *logBuffer) await(t *testing.T, text string) {
	t.Helper()
	for start := time.Now(); !strings.Contains(l.String(), text); time.Sleep(time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatalf("the log does not say %q:\n%s", text, l)
		}
	}
}

// behavior is a default behavior as the library's constructs write it, with changes.
func behavior(changes object) object {
	b := object{
		"TargetOriginId":        "origin",
		"AllowedMethods":        []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"},
		"CachePolicyId":         cachingDisabled,
		"OriginRequestPolicyId": allViewerExceptHostHeader,
		"ViewerProtocolPolicy":  "redirect-to-https",
	}
	maps.Copy(b, changes)
	return b
}

// config is a distribution with one origin and a default behavior. The changes go over the DistributionConfig.
func config(server *httptest.Server, defaultBehavior, changes object) cloudfront.Config {
	distribution := object{
		"Origins": []object{{
			"Id": "origin", "DomainName": originDomain,
			"CustomOriginConfig": object{
				"OriginProtocolPolicy":   "https-only",
				"OriginSSLProtocols":     []string{"TLSv1.2"},
				"OriginReadTimeout":      60,
				"OriginKeepaliveTimeout": 60,
			},
		}},
		"DefaultCacheBehavior": defaultBehavior,
	}
	maps.Copy(distribution, changes)
	return cloudfront.Config{
		Path: "Demo/Api/Distribution", ID: "E1EXAMPLE", DomainName: "d111111abcdef8.cloudfront.net",
		Distribution: distribution,
		Origins:      map[string]string{originDomain: server.Listener.Addr().String()},
	}
}

// serve starts a distribution and returns its address and its log.
func serve(t *testing.T, c cloudfront.Config) (address string, log *logBuffer) {
	t.Helper()
	log = &logBuffer{}
	distribution, err := cloudfront.New(c)
	if err != nil {
		t.Fatal(err)
	}
	logged := journal.New(journal.Options{To: log, Verbose: true}).Handler(c.Path, distribution)
	server := httptest.NewServer(logged)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), log
}

// exchange writes a raw request and reads the response. Nothing is added or cleaned on the way.
func exchange(t *testing.T, address, method, raw string) (*http.Response, string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(connection, raw)
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// get is the exchange of a request without a body. Header lines are given as they go on the wire.
func get(t *testing.T, address, method, target string, header ...string) (*http.Response, string) {
	t.Helper()
	return exchange(t, address, method, request(method, target, "", header...))
}

// request is the wire form of a request.
func request(method, target, body string, header ...string) string {
	raw := method + " " + target + " HTTP/1.1\r\nHost: d111111abcdef8.cloudfront.net\r\n"
	for _, line := range header {
		raw += line + "\r\n"
	}
	return raw + "\r\n" + body
}

// atOrigin reads the origin's account of the request out of the response.
func atOrigin(t *testing.T, response *http.Response, body string) originView {
	t.Helper()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, body %s", response.StatusCode, body)
	}
	var s originView
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return s
}
