package apigateway

import (
	"testing"
	"time"
)

// TestThrottle takes tokens out of a bucket for 2 at once and 4 a second.
func TestThrottle(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	b := newBucket(&Throttle{Rate: 4, Burst: 2})
	steps := []struct {
		why  string
		pass time.Duration
		want bool
	}{
		{"the burst", 0, true},
		{"the rest of it, for a request that came at the same time and a little earlier", -time.Millisecond, true},
		{"it is used up", time.Millisecond, false},
		{"a quarter of a second is one token", 249 * time.Millisecond, false},
		{"a quarter of a second is one token", time.Millisecond, true},
		{"and no more", 0, false},
		{"after a long time", time.Hour, true},
		{"there is the burst", 0, true},
		{"and no more", 0, false},
	}
	for i, step := range steps {
		now = now.Add(step.pass)
		if got := b.take(now); got != step.want {
			t.Errorf("step %d: %v (%s)", i+1, got, step.why)
		}
	}
	if newBucket(&Throttle{}).take(now) {
		t.Error("a rate and burst of 0 let nothing through")
	}
	if !newBucket(nil).take(now) {
		t.Error("without a limit everything passes")
	}
}

// TestThrottled checks that each method has its bucket, and that a throttled request asks no authorizer.
func TestThrottled(t *testing.T) {
	api := guardedAPI(t, "TOKEN", func(config *Config, _ *Authorizer) {
		config.Throttle = &Throttle{Rate: 1, Burst: 1}
		other := config.Methods[0]
		other.ResourcePath = "/other"
		config.Methods = append(config.Methods, other)
	})
	if got := api.invocation(t, "GET", "/Prod/x", "X-Token: everywhere"); got != "1" {
		t.Errorf("invocation %v", got)
	}
	response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: everywhere 2")
	expectRefusal(t, "the burst is 1", response, body, 429, "TooManyRequestsException",
		`{"message":"Too Many Requests"}`)
	if got := api.invocation(t, "GET", "/Prod/other", "X-Token: everywhere 3"); got != "2" {
		t.Errorf("another method, which has a bucket of its own: invocation %v", got)
	}
	api.clock.pass(time.Second)
	if response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: everywhere"); response.StatusCode != 200 {
		t.Errorf("a second later: %s", describe(response, body))
	}
}
