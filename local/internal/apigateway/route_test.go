package apigateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const missingToken = `{"message":"Missing Authentication Token"}`

// TestRoute asks which method answers, with what path and parameters, whatever the order in which the methods were declared.
func TestRoute(t *testing.T) {
	routed := func(reversed bool) *testAPI {
		return start(t, func(config *Config) {
			function := config.Methods[0].Lambda
			config.Methods = nil
			for _, each := range []string{
				"GET /", "GET /{proxy+}", "ANY /items", "POST /items", "GET /items/{id}", "GET /items/special", "GET /items/{id}/parts/{part}",
				"GET /{any}/special/tail", "GET /items/special/{rest+}", "OPTIONS /{proxy+}",
			} {
				verb, path, _ := strings.Cut(each, " ")
				config.Methods = append(config.Methods, Method{
					HTTPMethod: verb, ResourcePath: path, ResourceID: each, Authorization: "NONE", Timeout: time.Minute, Lambda: function,
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
		{"root", "", "GET", "/Prod/", "GET /", "/", "map[]"},
		{"stage alone", "the invoke URL of a stage", "GET", "/Prod", "GET /", "/", "map[]"},
		{"literal", "before {id} and {proxy+}", "GET", "/Prod/items/special", "GET /items/special", "/items/special", "map[]"},
		{"parameter", "before {proxy+}", "GET", "/Prod/items/7", "GET /items/{id}", "/items/7", "map[id:7]"},
		{"parameters", "", "GET", "/Prod/items/7/parts/8", "GET /items/{id}/parts/{part}", "/items/7/parts/8", "map[id:7 part:8]"},
		{"parameter on the wire", "stays encoded", "GET", "/Prod/items/a%2Bb+c", "GET /items/{id}", "/items/a%2Bb+c", "map[id:a%2Bb+c]"},
		{"from the left", "the literal that comes first counts for more", "GET", "/Prod/items/special/tail", "GET /items/special/{rest+}", "/items/special/tail", "map[rest:tail]"},
		{"parameter before a greedy one", "whatever comes after", "GET", "/Prod/other/special/tail", "GET /{any}/special/tail", "/other/special/tail", "map[any:other]"},
		{"greedy", "all the rest", "GET", "/Prod/other/a/b", "GET /{proxy+}", "/other/a/b", "map[proxy:other/a/b]"},
		{"own method", "before ANY", "POST", "/Prod/items", "POST /items", "/items", "map[]"},
		{"ANY", "has no method of its own", "PUT", "/Prod/items", "ANY /items", "/items", "map[]"},
		{"ANY before a greedy one", "the resource counts for more than the method", "GET", "/Prod/items", "ANY /items", "/items", "map[]"},
		{"resource without the method", "is left out", "OPTIONS", "/Prod/items/special", "OPTIONS /{proxy+}", "/items/special", "map[proxy:items/special]"},
		{"trailing slash", "is passed over, and stays in the path", "GET", "/Prod/items/7/", "GET /items/{id}", "/items/7/", "map[id:7]"},
		{"trailing slash of a greedy one", "is not in the parameter", "GET", "/Prod/a/b/", "GET /{proxy+}", "/a/b/", "map[proxy:a/b]"},
		{"slashes after the stage", "count as one", "GET", "/Prod///items/7", "GET /items/{id}", "/items/7", "map[id:7]"},
		{"slashes inside", "fit a greedy one only", "GET", "/Prod/items//7", "GET /{proxy+}", "/items//7", "map[proxy:items//7]"},
		{"query", "is no part of the path", "GET", "/Prod/items/7?a=/b", "GET /items/{id}", "/items/7", "map[id:7]"},
		{"encoded literal", "is another segment", "GET", "/Prod/items/%73pecial", "GET /items/{id}", "/items/%73pecial", "map[id:%73pecial]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, api := range apis {
				event := api.seen(t, test.method, test.target, "")
				context := event["requestContext"].(object)
				parameters, _ := event["pathParameters"].(object)
				_, wantResource, _ := strings.Cut(test.resource, " ")
				wirePath, _, _ := strings.Cut(test.target, "?")
				if context["resourceId"] != test.resource || event["resource"] != wantResource || context["resourcePath"] != wantResource {
					t.Errorf("%s: answered by %v (resource %v, %v)", test.why, context["resourceId"], event["resource"], context["resourcePath"])
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
		{"no stage", "", "GET", "/items"},
		{"nothing", "", "GET", "/"},
		{"root without a method", "", "GET", "/Prod/"},
		{"unknown path", "", "GET", "/Prod/item"},
		{"path in another case", "", "GET", "/Prod/Items"},
		{"too short", "", "GET", "/Prod/items/7"},
		{"too long", "", "GET", "/Prod/items/7/parts/8"},
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

func TestHost(t *testing.T) {
	api := start(t, nil)
	for host, status := range map[string]int{awsHost: 200, api.address: 200, "localhost" + api.address[len("127.0.0.1"):]: 403, "example.com": 403} {
		r := api.request(t, "GET", "/Prod/x", "")
		r.Host = host
		if response, body := do(t, r); response.StatusCode != status {
			t.Errorf("%s: %s", host, describe(response, body))
		}
	}
	r := api.request(t, "GET", "/Prod/x", "")
	r.Host = "example.com"
	response, body := do(t, r)
	expectRefusal(t, "the host says which API is meant", response, body, 403, "ForbiddenException", `{"message":"Forbidden"}`)
}

// TestReadHead: what the gateway will not read it refuses before anything else is asked.
func TestReadHead(t *testing.T) {
	api := start(t, nil)
	tests := []struct {
		name, why, target, header string
		status                    int
		errorType, body           string
	}{
		{"headers at the limit", "10,240 bytes", "/Prod/x", "X-Long: " + strings.Repeat("x", 10100), 200, "", ""},
		{"headers over the limit", "10,240 bytes", "/Prod/x", "X-Long: " + strings.Repeat("x", 10240), 400, "BadRequestException", `{"message":"Bad Request"}`},
		{"semicolon", "AWS splits the data", "/Prod/x?a=1;b=2", "", 400, "BadRequestException", `{"message":"Bad Request"}`},
		{"broken escape", "cannot be read", "/Prod/x?a=%zz", "", 400, "BadRequestException", `{"message":"Bad Request"}`},
		{"method override", "AWS takes it for the method", "/Prod/x", "X-HTTP-Method-Override: DELETE", 501, "NotSimulatedException", `{"message":"furl local does not simulate X-HTTP-Method-Override: send the method itself"}`},
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
