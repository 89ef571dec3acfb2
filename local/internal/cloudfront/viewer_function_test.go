package cloudfront_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/cloudfrontjs"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

const viewerARN = "arn:aws:cloudfront::111122223333:function/host"

// associations are the FunctionAssociations of the function of testdata/viewer.
func associations(events ...string) object {
	var associations []object
	for _, event := range events {
		associations = append(associations, object{"EventType": event, "FunctionARN": viewerARN})
	}
	return object{"FunctionAssociations": associations}
}

// viewerFunctions has the function of testdata/viewer, or a function of the given code.
func viewerFunctions(t testing.TB, code string) map[string]*lambda.Function {
	t.Helper()
	if code == "" {
		text, err := os.ReadFile("testdata/viewer/function.js")
		if err != nil {
			t.Fatal(err)
		}
		code = string(text)
	}
	function, err := cloudfrontjs.New(cloudfrontjs.Config{
		Path:    "Demo/Host",
		Name:    "host",
		Runtime: "cloudfront-js-2.0",
		Code:    code,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { function.Close() })
	return map[string]*lambda.Function{viewerARN: function}
}

func TestViewerRequestEvent(t *testing.T) {
	c := config(newOrigin(t), behavior(associations("viewer-request")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	response, body := exchange(t, address, "POST", request("POST", "/event?b=2&a=1&a=%20&c", "hi",
		"Content-Length: 2", "Accept: application/json", "Accept: text/html", "Accept-Language: en, de",
		"Cookie: b=2; a=1", "Cookie: a=3; flag",
		"Connection: close, X-Hop", "X-Hop: 1", "X-Forwarded-For: 192.0.2.4", "X-Real-IP: 192.0.2.9",
		"X-Amz-Cf-Id: forged", "Authorization: Bearer x",
		"CloudFront-Viewer-Country: forged", "X-Latin: \xe9"))
	if response.StatusCode != 200 || response.Header.Get("X-Cache") != "FunctionGeneratedResponse from cloudfront" {
		t.Fatalf("%d %s %s", response.StatusCode, response.Header.Get("X-Cache"), body)
	}
	var event struct {
		Version string
		Context map[string]any
		Viewer  map[string]any
		Request struct {
			Method, URI                   string
			QueryString, Headers, Cookies map[string]any
		}
	}
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		t.Fatal(err)
	}
	if event.Context["requestId"] != response.Header.Get("X-Amz-Cf-Id") {
		t.Errorf("requestId %v is not the response's X-Amz-Cf-Id", event.Context["requestId"])
	}
	delete(event.Context, "requestId")
	equal(t, "context", event.Context,
		`{"distributionDomainName":"d111111abcdef8.cloudfront.net","distributionId":"E1EXAMPLE",
			"eventType":"viewer-request"}`)
	equal(t, "version, viewer", []any{event.Version, event.Viewer}, `["1.0", {"ip":"127.0.0.1"}]`)
	equal(t, "method, uri", []any{event.Request.Method, event.Request.URI}, `["POST","/event"]`)
	equal(t, "querystring", event.Request.QueryString, `{
		"b":{"value":"2"}, "a":{"value":"1","multiValue":[{"value":"1"},{"value":"%20"}]}, "c":{"value":""}
	}`)
	equal(t, "cookies", event.Request.Cookies, `{
		"b":{"value":"2"}, "a":{"value":"1","multiValue":[{"value":"1"},{"value":"3"}]}, "flag":{"value":""}
	}`)
	viewer, _ := event.Request.Headers["cloudfront-viewer-address"].(map[string]any)
	if viewer == nil || !strings.HasPrefix(viewer["value"].(string), "127.0.0.1:") {
		t.Errorf("cloudfront-viewer-address %v", viewer)
	}
	delete(event.Request.Headers, "cloudfront-viewer-address")
	equal(t, "headers", event.Request.Headers, `{
		"accept": {"value":"application/json","multiValue":[{"value":"application/json"},{"value":"text/html"}]},
		"accept-language": {"value":"en, de"},
		"authorization": {"value":"Bearer x"},
		"cloudfront-forwarded-proto": {"value":"https"},
		"cloudfront-viewer-http-version": {"value":"1.1"},
		"content-length": {"value":"2"},
		"host": {"value":"d111111abcdef8.cloudfront.net"},
		"x-forwarded-for": {"value":"192.0.2.4"},
		"x-latin": {"value":"é"}
	}`)
}

func TestViewerRequestChanged(t *testing.T) {
	c := config(newOrigin(t), behavior(associations("viewer-request")), object{
		"CacheBehaviors": []object{
			behavior(object{"PathPattern": "/behavior/*", "AllowedMethods": []string{"GET", "HEAD"}}),
		},
	})
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	forwardedFor := func(s originView) string { return s.Header.Get("X-Forwarded-For") }
	for _, row := range []struct {
		name, why, method, target string
		check                     func(s originView) bool
	}{
		{
			name: "same",
			// In UTF-8 0xE9 would be é. The origin's JSON shows the raw byte as U+FFFD.
			why:    "the URI keeps its bytes",
			method: "GET", target: "/same/\xe9?a=%zz+&&b&a=\xe9",
			check: func(s originView) bool { return s.Target == "/same/\ufffd?a=%zz+&&b&a=\ufffd" },
		},
		{
			name: "other headers", why: "as the viewer sent them",
			method: "GET", target: "/same",
			check: func(s originView) bool {
				return fmt.Sprint(s.Header["X-Many"]) == "[one two]" && s.Header.Get("X-Latin") == "\ufffd" &&
					s.Header.Get("Cookie") == "a=1; b=2; d="
			},
		},
		{
			name: "uri", method: "GET", target: "/uri?a=%zz",
			check: func(s originView) bool { return s.Target == "/other/%E5%A0%B4?a=%zz" },
		},
		{
			name: "uri of another behavior", why: "does not choose another behavior",
			method: "DELETE", target: "/pattern", check: func(s originView) bool { return s.Target == "/behavior/x" },
		},
		{
			name: "headers", why: "the added headers pass the policies",
			method: "GET", target: "/header",
			check: func(s originView) bool {
				return s.Header.Get("X-Forwarded-Host") == "d111111abcdef8.cloudfront.net" &&
					s.Header.Get("X-Forwarded-Authorization") == "Bearer x"
			},
		},
		{
			name: "removed header", method: "GET", target: "/header",
			check: func(s originView) bool { return s.Header["X-Drop"] == nil && s.Header["X-Real"] == nil },
		},
		{
			name: "host", why: "is the origin's after the policies",
			method: "GET", target: "/header", check: func(s originView) bool { return s.Host == originDomain },
		},
		{
			name: "value of several", why: "the first of them",
			method: "GET", target: "/first",
			check: func(s originView) bool { return fmt.Sprint(s.Header["X-Many"]) == "[changed two]" },
		},
		{
			name: "multiValue", why: "value is ignored then",
			method: "GET", target: "/multi",
			check: func(s originView) bool { return fmt.Sprint(s.Header["X-Many"]) == "[one two three]" },
		},
		{
			name: "empty multiValue", why: "no value is left",
			method: "GET", target: "/emptied", check: func(s originView) bool { return s.Header["X-One"] == nil },
		},
		{
			name: "cookies", why: "sorted as CloudFront does",
			method: "GET", target: "/cookies",
			check: func(s originView) bool { return s.Header.Get("Cookie") == "a=changed; c=new; d=" },
		},
		{
			name: "no cookies", method: "GET", target: "/no-cookies",
			check: func(s originView) bool { return s.Header["Cookie"] == nil },
		},
		{
			name: "query as text", why: "goes on as it is",
			method: "GET", target: "/query-text?a=1",
			check: func(s originView) bool { return s.Target == "/query-text?z=1&a=%20" },
		},
		{
			name: "query as fields", why: "written anew, in the order of the names",
			method: "GET", target: "/query-fields?b=%zz&a=1&b&a=2",
			check: func(s originView) bool {
				return s.Target == "/query-fields?b=%zz&b=&a=changed&a=2&new="
			},
		},
		{
			name: "no query", method: "GET", target: "/no-query?a=1",
			check: func(s originView) bool { return s.Target == "/no-query" },
		},
		{
			name:   "async",
			method: "GET",
			target: "/async",
			check:  func(s originView) bool { return s.Target == "/awaited" },
		},
		{
			name: "named in Connection", why: "a viewer cannot take away what the function sets",
			method: "GET", target: "/connection",
			check: func(s originView) bool { return s.Header.Get("X-Set") == "by the function" },
		},
		{
			name: "viewer's address", why: "last, whatever the viewer claims",
			method: "GET", target: "/same",
			check: func(s originView) bool { return forwardedFor(s) == "192.0.2.4, 192.0.2.5,127.0.0.1" },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, row.method, row.target, "X-Many: one", "X-Many: two", "X-One: 1",
				"X-Drop: 1", "X-Real: 1", "X-Latin: \xe9",
				"Cookie: b=2; a=1; d=", "Authorization: Bearer x", "X-Forwarded-Host: forged",
				"X-Forwarded-Authorization: forged",
				"X-Forwarded-For: 192.0.2.4, 192.0.2.5", "Connection: X-Set", "X-Set: forged")
			if s := atOrigin(t, response, body); !row.check(s) {
				t.Errorf("%s: origin saw %+v", row.why, s)
			}
		})
	}
}

// TestViewerRequestPolicies checks that a policy that forwards nothing forwards no header of the function.
func TestViewerRequestPolicies(t *testing.T) {
	c := config(newOrigin(t), behavior(associations("viewer-request")), nil)
	c.Distribution["DefaultCacheBehavior"].(object)["OriginRequestPolicyId"] = "own"
	c.OriginRequestPolicies = map[string]map[string]any{"own": {
		"HeadersConfig":      object{"HeaderBehavior": "whitelist", "Headers": []string{"x-forwarded-host"}},
		"CookiesConfig":      object{"CookieBehavior": "none"},
		"QueryStringsConfig": object{"QueryStringBehavior": "whitelist", "QueryStrings": []string{"z"}},
	}}
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	response, body := get(t, address, "GET", "/header", "Authorization: Bearer x")
	s := atOrigin(t, response, body)
	if s.Header.Get("X-Forwarded-Host") == "" || s.Header.Get("X-Forwarded-Authorization") != "" {
		t.Errorf("origin saw %v", s.Header)
	}
	response, body = get(t, address, "GET", "/query-text")
	if s := atOrigin(t, response, body); s.Target != "/query-text?z=1" {
		t.Errorf("origin saw %s", s.Target)
	}
}

func TestViewerRequestGenerates(t *testing.T) {
	c := config(newOrigin(t), behavior(associations("viewer-request", "viewer-response")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	response, body := get(t, address, "GET", "/generated")
	wrong := response.StatusCode != 302 || body != "hi" || response.Header.Get("Location") != "/x" ||
		response.ContentLength != 2
	if wrong {
		t.Errorf("%d %v %q", response.StatusCode, response.Header, body)
	}
	if got := fmt.Sprint(response.Header["Set-Cookie"]); got != "[a=1; Secure; Path=/ b=2 b=3]" {
		t.Errorf("Set-Cookie %s", got)
	}
	if response.Header.Get("X-Function-Ran") != "" {
		t.Error("the viewer-response function ran on what the viewer-request function generated")
	}
	if response, body := get(t, address, "GET", "/generated-empty"); response.StatusCode != 204 || body != "" {
		t.Errorf("%d %q", response.StatusCode, body)
	}
}

// TestViewerFunctionComesAfter checks that a function sees no request that the web ACL or the behavior refuses.
func TestViewerFunctionComesAfter(t *testing.T) {
	properties := object{"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Block": object{}}}
	acl, err := waf.New(waf.Config{Scope: waf.CloudFront, Properties: properties, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	functions := viewerFunctions(t, "")
	for _, row := range []struct {
		name   string
		change func(c *cloudfront.Config)
	}{
		{"web ACL", func(c *cloudfront.Config) { c.WebACL = acl }},
		{"allowed methods", func(c *cloudfront.Config) {
			c.Distribution["DefaultCacheBehavior"].(object)["AllowedMethods"] = []string{"GET", "HEAD"}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(newOrigin(t), behavior(associations("viewer-request", "viewer-response")), nil)
			c.ViewerFunctions = functions
			row.change(&c)
			address, _ := serve(t, c)
			response, body := get(t, address, "DELETE", "/generated")
			if response.StatusCode != 403 || response.Header.Get("X-Function-Ran") != "" {
				t.Errorf("%d %s", response.StatusCode, body)
			}
		})
	}
}

// TestViewerFunctionBeforeEdgeFunction checks that the edge function and the origin get the request that the
// viewer-request function left.
func TestViewerFunctionBeforeEdgeFunction(t *testing.T) {
	c := withEdge(t, newOrigin(t), 10*time.Second, nil)
	defaultBehavior := c.Distribution["DefaultCacheBehavior"].(object)
	maps.Copy(defaultBehavior, associations("viewer-request", "viewer-response"))
	c.ViewerFunctions = viewerFunctions(t, `function handler(event) {
		if (event.response) {
			event.response.headers['x-function-ran'] = { value: event.request.uri };
			return event.response;
		}
		event.request.uri = '/edge/event'; event.request.headers['x-set'] = { value: 'here' }; return event.request;
	}`)
	address, _ := serve(t, c)
	response, body := get(t, address, http.MethodGet, "/")
	wrong := !strings.Contains(body, `"uri":"/edge/event"`) ||
		!strings.Contains(body, `"x-set":[{"key":"X-Set","value":"here"}]`)
	if wrong {
		t.Errorf("the edge function saw %s", body)
	}
	if got := response.Header.Get("X-Function-Ran"); got != "/edge/event" {
		t.Errorf("the viewer-response function gets %q, want the edge function's response "+
			"like one of the origin", got)
	}
}

func TestViewerFunctionsRefusedAtStart(t *testing.T) {
	for _, row := range []struct {
		name, why string
		events    []string
		functions map[string]*lambda.Function
		want      string
	}{
		{
			name: "unknown", why: "not in the assembly",
			events: []string{"viewer-request"},
			want:   "the CloudFront Function " + viewerARN + " is not in the assembly",
		},
		{
			name: "two", why: "one for each event",
			events:    []string{"viewer-request", "viewer-request"},
			functions: map[string]*lambda.Function{viewerARN: {}},
			want:      "two CloudFront Functions on viewer-request",
		},
		{
			name: "other event", why: "two only",
			events: []string{"origin-request"}, functions: map[string]*lambda.Function{viewerARN: {}},
			want: "AWS takes viewer-request and viewer-response",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(newOrigin(t), behavior(associations(row.events...)), nil)
			c.ViewerFunctions = row.functions
			if _, err := cloudfront.New(c); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q (%s)", err, row.want, row.why)
			}
		})
	}
}
