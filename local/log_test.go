package local

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// TestRequestLines: each request has one line, with who decided. One through CloudFront, a CloudFront Function and
// an origin access control has one too.
func TestRequestLines(t *testing.T) {
	resources := controlled()
	resources["Broken"] = distribution("")
	propertiesOf(resources, "Broken", "DistributionConfig", "DefaultCacheBehavior")["ForwardedValues"] = object{}
	s := serveWith(t, Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", JSON: true})
	address := map[string]string{"Demo/Url": s.FunctionURLs[0].URL}
	for _, listening := range s.Distributions {
		address[listening.ID] = listening.URL
	}
	for _, row := range []struct {
		name, why, method, at, target, body string
		want                                string
	}{
		{
			name: "let in", why: "the function answers", method: "GET", at: "Demo/Cdn", target: "/orders?token=secret",
			want: "GET /orders 200 function Demo/Fn",
		},
		{
			name: "body without a hash", why: "the line of the viewer's request names check and signer",
			method: "POST", at: "Demo/Cdn", target: "/orders", body: "secret",
			want: "POST /orders 403 Function URL Demo/Url: signature: the signature does not match: " +
				"the payload hash is that of an empty body (signed by the origin access control of Demo/Cdn)",
		},
		{
			name: "around CloudFront", why: "nobody signed", method: "GET", at: "Demo/Url", target: "/a%0ab",
			want: "GET /a%0ab 403 Function URL Demo/Url: signature: the request has no Authorization header",
		},
		{
			name: "not served", why: "the reason is the one at start", method: "GET", at: "Demo/Broken", target: "/",
			want: "GET / 502 furl local: it cannot serve Demo/Broken: ",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(requestLines(s))
			send(t, row.method, address[row.at]+row.target, row.body)
			s.eventually(t, "it is logged", func() bool { return len(requestLines(s)) > before })
			lines := requestLines(s)[before:]
			if len(lines) != 1 || !strings.HasPrefix(lines[0], row.want) {
				t.Errorf("%s: %q, want %q alone", row.why, lines, row.want)
			}
		})
	}
	if strings.Contains(s.said(), "secret") {
		t.Errorf("a query or a body is told:\n%s", s.said())
	}
}

var requestLine = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} (.*) [\d.]+ ms  (.*)$`)

// requestLines are the lines of requests so far, without times.
func requestLines(s *served) []string {
	var lines []string
	for _, found := range requestLine.FindAllStringSubmatch(s.said(), -1) {
		lines = append(lines, found[1]+" "+found[2])
	}
	return lines
}

// TestLogAsJSON: each line on stderr is an object, the lines at start included, and stdout stays as it is.
func TestLogAsJSON(t *testing.T) {
	s := serveWith(t, Options{Assembly: assemble(t, hello(), nil), Listen: "127.0.0.1:0", JSON: true, LogJSON: true})
	fetch(t, s.FunctionURLs[0].URL+"/a?b=c")
	s.says(t, `"type":"request"`, "it is logged")
	kinds := map[string]int{}
	for line := range strings.Lines(s.said()) {
		var object struct{ Time, Type, By string }
		if err := json.Unmarshal([]byte(line), &object); err != nil || object.Time == "" {
			t.Fatalf("%v: %q", err, line)
		}
		kinds[object.Type]++
		if object.Type == "request" && object.By != "function Demo/Fn" {
			t.Errorf("the request's line is %s", line)
		}
	}
	if kinds["request"] != 1 || kinds["platform.start"] != 1 || kinds["platform.report"] != 1 || kinds["furl"] == 0 {
		t.Errorf("kinds of lines: %v\n%s", kinds, s.said())
	}
}

// TestEdgeRefusalAsJSON: the reason has the code with which an edge function refuses, and nothing else of its answer.
func TestEdgeRefusalAsJSON(t *testing.T) {
	resources := hello()
	edge(resources, func(properties object) {
		properties["Timeout"] = 30
		properties["Role"] = getAtt("EdgeRole", "Arn")
		properties["Code"] = object{"ZipFile": `exports.handler = async () => ({
			status: '401', body: JSON.stringify({ error: 'InvalidToken', message: 'secret' }),
		});`}
	})
	resources["EdgeRole"] = edgeRole()
	dir := assembleIn(t, "us-east-1", resources, nil)
	s := serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true, LogJSON: true})
	if status, body := fetch(t, s.Distributions[0].URL+"/"); status != 401 || !strings.Contains(body, "secret") {
		t.Errorf("%d %s", status, body)
	}
	s.says(t, `"by":"edge function Demo/Edge","reason":"on origin-request: InvalidToken"`, "it is logged")
	if strings.Contains(s.said(), "secret") {
		t.Errorf("more of the body is told:\n%s", s.said())
	}
}

// TestErrorPageLine: the line names who refused, and not the Function URL that has the page.
func TestErrorPageLine(t *testing.T) {
	resources := hello()
	resources["Cdn"] = distribution("")
	propertiesOf(resources, "Cdn", "DistributionConfig")["CustomErrorResponses"] = []any{
		object{"ErrorCode": 403, "ResponseCode": 200, "ResponsePagePath": "/index.html"},
	}
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, _, body := send(t, "POST", s.Distributions[0].URL+"/x", ""); status != 200 || body != "hello" {
		t.Errorf("%d %s", status, body)
	}
	s.says(t, "POST /x 200 ", "it is logged")
	const want = "POST /x 200 distribution Demo/Cdn: cache behavior default (*) does not allow POST"
	if lines := requestLines(s); len(lines) != 1 || lines[0] != want {
		t.Errorf("%q, want %q alone", lines, want)
	}
}
