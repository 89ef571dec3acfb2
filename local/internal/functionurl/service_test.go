package functionurl

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// TestServiceSigns checks that the resource policy alone decides when CloudFront signs for a distribution.
func TestServiceSigns(t *testing.T) {
	const distribution = "arn:aws:cloudfront::111122223333:distribution/E1"
	u := start(t, func(config *Config) {
		config.Policy = resourcePolicy(t,
			map[string]any{
				"Action": "lambda:InvokeFunctionUrl", "Principal": "cloudfront.amazonaws.com",
				"SourceArn": distribution, "FunctionUrlAuthType": "AWS_IAM",
			},
			map[string]any{
				"Action": "lambda:InvokeFunction", "Principal": "cloudfront.amazonaws.com", "SourceArn": distribution,
				"InvokedViaFunctionUrl": true,
			})
	})
	for _, row := range []struct {
		name, why string
		service   iam.Service
		status    int
		verbose   string
	}{
		{
			name: "the distribution", why: "named in the resource policy",
			service: iam.Service{Principal: "cloudfront.amazonaws.com", SourceARN: distribution}, status: 200,
		},
		{
			name: "another distribution", why: "the policy names the first one only",
			service: iam.Service{Principal: "cloudfront.amazonaws.com", SourceARN: distribution + "2"}, status: 403,
			verbose: "policy: no statement of the resource policy of function orders allows " +
				"lambda:InvokeFunctionUrl on " + functionARN +
				" (lambda:FunctionUrlAuthType=AWS_IAM) to cloudfront.amazonaws.com for " + distribution + "2",
		},
		{
			name: "another service", why: "the policy names CloudFront only",
			service: iam.Service{Principal: "s3.amazonaws.com", SourceARN: distribution}, status: 403,
			verbose: "to s3.amazonaws.com for " + distribution,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(u.verbose.String())
			response, body := do(t,
				sign(t, u.request(t, "GET", "/echo", ""), "", u.store.IssueService(row.service), clock))
			if response.StatusCode != row.status || !strings.Contains(u.verbose.String()[before:], row.verbose) {
				t.Fatalf("%s: %s\n%s", row.why, describe(response, body), u.verbose)
			}
			if row.status != 200 {
				return
			}
			var event struct{ RequestContext map[string]any }
			if err := json.Unmarshal(body, &event); err != nil {
				t.Fatal(err)
			}
			if _, named := event.RequestContext["authorizer"]; named || event.RequestContext["accountId"] != account {
				t.Errorf("AWS does not say how it names CloudFront, so nothing is made up: %v", event.RequestContext)
			}
		})
	}
}
