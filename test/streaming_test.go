package test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestStreaming calls the demo's streaming function through the distribution, and directly as the edge signer's role.
func TestStreaming(t *testing.T) {
	assembly := copyAssembly(t, demoAssembly(t, "ap-northeast-1", "host"))
	leakEdgeCredentials(t, assembly)
	local := startLocal(t, assembly)
	direct := functionURL(t, local, "FurlDemo/Api/Behavior--stream/FunctionUrl")
	edgeRole := edgeCredentials(t, local.edge(t))
	for _, way := range []struct {
		name    string
		request func(t *testing.T, query string) *http.Request
		viewer  func(client string) string // the viewer that the function sees, from the client's address and port
	}{
		{
			name: "by the distribution",
			request: func(t *testing.T, query string) *http.Request {
				r := request(t, http.MethodGet, local.edge(t), "/stream?"+query, nil)
				r.Header.Set("CloudFront-Viewer-Address", "192.0.2.1:1") // a viewer's claim does not count
				r.Header.Set("X-Forwarded-For", "192.0.2.1")
				return r
			},
			viewer: func(client string) string { return client },
		},
		{
			name:    "directly",
			request: func(t *testing.T, query string) *http.Request { return signedStream(t, direct, query, edgeRole) },
			viewer:  func(string) string { return "127.0.0.1" }, // the event's sourceIp has no port
		},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Run("whole and in order", func(t *testing.T) {
				testStreamWhole(t, way.request(t, "lines=50&interval=2ms"), way.viewer)
			})
			t.Run("first line before the last is written", func(t *testing.T) {
				testFirstLine(t, way.request(t, "lines=2&interval=30s"))
			})
			// The test before left a stream that is still being written.
			t.Run("after a viewer that went away", func(t *testing.T) {
				testStreamWhole(t, way.request(t, "lines=1&interval=0s"), way.viewer)
			})
			t.Run("refused", func(t *testing.T) {
				a := send(t, way.request(t, "lines=0&interval=1s"))
				isJSON := a.header.Get("Content-Type") == "application/json"
				if a.status != 400 || !isJSON || !a.has("BadParameters") {
					t.Errorf("%d %v %s", a.status, a.header, a.body)
				}
			})
		})
	}
	t.Run("unsigned", func(t *testing.T) {
		if a := send(t, request(t, http.MethodGet, direct, "/stream?lines=1&interval=0s", nil)); a.status != 403 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// TestStreamsAreNotCompressed checks the accept-encoding that functions see. A function that streams sees none, and
// other functions see the viewer's.
func TestStreamsAreNotCompressed(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Encodings", "ap-northeast-1")
	newEcho := func(id string) awslambda.Function {
		props := nodeFunction("")
		props.Code = awslambda.Code_FromInline(jsii.String(`const echo = (event) => JSON.stringify(event.headers);
exports.handler = awslambda.streamifyResponse(async (event, out) => out.end(echo(event)));`))
		return awslambda.NewFunction(stack, jsii.String(id), props)
	}
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newEcho("Default"), WithoutWebAcl: true, InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM,
	})
	for _, auth := range originAuths {
		api.AddBehavior("/"+string(auth), newEcho(string(auth)), &furl.BehaviorProps{
			OriginAuth: auth, InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM,
		})
	}
	buffered := nodeFunction("return JSON.stringify(event.headers)")
	api.AddBehavior("/buffered", awslambda.NewFunction(stack, jsii.String("Buffered"), buffered), nil)
	edge := startLocal(t, synth(t, app).dir).edge(t)
	for path, want := range map[string]string{
		"/": "", "/EDGE_SIGNER": "", "/OAC": "", "/OAC_WITH_BODY_HASH": "", "/buffered": "gzip, br",
	} {
		r := request(t, http.MethodGet, edge, path, nil)
		r.Header.Set("Accept-Encoding", "gzip, br")
		r.Header.Set("X-Forwarded-Uri", "/forged")
		a := send(t, r)
		headers := map[string]string{}
		if err := json.Unmarshal(a.body, &headers); err != nil || a.status != 200 {
			t.Fatalf("%s: %d %s: %v", path, a.status, a.body, err)
		}
		if got := headers["accept-encoding"]; got != want {
			t.Errorf("%s is told accept-encoding %q, want %q", path, got, want)
		}
		uri := path
		if strings.HasPrefix(path, "/OAC") {
			uri = ""
		}
		if got := headers["x-forwarded-uri"]; got != uri {
			t.Errorf("%s has x-forwarded-uri %q, want %q", path, got, uri)
		}
	}
}

// signedStream is GET /stream, signed by AWS's own signer.
func signedStream(t *testing.T, direct, query string, c aws.Credentials) *http.Request {
	t.Helper()
	r := request(t, http.MethodGet, direct, "", nil)
	r.URL.Opaque, r.URL.Path, r.URL.RawQuery = "", "/stream", query
	signV4(t, r, c, "", "lambda", "ap-northeast-1", time.Now())
	return r
}

// testStreamWhole expects each line once and in order. The last line names the viewer. The times in the lines are the
// function's, so they are masked.
func testStreamWhole(t *testing.T, r *http.Request, viewer func(string) string) {
	var client string
	a := send(t, r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(c httptrace.GotConnInfo) { client = c.Conn.LocalAddr().String() },
	})))
	plain := a.header.Get("Content-Type") == "text/plain; charset=utf-8"
	if a.status != 200 || !plain || a.header.Get("Content-Length") != "" {
		t.Errorf("%d %v", a.status, a.header)
	}
	var lines int
	fmt.Sscanf(r.URL.Query().Get("lines"), "%d", &lines)
	var want strings.Builder
	for n := 1; n <= lines; n++ {
		fmt.Fprintf(&want, "line %d of %d after -\n", n, lines)
	}
	fmt.Fprintf(&want, "done after -, for %s\n", viewer(client))
	if got := regexp.MustCompile(`after [\d.µm]*s`).ReplaceAllString(string(a.body), "after -"); got != want.String() {
		t.Errorf("got %s\nwant %s", got, want.String())
	}
}

// testFirstLine reads the first of two lines, and then the viewer goes away. The function waits 30 seconds before it
// writes the second line. The first line has to come earlier, so nothing on the way holds the answer back.
func testFirstLine(t *testing.T, r *http.Request) {
	ctx, leave := context.WithCancel(r.Context())
	defer leave()
	start := time.Now()
	response, err := client.Do(r.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	if took := time.Since(start); err != nil || took >= 30*time.Second || !strings.HasPrefix(line, "line 1 of 2 ") {
		t.Errorf("after %s: %q, %v", took, line, err)
	}
	plain := response.Header.Get("Content-Type") == "text/plain; charset=utf-8"
	if response.StatusCode != 200 || !plain || response.ContentLength != -1 {
		t.Errorf("%d %v, %d bytes", response.StatusCode, response.Header, response.ContentLength)
	}
}
