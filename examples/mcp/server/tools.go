package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/furl-cdk/furl/viewer"
)

// newServer has the tools. The SDK makes their schemas from the types.
func newServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "forecasts", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{
		Name: "whoami", Description: "Says as whom you are signed in.",
	}, whoami)
	mcp.AddTool(server, &mcp.Tool{
		Name: "forecast",
		Description: "Forecasts in how many weeks a backlog is done, by simulation. Each simulated week finishes as " +
			"many items as a past week, drawn at random.",
	}, forecast)
	return server
}

type caller struct {
	Subject string `json:"sub" jsonschema:"the user's id in the user pool"`
	Client  string `json:"clientId" jsonschema:"the app client that asked for the token"`
}

// whoami answers from the claims that the edge signer has verified.
func whoami(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, caller, error) {
	claims, _ := viewer.ClaimsFromContext(ctx)
	subject, _ := claims["sub"].(string)
	client, _ := claims["client_id"].(string)
	if subject == "" {
		return nil, caller{}, errors.New("the token names no user")
	}
	return nil, caller{subject, client}, nil
}

type backlog struct {
	Finished []int `json:"finished" jsonschema:"items that were finished in each past week, at most 520 weeks"`
	Open     int   `json:"open" jsonschema:"items that are still open, at most 10000"`
	Runs     int   `json:"runs,omitempty" jsonschema:"simulated runs, at most 100000, by default 10000"`
}

type weeks struct {
	Half   int `json:"p50" jsonschema:"weeks within which half of the runs were done"`
	Likely int `json:"p85" jsonschema:"weeks within which 85 % of the runs were done"`
	Sure   int `json:"p95" jsonschema:"weeks within which 95 % of the runs were done"`
}

// forecast simulates the runs. It tells its progress twice a second if the client asks for that. So CloudFront sees
// bytes, and does not cut the answer off.
func forecast(ctx context.Context, request *mcp.CallToolRequest, b backlog) (*mcp.CallToolResult, weeks, error) {
	if b.Runs == 0 {
		b.Runs = 10_000
	}
	if err := b.check(); err != nil {
		return nil, weeks{}, err
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	runs := make([]int, b.Runs)
	for i := range runs {
		select {
		case <-ctx.Done():
			return nil, weeks{}, ctx.Err()
		case <-tick.C:
			if err := tell(ctx, request, i, b.Runs); err != nil {
				return nil, weeks{}, err
			}
		default:
		}
		runs[i] = b.run()
	}
	slices.Sort(runs)
	within := func(percent int) int { return runs[(len(runs)*percent+99)/100-1] }
	return nil, weeks{within(50), within(85), within(95)}, nil
}

// tell notifies the client of the runs that are done. It does nothing if the client gave no token for that.
func tell(ctx context.Context, request *mcp.CallToolRequest, done, runs int) error {
	token := request.Params.GetProgressToken()
	if token == nil {
		return nil
	}
	return request.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
		ProgressToken: token, Progress: float64(done), Total: float64(runs),
	})
}

// check refuses a backlog whose simulation would not end soon.
func (b backlog) check() error {
	switch {
	case len(b.Finished) == 0 || len(b.Finished) > 520:
		return fmt.Errorf("finished has %d weeks: give from 1 to 520", len(b.Finished))
	case slices.Min(b.Finished) < 0:
		return errors.New("finished has a negative number")
	case slices.Max(b.Finished) == 0:
		return errors.New("no past week has finished an item, so the backlog is never done")
	case b.Open < 1 || b.Open > 10_000:
		return fmt.Errorf("open is %d: give from 1 to 10000", b.Open)
	case b.Runs < 1 || b.Runs > 100_000:
		return fmt.Errorf("runs is %d: give from 1 to 100000", b.Runs)
	}
	return nil
}

// run is one simulation, in weeks.
func (b backlog) run() int {
	week := 0
	for open := b.Open; open > 0; week++ {
		open -= b.Finished[rand.IntN(len(b.Finished))]
	}
	return week
}
