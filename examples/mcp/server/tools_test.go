package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestForecast checks forecasts that can be computed.
func TestForecast(t *testing.T) {
	for _, row := range []struct {
		name, why, arguments, want string
	}{
		{
			name: "each week the same", why: "three weeks of 5 are at least 12",
			arguments: `{"finished":[5],"open":12}`, want: `{"p50":3,"p85":3,"p95":3}`,
		},
		{
			name: "one week in four", why: "of n weeks the share 1-0.75^n has finished the item",
			arguments: `{"finished":[0,0,0,1],"open":1,"runs":100000}`, want: `{"p50":3,"p85":7,"p95":11}`,
		},
		{
			name: "a single run", why: "it is each share of the runs",
			arguments: `{"finished":[1],"open":4,"runs":1}`, want: `{"p50":4,"p85":4,"p95":4}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, body := answered(t, signed("POST", "/mcp", ada+"}", toolCall("forecast", row.arguments)))
			if status != 200 || !strings.Contains(body, `"structuredContent":`+row.want) {
				t.Errorf("%d %s, want %s (%s)", status, body, row.want, row.why)
			}
		})
	}
}

// TestForecastRefuses checks the arguments whose simulation would take too long, or for ever.
func TestForecastRefuses(t *testing.T) {
	long := strings.Repeat("1,", 520) + "1"
	for _, row := range []struct{ name, why, arguments, want string }{
		{"no past week", "nothing to draw from", `{"finished":[],"open":1}`, "from 1 to 520"},
		{"eleven years", "above the bound", `{"finished":[` + long + `],"open":1}`, "from 1 to 520"},
		{"a negative week", "the backlog would grow", `{"finished":[3,-1],"open":1}`, "negative"},
		{"nothing finished", "it would never end", `{"finished":[0,0],"open":1}`, "never done"},
		{"nothing open", "there is nothing to forecast", `{"finished":[1],"open":0}`, "from 1 to 10000"},
		{"too much open", "above the bound", `{"finished":[1],"open":10001}`, "from 1 to 10000"},
		{"negative runs", "below the bound", `{"finished":[1],"open":1,"runs":-1}`, "from 1 to 100000"},
		{"too many runs", "above the bound", `{"finished":[1],"open":1,"runs":100001}`, "from 1 to 100000"},
		{"a text", "the schema has a number", `{"finished":[1],"open":"1"}`, "open"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, body := answered(t, signed("POST", "/mcp", ada+"}", toolCall("forecast", row.arguments)))
			if status != 200 || !strings.Contains(body, `"isError":true`) || !strings.Contains(body, row.want) {
				t.Errorf("%d %s, want an error with %q (%s)", status, body, row.want, row.why)
			}
		})
	}
}

func TestForecastEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := forecast(ctx, nil, backlog{Finished: []int{1}, Open: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v after the call was called off", err)
	}
}
