package apigateway

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestReadAnswer reads answers as a function returns them.
func TestReadAnswer(t *testing.T) {
	tests := []struct {
		name, why, text string
		status          int // 0: it is refused
		header          string
		body            string
	}{
		{"all fields", "", `{"statusCode":201,"headers":{"x-a":"1"},"multiValueHeaders":{"x-b":["2","3"]},"body":"text","isBase64Encoded":false}`, 201, "X-A: 1\r\nX-B: 2\r\nX-B: 3\r\n", "text"},
		{"nothing", "no field is mandatory", `{}`, 200, "", ""},
		{"body alone", "no field is mandatory", `{"body":"text"}`, 200, "", "text"},
		{"nulls", "as if missing", `{"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}`, 200, "", ""},
		{"status in a string", "is taken", `{"statusCode":"404"}`, 404, "", ""},
		{"both responseTypes of headers", "multiValueHeaders win, in whatever case", `{"headers":{"set-cookie":"a","x":"1"},"multiValueHeaders":{"Set-Cookie":["b","c"]}}`, 200, "Set-Cookie: b\r\nSet-Cookie: c\r\nX: 1\r\n", ""},
		{"boolean header", "as in Access-Control-Allow-Credentials", `{"headers":{"a":true},"multiValueHeaders":{"b":[false]}}`, 200, "A: true\r\nB: false\r\n", ""},
		{"no JSON", "", `text`, 0, "", ""},
		{"null", "no object", `null`, 0, "", ""},
		{"string", "no object", `"text"`, 0, "", ""},
		{"list", "no object", `[]`, 0, "", ""},
		{"another field", "as of payload format 2.0", `{"statusCode":200,"cookies":["a=1"]}`, 0, "", ""},
		{"another case", "names are exact", `{"StatusCode":200}`, 0, "", ""},
		{"body as an object", "JSON goes in a string", `{"statusCode":200,"body":{"a":1}}`, 0, "", ""},
		{"status as a word", "", `{"statusCode":"ok"}`, 0, "", ""},
		{"status null", "", `{"statusCode":null}`, 0, "", ""},
		{"status 100", "no final answer", `{"statusCode":100}`, 0, "", ""},
		{"status 199", "no final answer", `{"statusCode":199}`, 0, "", ""},
		{"status 600", "no status", `{"statusCode":600}`, 0, "", ""},
		{"numeric header", "strings are documented", `{"headers":{"a":1}}`, 0, "", ""},
		{"nested header", "", `{"headers":{"a":{"b":"c"}}}`, 0, "", ""},
		{"null header", "", `{"headers":{"a":null}}`, 0, "", ""},
		{"list in headers", "goes in multiValueHeaders", `{"headers":{"a":["b"]}}`, 0, "", ""},
		{"string in multiValueHeaders", "a list is documented", `{"multiValueHeaders":{"a":"b"}}`, 0, "", ""},
		{"numeric multi-value header", "strings are documented", `{"multiValueHeaders":{"a":[1]}}`, 0, "", ""},
		{"headers as a list", "", `{"headers":[]}`, 0, "", ""},
		{"base64 as a word", "", `{"isBase64Encoded":"true"}`, 0, "", ""},
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

// TestAnswerHeaders: what API Gateway does to the headers of an answer.
func TestAnswerHeaders(t *testing.T) {
	api := start(t, nil)
	response, body := api.send(t, "POST", "/Prod/answer", `{"statusCode":418,"body":"text","headers":{
		"content-length":"1","transfer-encoding":"chunked","date":"then","server":"mine","www-authenticate":"Basic","x-mine":"1",
		"authorization":"a","connection":"close","upgrade":"x","via":"x","host":"x"},"multiValueHeaders":{"set-cookie":["a=1","b=2"]}}`)
	if response.StatusCode != 418 || body != "text" || response.ContentLength != 4 || response.Close || len(response.TransferEncoding) != 0 {
		t.Errorf("%s, length %d", describe(response, body), response.ContentLength)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Mine": "1", "X-Amzn-Remapped-Date": "then", "X-Amzn-Remapped-Server": "mine", "Server": "",
		"X-Amzn-Remapped-Www-Authenticate": "Basic", "Www-Authenticate": "", "X-Amzn-Remapped-Authorization": "a", "X-Amzn-Remapped-Connection": "close",
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

func TestAnswerBase64(t *testing.T) {
	tests := []struct {
		name, why, accept string
		types             []string
		answer            string
		status            int
		want              string
	}{
		{"no binary types", "API Gateway hands out the base64", "*/*", nil, `{"body":"AP8=","isBase64Encoded":true}`, 200, "AP8="},
		{"every type", "", "", []string{"*/*"}, `{"body":"AP8=","isBase64Encoded":true}`, 200, "\x00\xff"},
		{"accepted first", "", "image/png, text/html", []string{"image/png"}, `{"body":"AP8=","isBase64Encoded":true}`, 200, "\x00\xff"},
		{"accepted second", "only the first counts", "text/html, image/png", []string{"image/png"}, `{"body":"AP8=","isBase64Encoded":true}`, 200, "AP8="},
		{"not encoded", "", "image/png", []string{"image/png"}, `{"body":"AP8="}`, 200, "AP8="},
		{"not base64", "a malformed answer", "image/png", []string{"image/png"}, `{"body":"~","isBase64Encoded":true}`, 502, `{"message":"Internal server error"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// The request's own type is not binary, so that the test's function can read it.
			api := start(t, func(config *Config) { config.BinaryMediaTypes = test.types })
			if slices.Equal(test.types, []string{"*/*"}) {
				result, err := readAnswer([]byte(test.answer))
				if err != nil {
					t.Fatal(err)
				}
				gateway := &API{config: Config{BinaryMediaTypes: test.types}}
				if err := gateway.decodeBody(result, &exchange{Request: &http.Request{}}); err != nil || string(result.body) != test.want {
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

// TestIntegrationFails: every failure of a function is a 502, one that takes too long a 504, and one that may not be invoked a 500.
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
		message, said         string
	}{
		{"malformed", "documented as 502", "/answer", `{"cookies":[]}`, 502, "Internal server error", `it has "cookies"`},
		{"error", "the function threw", "/fail", "", 502, "Internal server error", "on purpose"},
		{"dies", "its process ended", "/die", "", 502, "Internal server error", "process ended"},
		{"too large", "Lambda refuses over 6 MB", "/large", "", 502, "Internal server error", "over Lambda's 6291556 bytes"},
		{"too slow", "the integration's timeout", "/sleep", "", 504, "Endpoint request timed out", "did not answer in 300ms"},
		{"stalls", "having begun does not help", "/stall", "", 504, "Endpoint request timed out", "did not answer in 300ms"},
		{"no permission", "Invalid permissions on Lambda function", "/forbidden", "", 500, "Internal server error", "there is none"},
		{"permission for another method", "the ARN is the method's", "/elsewhere", "", 500, "Internal server error", "aws:SourceArn"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(api.verbose.String())
			response, body := api.send(t, "POST", "/Prod"+test.path, test.body)
			expectRefusal(t, test.why, response, body, test.status, "InternalServerErrorException", `{"message":"`+test.message+`"}`)
			if said := api.verbose.String()[before:]; !strings.Contains(said, test.said) || !strings.Contains(said, "POST /Prod"+test.path) {
				t.Errorf("it does not say %q: %s", test.said, said)
			}
		})
	}
}

// TestIntegrationTrailingSlash: the slash is in the ARN that Lambda is asked with.
func TestIntegrationTrailingSlash(t *testing.T) {
	api := start(t, func(config *Config) {
		config.Methods[0].ResourcePath = "/grant"
		config.Methods[0].Lambda = newFunction(t, "integration", apiARN+"/Prod/POST/grant")
	})
	for path, status := range map[string]int{"/Prod/grant": 200, "/Prod/grant/": 500} {
		if response, body := api.send(t, "POST", path, ""); response.StatusCode != status {
			t.Errorf("%s: %s", path, describe(response, body))
		}
	}
}

// TestClientGone: nothing is answered or logged for a client that went away.
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
	if said := api.verbose.String() + api.log.String(); said != "" {
		t.Errorf("it says: %s", said)
	}
}
