package functionurl

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// TestServiceSigns: CloudFront signs for a distribution, and the resource policy alone decides.
func TestServiceSigns(t *testing.T) {
	const distribution = "arn:aws:cloudfront::111122223333:distribution/E1"
	u := start(t, func(config *Config) {
		config.Policy = resourcePolicy(t,
			map[string]any{"Action": "lambda:InvokeFunctionUrl", "Principal": "cloudfront.amazonaws.com", "SourceArn": distribution, "FunctionUrlAuthType": "AWS_IAM"},
			map[string]any{"Action": "lambda:InvokeFunction", "Principal": "cloudfront.amazonaws.com", "SourceArn": distribution, "InvokedViaFunctionUrl": true})
	})
	for _, row := range []struct {
		name, why string
		service   iam.Service
		status    int
		verbose   string
	}{
		{"the distribution", "named in the resource policy", iam.Service{Principal: "cloudfront.amazonaws.com", SourceARN: distribution}, 200, ""},
		{
			"another distribution", "",
			iam.Service{Principal: "cloudfront.amazonaws.com", SourceARN: distribution + "2"},
			403,
			"policy: no statement of the resource policy of function orders allows lambda:InvokeFunctionUrl on " + functionARN +
				" (lambda:FunctionUrlAuthType=AWS_IAM) to cloudfront.amazonaws.com for " + distribution + "2",
		},
		{"another service", "", iam.Service{Principal: "s3.amazonaws.com", SourceARN: distribution}, 403, "to s3.amazonaws.com for " + distribution},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(u.verbose.String())
			response, body := do(t, sign(t, u.request(t, "GET", "/echo", ""), "", u.store.IssueService(row.service), clock))
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
