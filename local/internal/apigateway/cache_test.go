package apigateway

import (
	"testing"
	"time"
)

// invocation sends a request that the authorizer allows, and returns the number of the authorizer's invocation.
func (a *testAPI) invocation(t *testing.T, method, target string, headers ...string) any {
	t.Helper()
	return a.event(t, method, target, "", headers...)["requestContext"].(object)["authorizer"].(object)["invocation"]
}

func TestCache(t *testing.T) {
	for _, kind := range []string{"TOKEN", "REQUEST"} {
		t.Run(kind, func(t *testing.T) {
			api := guardedAPI(t, kind, func(config *Config, _ *Authorizer) {
				other := config.Methods[0]
				other.ResourcePath = "/other"
				config.Methods = append(config.Methods, other)
			})
			steps := []struct {
				why, target, token string
				pass               time.Duration
				want               string
			}{
				{"the first time it is asked", "/Prod/x", "everywhere", 0, "1"},
				{"then it is not", "/Prod/x", "everywhere", 0, "1"},
				{"nor for another method that it guards", "/Prod/other", "everywhere", 0, "1"},
				{"another token is another question", "/Prod/x", "everywhere else", 0, "2"},
				{"the first is still known", "/Prod/x", "everywhere", 5*time.Minute - 1, "1"},
				{"until its time is over", "/Prod/x", "everywhere", 1, "3"},
				{"which did not begin anew with each use", "/Prod/x", "everywhere else", 0, "4"},
				{"and is known again", "/Prod/x", "everywhere", 0, "3"},
			}
			for _, step := range steps {
				api.clock.pass(step.pass)
				if got := api.invocation(t, "GET", step.target, "X-Token: "+step.token); got != step.want {
					t.Errorf("%s: answered by invocation %v, want %s", step.why, got, step.want)
				}
			}
		})
	}
}

// TestCachePolicy checks that a policy cached for one method judges the ARN of another, and refuses it.
func TestCachePolicy(t *testing.T) {
	api := guardedAPI(t, "TOKEN", nil)
	if got := api.invocation(t, "GET", "/Prod/x", "X-Token: allow"); got != "1" {
		t.Fatalf("invocation %v", got)
	}
	for _, other := range []struct{ method, target string }{
		{method: "POST", target: "/Prod/x"},
		{method: "GET", target: "/Prod/y"},
		{method: "GET", target: "/Prod/x/y"},
		{method: "GET", target: "/Prod/x/"},
	} {
		response, body := api.send(t, other.method, other.target, "", "X-Token: allow")
		expectRefusal(t, other.method+" "+other.target, response, body, 403, "AccessDeniedException", implicitDeny)
	}
	if got := api.invocation(t, "GET", "/Prod/x", "X-Token: allow"); got != "1" {
		t.Errorf("the cached policy was asked for again: invocation %v", got)
	}
	response, body := api.send(t, "GET", "/Prod/z", "", "X-Token: deny")
	expectRefusal(t, "a denial", response, body, 403, "AccessDeniedException", explicitDeny)
	if got := api.invocation(t, "GET", "/Prod/x", "X-Token: allow 2"); got != "3" {
		t.Errorf("the denial counts for one invocation: this one is %v", got)
	}
}

// TestCacheOfErrors checks that an error of the authorizer is not cached.
func TestCacheOfErrors(t *testing.T) {
	api := guardedAPI(t, "TOKEN", nil)
	for range 2 {
		response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: unauthorized")
		expectRefusal(t, "the authorizer says 401", response, body, 401, "UnauthorizedException", unauthorized)
	}
	if got := api.invocation(t, "GET", "/Prod/x", "X-Token: allow"); got != "3" {
		t.Errorf("invocation %v, want 3", got)
	}
}

func TestNoCache(t *testing.T) {
	for _, kind := range []string{"TOKEN", "REQUEST"} {
		api := guardedAPI(t, kind, func(_ *Config, authorizer *Authorizer) { authorizer.TTL = 0 })
		for _, want := range []string{"1", "2", "3"} {
			if got := api.invocation(t, "GET", "/Prod/x", "X-Token: allow"); got != want {
				t.Errorf("%s: invocation %v, want %s", kind, got, want)
			}
		}
	}
}

// TestCacheKey checks that sources stay apart whose values look alike when joined. The values of a repeated
// source stay apart, too.
func TestCacheKey(t *testing.T) {
	api := guardedAPI(t, "REQUEST", func(_ *Config, authorizer *Authorizer) {
		authorizer.Identity = []string{"method.request.querystring.token", "method.request.querystring.b"}
	})
	for i, target := range []string{
		"/Prod/x?token=allow%20a&b=b", "/Prod/x?token=allow%20&b=ab", "/Prod/x?token=allow%20a%00b&b=c",
		"/Prod/x?token=allow%20a&b=b%00c", "/Prod/x?token=allow%20a%22,%22b&b=c",
		"/Prod/x?token=allow%20a&b=b%22,%22c", "/Prod/x?token=deny&token=allow%20a&b=b",
	} {
		if got, want := api.invocation(t, "GET", target), string(rune('1'+i)); got != want {
			t.Errorf("%s: invocation %v, want %s", target, got, want)
		}
	}
}

func TestCacheForgets(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var c cache
	c.put("a", &verdict{}, now, time.Minute)
	c.put("b", &verdict{}, now.Add(time.Minute), time.Minute)
	if _, there := c.entries["a"]; there || len(c.entries) != 1 {
		t.Errorf("an expired verdict stays: %v", c.entries)
	}
}
