package apigateway

import (
	"testing"
	"time"
)

// asks sends a request that the authorizer allows, and tells as how many invocations of it.
func (a *testAPI) asks(t *testing.T, method, target string, headers ...string) any {
	t.Helper()
	return a.seen(t, method, target, "", headers...)["requestContext"].(object)["authorizer"].(object)["asked"]
}

func TestCache(t *testing.T) {
	for _, kind := range []string{"TOKEN", "REQUEST"} {
		t.Run(kind, func(t *testing.T) {
			api := guarded(t, kind, func(config *Config, _ *Authorizer) {
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
				if got := api.asks(t, "GET", step.target, "X-Token: "+step.token); got != step.want {
					t.Errorf("%s: answered by invocation %v, want %s", step.why, got, step.want)
				}
			}
		})
	}
}

// TestCachePolicy: a policy that was cached for one method is held against the ARN of another, and refuses it.
func TestCachePolicy(t *testing.T) {
	api := guarded(t, "TOKEN", nil)
	if got := api.asks(t, "GET", "/Prod/x", "X-Token: allow"); got != "1" {
		t.Fatalf("invocation %v", got)
	}
	for _, other := range []struct{ method, target string }{{"POST", "/Prod/x"}, {"GET", "/Prod/y"}, {"GET", "/Prod/x/y"}, {"GET", "/Prod/x/"}} {
		response, body := api.send(t, other.method, other.target, "", "X-Token: allow")
		expectRefusal(t, other.method+" "+other.target, response, body, 403, "AccessDeniedException", notAllowed)
	}
	if got := api.asks(t, "GET", "/Prod/x", "X-Token: allow"); got != "1" {
		t.Errorf("the cached policy was asked for again: invocation %v", got)
	}
	response, body := api.send(t, "GET", "/Prod/z", "", "X-Token: deny")
	expectRefusal(t, "a denial", response, body, 403, "AccessDeniedException", deniedToo)
	if got := api.asks(t, "GET", "/Prod/x", "X-Token: allow 2"); got != "3" {
		t.Errorf("the denial counts for one invocation: this one is %v", got)
	}
}

// TestCacheOfErrors: what is no policy is not cached.
func TestCacheOfErrors(t *testing.T) {
	api := guarded(t, "TOKEN", nil)
	for range 2 {
		response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: unauthorized")
		expectRefusal(t, "the authorizer says 401", response, body, 401, "UnauthorizedException", unauthorized)
	}
	if got := api.asks(t, "GET", "/Prod/x", "X-Token: allow"); got != "3" {
		t.Errorf("invocation %v, want 3", got)
	}
}

func TestNoCache(t *testing.T) {
	for _, kind := range []string{"TOKEN", "REQUEST"} {
		api := guarded(t, kind, func(_ *Config, authorizer *Authorizer) { authorizer.TTL = 0 })
		for _, want := range []string{"1", "2", "3"} {
			if got := api.asks(t, "GET", "/Prod/x", "X-Token: allow"); got != want {
				t.Errorf("%s: invocation %v, want %s", kind, got, want)
			}
		}
	}
}

// TestCacheKey: sources whose values look alike when joined are apart, and so are the values of one that is repeated.
func TestCacheKey(t *testing.T) {
	api := guarded(t, "REQUEST", func(_ *Config, authorizer *Authorizer) {
		authorizer.Identity = []string{"method.request.querystring.token", "method.request.querystring.b"}
	})
	for i, target := range []string{
		"/Prod/x?token=allow%20a&b=b", "/Prod/x?token=allow%20&b=ab", "/Prod/x?token=allow%20a%00b&b=c", "/Prod/x?token=allow%20a&b=b%00c",
		"/Prod/x?token=allow%20a%22,%22b&b=c", "/Prod/x?token=allow%20a&b=b%22,%22c", "/Prod/x?token=deny&token=allow%20a&b=b",
	} {
		if got, want := api.asks(t, "GET", target), string(rune('1'+i)); got != want {
			t.Errorf("%s: invocation %v, want %s", target, got, want)
		}
	}
}

func TestCacheForgets(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	kept := cache{}
	kept.put("a", &verdict{}, now, time.Minute)
	kept.put("b", &verdict{}, now.Add(time.Minute), time.Minute)
	if _, there := kept.entries["a"]; there || len(kept.entries) != 1 {
		t.Errorf("what is over stays: %v", kept.entries)
	}
}
