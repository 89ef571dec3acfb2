package apigateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const missingToken = `{"message":"Missing Authentication Token"}`

// TestRoute checks which method answers, with which path and parameters. The order in which methods are declared
// does not matter.
func TestRoute(t *testing.T) {
	routed := func(reversed bool) *testAPI {
		return start(t, func(config *Config) {
			function := config.Methods[0].Lambda
			config.Methods = nil
			for _, each := range []string{
				"GET /", "GET /{proxy+}", "ANY /items", "POST /items", "GET /items/{id}", "GET /items/special",
				"GET /items/{id}/parts/{part}",
				"GET /{any}/special/tail", "GET /items/special/{rest+}", "OPTIONS /{proxy+}",
			} {
				verb, path, _ := strings.Cut(each, " ")
				config.Methods = append(config.Methods, Method{
					HTTPMethod: verb, ResourcePath: path, ResourceID: each, Authorization: "NONE",
					Timeout: time.Minute, Lambda: function,
				})
			}
			if reversed {
				slices.Reverse(config.Methods)
			}
		})
	}
	apis := []*testAPI{routed(false), routed(true)}
	tests := []struct {
		name, why            string
		method, target       string
		resource, path, args string
	}{
		{
			name: "root", why: "the stage with a slash", method: "GET", target: "/Prod/", resource: "GET /",
			path: "/", args: "map[]",
		},
		{
			name: "stage alone", why: "the invoke URL of a stage",
			method: "GET", target: "/Prod", resource: "GET /", path: "/", args: "map[]",
		},
		{
			name: "literal", why: "before {id} and {proxy+}",
			method: "GET", target: "/Prod/items/special", resource: "GET /items/special", path: "/items/special",
			args: "map[]",
		},
		{
			name: "parameter", why: "before {proxy+}",
			method: "GET", target: "/Prod/items/7", resource: "GET /items/{id}", path: "/items/7", args: "map[id:7]",
		},
		{
			name: "parameters", why: "each has its value",
			method: "GET", target: "/Prod/items/7/parts/8", resource: "GET /items/{id}/parts/{part}",
			path: "/items/7/parts/8", args: "map[id:7 part:8]",
		},
		{
			name: "parameter on the wire", why: "stays encoded",
			method: "GET", target: "/Prod/items/a%2Bb+c", resource: "GET /items/{id}", path: "/items/a%2Bb+c",
			args: "map[id:a%2Bb+c]",
		},
		{
			name: "from the left", why: "the literal that comes first counts for more",
			method: "GET", target: "/Prod/items/special/tail", resource: "GET /items/special/{rest+}",
			path: "/items/special/tail", args: "map[rest:tail]",
		},
		{
			name: "parameter before a greedy one", why: "whatever comes after",
			method: "GET", target: "/Prod/other/special/tail", resource: "GET /{any}/special/tail",
			path: "/other/special/tail", args: "map[any:other]",
		},
		{
			name: "greedy", why: "all the rest",
			method: "GET", target: "/Prod/other/a/b", resource: "GET /{proxy+}", path: "/other/a/b",
			args: "map[proxy:other/a/b]",
		},
		{
			name: "own method", why: "before ANY",
			method: "POST", target: "/Prod/items", resource: "POST /items", path: "/items", args: "map[]",
		},
		{
			name: "ANY", why: "has no method of its own",
			method: "PUT", target: "/Prod/items", resource: "ANY /items", path: "/items", args: "map[]",
		},
		{
			name: "ANY before a greedy one", why: "the resource counts for more than the method",
			method: "GET", target: "/Prod/items", resource: "ANY /items", path: "/items", args: "map[]",
		},
		{
			name: "resource without the method", why: "is left out",
			method: "OPTIONS", target: "/Prod/items/special", resource: "OPTIONS /{proxy+}", path: "/items/special",
			args: "map[proxy:items/special]",
		},
		{
			name: "trailing slash", why: "is passed over, and stays in the path",
			method: "GET", target: "/Prod/items/7/", resource: "GET /items/{id}", path: "/items/7/",
			args: "map[id:7]",
		},
		{
			name: "trailing slash of a greedy one", why: "is not in the parameter",
			method: "GET", target: "/Prod/a/b/", resource: "GET /{proxy+}", path: "/a/b/", args: "map[proxy:a/b]",
		},
		{
			name: "slashes after the stage", why: "count as one",
			method: "GET", target: "/Prod///items/7", resource: "GET /items/{id}", path: "/items/7",
			args: "map[id:7]",
		},
		{
			name: "slashes inside", why: "fit a greedy one only",
			method: "GET", target: "/Prod/items//7", resource: "GET /{proxy+}", path: "/items//7",
			args: "map[proxy:items//7]",
		},
		{
			name: "query", why: "is no part of the path",
			method: "GET", target: "/Prod/items/7?a=/b", resource: "GET /items/{id}", path: "/items/7",
			args: "map[id:7]",
		},
		{
			name: "encoded literal", why: "is another segment",
			method: "GET", target: "/Prod/items/%73pecial", resource: "GET /items/{id}", path: "/items/%73pecial",
			args: "map[id:%73pecial]",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, api := range apis {
				event := api.event(t, test.method, test.target, "")
				context := event["requestContext"].(object)
				parameters, _ := event["pathParameters"].(object)
				_, wantResource, _ := strings.Cut(test.resource, " ")
				wirePath, _, _ := strings.Cut(test.target, "?")
				if context["resourceId"] != test.resource ||
					event["resource"] != wantResource || context["resourcePath"] != wantResource {
					t.Errorf("%s: answered by %v (resource %v, %v)", test.why, context["resourceId"],
						event["resource"], context["resourcePath"])
				}
				if event["path"] != test.path || context["path"] != wirePath || fmt.Sprint(parameters) != test.args {
					t.Errorf("%s: path %v, %v, parameters %v", test.why, event["path"], context["path"], parameters)
				}
				if (len(parameters) == 0) != (event["pathParameters"] == nil) {
					t.Errorf("no parameters are null, not %v", event["pathParameters"])
				}
			}
		})
	}
}

func TestRouteRefuses(t *testing.T) {
	api := start(t, func(config *Config) {
		items, item := config.Methods[0], config.Methods[0]
		items.ResourcePath, items.HTTPMethod = "/items", "ANY"
		item.ResourcePath, item.HTTPMethod = "/items/{id}/parts", "GET"
		greedy := config.Methods[0]
		greedy.ResourcePath = "/files/{proxy+}"
		config.Methods = []Method{items, item, greedy}
	})
	tests := []struct{ name, why, method, target string }{
		{"wrong stage", "one stage is deployed", "GET", "/dev/items"},
		{"stage as a prefix", "another stage", "GET", "/Production/items"},
		{"stage run into a path", "another stage", "GET", "/Proditems"},
		{"stage in another case", "names are compared exactly", "GET", "/prod/items"},
		{"no stage", "the stage is the first segment", "GET", "/items"},
		{"nothing", "the stage is the first segment", "GET", "/"},
		{"root without a method", "it is no resource with a method", "GET", "/Prod/"},
		{"unknown path", "it is no resource", "GET", "/Prod/item"},
		{"path in another case", "paths are compared exactly", "GET", "/Prod/Items"},
		{"too short", "a part of a resource's path", "GET", "/Prod/items/7"},
		{"too long", "more than a resource's path", "GET", "/Prod/items/7/parts/8"},
		{"unknown method", "of a path that is there", "POST", "/Prod/items/7/parts"},
		{"method of one's own", "ANY is seven methods", "PURGE", "/Prod/items"},
		{"two trailing slashes", "an empty segment", "GET", "/Prod/items//"},
		{"empty parameter", "an empty segment is none", "GET", "/Prod/items//parts"},
		{"greedy without anything", "it is one segment at least", "GET", "/Prod/files/"},
		{"dot segments", "are not resolved", "GET", "/Prod/x/../items"},
		{"whole URL", "is no path", "GET", "http://" + awsHost + "/Prod/items"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := api.send(t, test.method, test.target, "")
			expectRefusal(t, test.why, response, body, 403, "MissingAuthenticationTokenException", missingToken)
		})
	}
	if response, body := api.send(t, "PATCH", "/Prod/items", ""); response.StatusCode != 200 {
		t.Errorf("ANY takes PATCH: %s", describe(response, body))
	}
}

// TestReadHead checks that a head that cannot be read is refused before any other check.
func TestReadHead(t *testing.T) {
	api := start(t, nil)
	// net/http's client adds these.
	others := len("Host: \r\n" + awsHost + "User-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\nX-Long: \r\n")
	tests := []struct {
		name, why, target, header string
		status                    int
		errorType, body           string
	}{
		{
			name: "headers over the old limit", why: "it was 10,240 bytes before 2026",
			target: "/Prod/x", header: "X-Long: " + strings.Repeat("x", 11<<10), status: 200,
		},
		{
			name: "headers at the limit", why: "20,480 bytes, names and line ends included",
			target: "/Prod/x", header: "X-Long: " + strings.Repeat("x", 20480-others), status: 200,
		},
		{
			name: "headers over the limit", why: "one byte",
			target: "/Prod/x", header: "X-Long: " + strings.Repeat("x", 20481-others), status: 400,
			errorType: "BadRequestException", body: `{"message":"Bad Request"}`,
		},
		{
			name: "semicolon", why: "AWS splits the data",
			target: "/Prod/x?a=1;b=2", status: 400, errorType: "BadRequestException",
			body: `{"message":"Bad Request"}`,
		},
		{
			name: "broken escape", why: "cannot be read",
			target: "/Prod/x?a=%zz", status: 400, errorType: "BadRequestException", body: `{"message":"Bad Request"}`,
		},
		{
			name: "method override", why: "AWS takes it for the method",
			target: "/Prod/x", header: "X-HTTP-Method-Override: DELETE", status: 501,
			errorType: "NotSimulatedException",
			body:      `{"message":"furl local does not simulate X-HTTP-Method-Override: send the method itself"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var headers []string
			if test.header != "" {
				headers = append(headers, test.header)
			}
			response, body := api.send(t, "GET", test.target, "", headers...)
			if test.status == 200 {
				if response.StatusCode != 200 {
					t.Errorf("%s: %s", test.why, describe(response, body))
				}
				return
			}
			expectRefusal(t, test.why, response, body, test.status, test.errorType, test.body)
		})
	}
}
