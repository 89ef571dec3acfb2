package cloudfront_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// newSite starts an origin with a page of a single-page app. Other paths answer with the status that they name.
func newSite(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/index.html", "/trace/index.html":
			w.Header().Set("X-Method", r.Method)
			w.Header().Set("X-Query", r.URL.RawQuery)
			w.Header().Set("X-Conditional", r.Header.Get("Range")+r.Header.Get("If-None-Match"))
			body, _ := io.ReadAll(r.Body)
			io.WriteString(w, "app"+string(body))
		case "/ok":
			io.WriteString(w, "ok")
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
		case "/unavailable":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/error":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// withPages has pages for 403, 404, 500 and 502, and one for 503 that does not exist.
func withPages(t *testing.T, defaultBehavior object) cloudfront.Config {
	t.Helper()
	c := config(newSite(t), defaultBehavior, object{
		"CustomErrorResponses": []object{
			{"ErrorCode": 403, "ResponseCode": 200, "ResponsePagePath": "/index.html"},
			{"ErrorCode": 404, "ResponseCode": 404, "ResponsePagePath": "/index.html", "ErrorCachingMinTTL": 1},
			{"ErrorCode": 500, "ResponsePagePath": "/index.html"},
			{"ErrorCode": 502, "ResponseCode": 503, "ResponsePagePath": "/index.html"},
			{"ErrorCode": 503, "ResponseCode": 200, "ResponsePagePath": "/missing"},
		},
		"CacheBehaviors": []object{
			behavior(object{"PathPattern": "/nowhere/*", "TargetOriginId": "nowhere"}),
			behavior(object{"PathPattern": "/read/*", "AllowedMethods": []string{"GET", "HEAD"}}),
		},
	})
	c.Distribution["Origins"] = append(c.Distribution["Origins"].([]object), object{
		"Id": "nowhere", "DomainName": "nowhere.example.com", "CustomOriginConfig": object{},
	})
	return c
}

func TestCustomErrorPages(t *testing.T) {
	address, _ := serve(t, withPages(t, behavior(nil)))
	for _, row := range []struct {
		name, why, method, target string
		status                    int
		body                      string
	}{
		{name: "no error", why: "there is nothing to replace", target: "/ok", status: 200, body: "ok"},
		{name: "page and status", why: "as a single-page app wants it", target: "/route", status: 200, body: "app"},
		{name: "same status", why: "only the page is another", target: "/missing", status: 404, body: "app"},
		{name: "no status", why: "the error's stays", target: "/error", status: 500, body: "app"},
		{name: "other error", why: "has no page", target: "/gone", status: 410, body: ""},
		{
			name: "error of CloudFront", why: "is one like the origin's",
			target: "/nowhere/x", status: 503, body: "app",
		},
		{
			name: "method not allowed", why: "is a 403 of CloudFront",
			method: "PUT", target: "/read/x", status: 200, body: "app",
		},
		{
			name: "page is missing", why: "the page's error, without a further page",
			target: "/unavailable", status: 404, body: "",
		},
		{name: "HEAD", why: "the page has no body either", method: "HEAD", target: "/route", status: 200, body: ""},
		{name: "POST", why: "the page is fetched with GET", method: "POST", target: "/route", status: 200, body: "app"},
	} {
		t.Run(row.name, func(t *testing.T) {
			method := cmp.Or(row.method, "GET")
			sent := ""
			if method == "POST" {
				sent = "hi"
			}
			response, body := exchange(t, address, method, request(method, row.target+"?q=1", sent,
				fmt.Sprint("Content-Length: ", len(sent)), "Range: bytes=0-0", "If-None-Match: *"))
			if response.StatusCode != row.status || body != row.body {
				t.Errorf("%d %q, want %d %q: %s", response.StatusCode, body, row.status, row.body, row.why)
			}
			if row.body == "app" {
				h := response.Header
				if h.Get("X-Method") != "GET" || h.Get("X-Query") != "" || h.Get("X-Conditional") != "" {
					t.Errorf("the page was fetched with %v", h)
				}
				if got := h.Get("X-Cache"); got != "Error from cloudfront" {
					t.Errorf("X-Cache: %s", got)
				}
			}
		})
	}
}

// TestNoPageForUnknownHost checks that a request for no distribution gets no page of this one.
func TestNoPageForUnknownHost(t *testing.T) {
	address, _ := serve(t, withPages(t, behavior(nil)))
	response, body := exchange(t, address, "GET", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
	if response.StatusCode != 403 || !strings.Contains(body, "403 ERROR") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

// TestPageOfABlockedRequest checks a request that the web ACL blocks, with and without a custom response.
func TestPageOfABlockedRequest(t *testing.T) {
	for name, row := range map[string]struct {
		block  object
		status int
		body   string
	}{
		"page": {block: object{}, status: 200, body: "app"},
		"custom response": {
			block:  object{"CustomResponse": object{"ResponseCode": 403, "CustomResponseBodyKey": "b"}},
			status: 403, body: "blocked",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := withPages(t, behavior(nil))
			acl, err := waf.New(waf.Config{Scope: waf.CloudFront, Now: time.Now, Properties: object{
				"Scope": "CLOUDFRONT", "DefaultAction": object{"Block": row.block},
				"CustomResponseBodies": object{"b": object{"ContentType": "TEXT_PLAIN", "Content": "blocked"}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			c.WebACL = acl
			address, _ := serve(t, c)
			if response, body := get(t, address, "GET", "/x"); response.StatusCode != row.status || body != row.body {
				t.Errorf("%d %s", response.StatusCode, body)
			}
		})
	}
}

// TestFunctionsAndPages checks that no function on a viewer event runs for a page, and those at the origin do.
func TestFunctionsAndPages(t *testing.T) {
	c := withPages(t, behavior(nil))
	events := withEvents(t, newSite(t))
	c.Functions = events.Functions
	c.Distribution["DefaultCacheBehavior"] = onEvents(allEvents...)
	c.Distribution["CustomErrorResponses"] = []object{
		{"ErrorCode": 403, "ResponseCode": 200, "ResponsePagePath": "/trace/index.html"},
	}
	address, _ := serve(t, c)
	response, body := get(t, address, "GET", "/route")
	if response.StatusCode != 200 || body != "app" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if response.Header.Get("X-Origin-Response") != "ran" || response.Header.Get("X-Viewer-Response") != "" {
		t.Errorf("origin-response runs for a page, and viewer-response does not: %v", response.Header)
	}
	response, _ = get(t, address, "GET", "/viewer-request/generated")
	if response.StatusCode != 403 {
		t.Errorf("a generated answer is no error of the origin: %d", response.StatusCode)
	}
}

func TestCustomErrorResponsesRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		response  object
		want      string
	}{
		{
			name: "status of no error", why: "CloudFront has a list",
			response: object{"ErrorCode": 401, "ResponsePagePath": "/x"}, want: "takes no page for status 401",
		},
		{
			name: "answered status", why: "CloudFront has a list",
			response: object{"ErrorCode": 404, "ResponseCode": 302, "ResponsePagePath": "/x"},
			want:     "no ResponseCode 302",
		},
		{
			name: "no page", why: "CloudFront wants both",
			response: object{"ErrorCode": 404, "ResponseCode": 200}, want: "a ResponseCode and no ResponsePagePath",
		},
		{
			name: "no path", why: "it begins with a slash",
			response: object{"ErrorCode": 404, "ResponsePagePath": "x"}, want: "does not begin with a slash",
		},
		{name: "time only", why: "nothing is cached here", response: object{"ErrorCode": 404, "ErrorCachingMinTTL": 0}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := cloudfront.New(config(newOrigin(t), behavior(nil), object{
				"CustomErrorResponses": []object{row.response},
			}))
			if (err != nil) != (row.want != "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q: %s", err, row.want, row.why)
			}
		})
	}
}
