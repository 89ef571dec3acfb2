package apigateway

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestReadAnswer reads answers as a function returns them.
func TestReadAnswer(t *testing.T) {
	tests := []struct {
		name, why, text string
		status          int // 0 if it is refused
		header          string
		body            string
	}{
		{
			name: "all fields", why: "each is taken",
			text: `{"statusCode":201,"headers":{"x-a":"1"},"multiValueHeaders":{"x-b":["2","3"]},"body":"text",` +
				`"isBase64Encoded":false}`,
			status: 201, header: "X-A: 1\r\nX-B: 2\r\nX-B: 3\r\n", body: "text",
		},
		{name: "nothing", why: "no field is mandatory", text: `{}`, status: 200},
		{name: "body alone", why: "no field is mandatory", text: `{"body":"text"}`, status: 200, body: "text"},
		{
			name: "nulls", why: "as if missing",
			text: `{"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}`, status: 200,
		},
		{name: "status in a string", why: "is taken", text: `{"statusCode":"404"}`, status: 404},
		{
			name: "both kinds of headers", why: "multiValueHeaders win, in whatever case",
			text: `{"headers":{"set-cookie":"a","x":"1"},"multiValueHeaders":{"Set-Cookie":["b","c"]}}`, status: 200,
			header: "Set-Cookie: b\r\nSet-Cookie: c\r\nX: 1\r\n",
		},
		{
			name: "boolean header", why: "as in Access-Control-Allow-Credentials",
			text: `{"headers":{"a":true},"multiValueHeaders":{"b":[false]}}`, status: 200,
			header: "A: true\r\nB: false\r\n",
		},
		{name: "no JSON", why: "no object", text: `text`},
		{name: "null", why: "no object", text: `null`},
		{name: "string", why: "no object", text: `"text"`},
		{name: "list", why: "no object", text: `[]`},
		{name: "another field", why: "as of payload format 2.0", text: `{"statusCode":200,"cookies":["a=1"]}`},
		{name: "another case", why: "names are exact", text: `{"StatusCode":200}`},
		{name: "body as an object", why: "JSON goes in a string", text: `{"statusCode":200,"body":{"a":1}}`},
		{name: "status as a word", why: "a number is documented", text: `{"statusCode":"ok"}`},
		{name: "status null", why: "a number is documented", text: `{"statusCode":null}`},
		{name: "status 100", why: "no final answer", text: `{"statusCode":100}`},
		{name: "status 199", why: "no final answer", text: `{"statusCode":199}`},
		{name: "status 600", why: "no status", text: `{"statusCode":600}`},
		{name: "numeric header", why: "strings are documented", text: `{"headers":{"a":1}}`},
		{name: "nested header", why: "strings are documented", text: `{"headers":{"a":{"b":"c"}}}`},
		{name: "null header", why: "strings are documented", text: `{"headers":{"a":null}}`},
		{name: "list in headers", why: "goes in multiValueHeaders", text: `{"headers":{"a":["b"]}}`},
		{name: "string in multiValueHeaders", why: "a list is documented", text: `{"multiValueHeaders":{"a":"b"}}`},
		{name: "numeric multi-value header", why: "strings are documented", text: `{"multiValueHeaders":{"a":[1]}}`},
		{name: "header name with a space", why: "HTTP cannot carry it", text: `{"headers":{"x a":"b"}}`},
		{name: "empty header name", why: "HTTP cannot carry it", text: `{"headers":{"":"b"}}`},
		{
			name: "header name with a newline", why: "another header would come with it",
			text: `{"multiValueHeaders":{"x\nset-cookie":["b"]}}`,
		},
		{
			name: "header value with a newline", why: "another header would come with it",
			text: `{"headers":{"x":"a\r\nset-cookie: b"}}`,
		},
		{
			name: "multi-value header with a newline", why: "another header would come with it",
			text: `{"multiValueHeaders":{"set-cookie":["a=1","b\nx: y"]}}`,
		},
		{name: "header value with NUL", why: "HTTP cannot carry it", text: `{"headers":{"x":"a\u0000"}}`},
		{name: "headers as a list", why: "an object is documented", text: `{"headers":[]}`},
		{name: "base64 as a word", why: "a boolean is documented", text: `{"isBase64Encoded":"true"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAnswer([]byte(test.text))
			if test.status == 0 {
				if !errors.Is(err, errAnswer) {
					t.Errorf("%s: got %v, error %v", test.why, got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var header strings.Builder
			_ = got.header.Write(&header) // sorted by name
			if got.status != test.status || header.String() != test.header || string(got.body) != test.body {
				t.Errorf("%s: %d %q %q", test.why, got.status, header.String(), got.body)
			}
		})
	}
}

// TestAnswerHeaders checks which headers of an answer API Gateway adds, renames and drops.
func TestAnswerHeaders(t *testing.T) {
	api := start(t, nil)
	response, body := api.send(t, "POST", "/Prod/answer", `{"statusCode":418,"body":"text","headers":{
		"content-length":"1","transfer-encoding":"chunked","date":"then","server":"mine","www-authenticate":"Basic",
		"x-mine":"1","authorization":"a","connection":"close","upgrade":"x","via":"x","host":"x"},
		"multiValueHeaders":{"set-cookie":["a=1","b=2"]}}`)
	if response.StatusCode != 418 || body != "text" || response.ContentLength != 4 ||
		response.Close || len(response.TransferEncoding) != 0 {
		t.Errorf("%s, length %d", describe(response, body), response.ContentLength)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Mine": "1", "X-Amzn-Remapped-Date": "then",
		"X-Amzn-Remapped-Server": "mine", "Server": "", "X-Amzn-Remapped-Www-Authenticate": "Basic",
		"Www-Authenticate": "", "X-Amzn-Remapped-Authorization": "a", "X-Amzn-Remapped-Connection": "close",
		"Upgrade": "", "Via": "", "Host": "",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if cookies := response.Header.Values("Set-Cookie"); !slices.Equal(cookies, []string{"a=1", "b=2"}) {
		t.Errorf("cookies %v", cookies)
	}
	if _, err := http.ParseTime(response.Header.Get("Date")); err != nil {
		t.Error(err)
	}
	response, body = api.send(t, "POST", "/Prod/answer", `{"body":"<p>","headers":{"content-type":"text/html"}}`)
	if response.Header.Get("Content-Type") != "text/html" {
		t.Errorf("the function's content type: %s", describe(response, body))
	}
}

// TestAnswerHeaderLog checks that a header that HTTP cannot carry is told, and its value never.
func TestAnswerHeaderLog(t *testing.T) {
	api := start(t, nil)
	for _, answer := range []string{`{"headers":{"x a":"secret"}}`, `{"headers":{"x a\n":"secret\n"}}`} {
		response, body := api.send(t, "POST", "/Prod/answer", answer)
		expectRefusal(t, "a malformed answer", response, body, 502, "InternalServerErrorException",
			`{"message":"Internal server error"}`)
	}
	const want = `it has a header "x a", and HTTP allows no such name`
	if log := api.log.String(); !strings.Contains(log, want) || strings.Count(log, "\n") != 2 ||
		strings.Contains(log, "secret") {
		t.Errorf("the log does not say %s alone but:\n%s", want, log)
	}
}

func TestAnswerBase64(t *testing.T) {
	tests := []struct {
		name, why, accept string
		types             []string
		answer            string
		status            int
		want              string
	}{
		{
			name: "no binary types", why: "API Gateway hands out the base64",
			accept: "*/*", answer: `{"body":"AP8=","isBase64Encoded":true}`, status: 200, want: "AP8=",
		},
		{
			name: "every type", why: "every answer is decoded",
			types: []string{"*/*"}, answer: `{"body":"AP8=","isBase64Encoded":true}`, status: 200, want: "\x00\xff",
		},
		{
			name: "accepted first", why: "a binary type of the API",
			accept: "image/png, text/html", types: []string{"image/png"},
			answer: `{"body":"AP8=","isBase64Encoded":true}`, status: 200, want: "\x00\xff",
		},
		{
			name: "accepted second", why: "only the first counts",
			accept: "text/html, image/png", types: []string{"image/png"},
			answer: `{"body":"AP8=","isBase64Encoded":true}`, status: 200, want: "AP8=",
		},
		{
			name: "not encoded", why: "isBase64Encoded is not set",
			accept: "image/png", types: []string{"image/png"}, answer: `{"body":"AP8="}`, status: 200, want: "AP8=",
		},
		{
			name: "not base64", why: "a malformed answer",
			accept: "image/png", types: []string{"image/png"}, answer: `{"body":"~","isBase64Encoded":true}`,
			status: 502, want: `{"message":"Internal server error"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// The request's content type is not binary, so that the test's function can read the body.
			api := start(t, func(config *Config) { config.BinaryMediaTypes = test.types })
			if slices.Equal(test.types, []string{"*/*"}) {
				result, err := readAnswer([]byte(test.answer))
				if err != nil {
					t.Fatal(err)
				}
				gateway := &API{config: Config{BinaryMediaTypes: test.types}}
				err = gateway.decodeBody(result, &exchange{Request: &http.Request{}})
				if err != nil || string(result.body) != test.want {
					t.Errorf("%s: %q, %v", test.why, result.body, err)
				}
				return
			}
			response, body := api.send(t, "POST", "/Prod/answer", test.answer, "Accept: "+test.accept)
			if response.StatusCode != test.status || body != test.want {
				t.Errorf("%s: %s", test.why, describe(response, body))
			}
		})
	}
}

// TestIntegrationFails checks that every failure of a function is a 502. A function that takes too long is a 504,
// and one that may not be invoked is a 500.
func TestIntegrationFails(t *testing.T) {
	api := start(t, func(config *Config) {
		slow, forbidden, elsewhere := config.Methods[0], config.Methods[0], config.Methods[0]
		slow.Timeout = 300 * time.Millisecond
		slow.ResourcePath, forbidden.ResourcePath, elsewhere.ResourcePath = "/sleep", "/forbidden", "/elsewhere"
		stall := slow
		stall.ResourcePath = "/stall"
		forbidden.Lambda = newFunction(t, "integration", "")
		elsewhere.Lambda = newFunction(t, "integration", apiARN+"/Prod/GET/other")
		config.Methods = append(config.Methods, slow, stall, forbidden, elsewhere)
	})
	tests := []struct {
		name, why, path, body string
		status                int
		message, reason       string
	}{
		{
			name: "malformed", why: "documented as 502",
			path: "/answer", body: `{"cookies":[]}`, status: 502, message: "Internal server error",
			reason: `it has "cookies"`,
		},
		{
			name: "error", why: "the function threw",
			path: "/fail", status: 502, message: "Internal server error", reason: "on purpose",
		},
		{
			name: "dies", why: "its process ended",
			path: "/die", status: 502, message: "Internal server error", reason: "process ended",
		},
		{
			name: "too large", why: "Lambda refuses over 6 MB",
			path: "/large", status: 502, message: "Internal server error", reason: "over Lambda's 6291556 bytes",
		},
		{
			name: "too slow", why: "the integration's timeout",
			path: "/sleep", status: 504, message: "Endpoint request timed out", reason: "did not answer in 300ms",
		},
		{
			name: "stalls", why: "having begun does not help",
			path: "/stall", status: 504, message: "Endpoint request timed out", reason: "did not answer in 300ms",
		},
		{
			name: "no permission", why: "Invalid permissions on Lambda function",
			path: "/forbidden", status: 500, message: "Internal server error", reason: "there is none",
		},
		{
			name: "permission for another method", why: "the ARN is the method's",
			path: "/elsewhere", status: 500, message: "Internal server error", reason: "aws:SourceArn",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(api.log.String())
			response, body := api.send(t, "POST", "/Prod"+test.path, test.body)
			expectRefusal(t, test.why, response, body, test.status, "InternalServerErrorException",
				`{"message":"`+test.message+`"}`)
			log := api.log.String()[before:]
			if !strings.Contains(log, test.reason) || !strings.Contains(log, "POST /Prod"+test.path) {
				t.Errorf("it does not say %q: %s", test.reason, log)
			}
		})
	}
}

func TestIntegrationTrailingSlash(t *testing.T) {
	tests := []struct {
		name, why, resource, path, permission string
		status                                int
	}{
		{"none", "as the permission has it", "/grant", "/grant", "/grant", 200},
		{"in the request", "SAM's permissions have none, and its URLs have one", "/grant", "/grant/", "/grant", 200},
		{"in the permission", "no request has its ARN", "/grant", "/grant/", "/grant/", 500},
		{"root", "its path is the slash", "/", "/", "/", 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := start(t, func(config *Config) {
				config.Methods[0].ResourcePath = test.resource
				config.Methods[0].Lambda = newFunction(t, "integration", apiARN+"/Prod/POST"+test.permission)
			})
			if response, body := api.send(t, "POST", "/Prod"+test.path, ""); response.StatusCode != test.status {
				t.Errorf("%s: %s", test.why, describe(response, body))
			}
		})
	}
}

// TestClientGone checks that nothing is answered to a client that went away, and that its line says so.
func TestClientGone(t *testing.T) {
	api := start(t, nil)
	r := api.request(t, "POST", "/Prod/sleep", "")
	client := &http.Client{Timeout: 300 * time.Millisecond}
	if response, err := client.Do(r); err == nil {
		t.Fatalf("answered %d", response.StatusCode)
	}
	if response, body := api.send(t, "GET", "/Prod/x", ""); response.StatusCode != 200 {
		t.Error(describe(response, body))
	}
	if log := api.log.String(); !goneThenAnswered.MatchString(log) {
		t.Errorf("it says: %s", log)
	}
}

// goneThenAnswered matches the lines of a request whose client went away, and of the next one.
var goneThenAnswered = regexp.MustCompile(`\A\S+ \S+ \S+ - \d+ ms  Stack/Api \(cut off\)\n` +
	`\S+ GET /Prod/x 200 .* ms  function Stack/integration\n\z`)
