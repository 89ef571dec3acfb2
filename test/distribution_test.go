package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

func seconds(n int) awscdk.Duration { return awscdk.Duration_Seconds(jsii.Number(n)) }

// functionFor is a function with a timeout of so many seconds.
func functionFor(scope constructs.Construct, id string, timeout int) awslambda.Function {
	props := nodeFunction("exports.handler = async () => ({ statusCode: 200 })")
	props.Timeout = seconds(timeout)
	return awslambda.NewFunction(scope, jsii.String(id), props)
}

// warningsOf are a construct's warnings that carry an id.
func (s *stack) warningsOf(path, id string) []string {
	var found []string
	for _, m := range s.messages {
		if m.level == "warning" && m.path == path && strings.Contains(m.text, "[ack: "+id+"]") {
			found = append(found, m.text)
		}
	}
	return found
}

// distributionConfig is the DistributionConfig of a stack's only distribution.
func (s *stack) distributionConfig(t *testing.T) map[string]any {
	t.Helper()
	_, distribution := s.only(t, "AWS::CloudFront::Distribution")
	return properties(distribution)["DistributionConfig"].(map[string]any)
}

// TestResponseHeadersOncePerStack checks that a stack has one response headers policy. An account may have 20 of them.
func TestResponseHeadersOncePerStack(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			first, second := newStack(app, "Demo", region), newStack(app, "Other", region)
			signer := furl.NewEdgeSigner(first, jsii.String("Signer"), nil)
			for n := range 21 {
				in := first
				if n == 20 {
					in = second
				}
				furl.NewSecureFunctionUrl(in, jsii.String(fmt.Sprint("Api", n)), &furl.SecureFunctionUrlProps{
					Function: newFunction(in, fmt.Sprint("Function", n)), WithoutWebAcl: true, Signer: signer,
				})
			}
			assembly, names := synth(t, app), map[string]bool{}
			assembly.eachBehavior(func(in *stack, behavior map[string]any) {
				id, policy := in.only(t, "AWS::CloudFront::ResponseHeadersPolicy")
				if used := behavior["ResponseHeadersPolicyId"]; fmt.Sprint(used) != "map[Ref:"+id+"]" {
					t.Errorf("a behaviour has the policy %v, not the stack's", used)
				}
				names[fmt.Sprint(properties(policy)["ResponseHeadersPolicyConfig"].(map[string]any)["Name"])] = true
			})
			if len(names) != 2 {
				t.Errorf("the two stacks' policies have the names %v, which are global", names)
			}
		})
	}
}

// TestErrorsAreNotKept checks that CloudFront caches no error. By default CloudFront keeps an error for 10 s, even if
// the function forbids that.
func TestErrorsAreNotKept(t *testing.T) {
	own := []*awscloudfront.ErrorResponse{
		{
			HttpStatus: jsii.Number(404), ResponsePagePath: jsii.String("/404.html"),
			ResponseHttpStatus: jsii.Number(404), Ttl: seconds(30),
		},
		{HttpStatus: jsii.Number(403), Ttl: seconds(5)},
	}
	for _, row := range []struct {
		name, why string
		given     *[]*awscloudfront.ErrorResponse
		want      map[int]int // seconds by status
	}{
		{
			name: "none given", why: "these are the ones that CloudFront keeps",
			want: map[int]int{404: 0, 414: 0, 500: 0, 501: 0, 502: 0, 503: 0, 504: 0},
		},
		{
			name: "some given", why: "the user's own stand", given: &own,
			want: map[int]int{403: 5, 404: 30, 414: 0, 500: 0, 501: 0, 502: 0, 503: 0, 504: 0},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
				DistributionProps: &awscloudfront.DistributionProps{ErrorResponses: row.given},
			})
			got := map[int]int{}
			responses, _ := synth(t, app).stack(t, "Demo").distributionConfig(t)["CustomErrorResponses"].([]any)
			for _, response := range responses {
				entry := response.(map[string]any)
				got[int(entry["ErrorCode"].(float64))] = int(entry["ErrorCachingMinTTL"].(float64))
			}
			if !maps.Equal(got, row.want) || len(responses) != len(row.want) {
				t.Errorf("%v, want %v (%s)", got, row.want, row.why)
			}
		})
	}
	if len(own) != 2 {
		t.Errorf("the user's slice has %d entries now", len(own))
	}
}

// TestConnectionAttempts checks the number of attempts. CloudFront repeats a GET that got no byte in time, while the
// function still runs.
func TestConnectionAttempts(t *testing.T) {
	imported := func(stack awscdk.Stack) awslambda.IFunction {
		return awslambda.Function_FromFunctionName(stack, jsii.String("Function"), jsii.String("orders"))
	}
	lasting := func(timeout int) func(awscdk.Stack) awslambda.IFunction {
		return func(stack awscdk.Stack) awslambda.IFunction { return functionFor(stack, "Function", timeout) }
	}
	for _, row := range []struct {
		name, why string
		function  func(awscdk.Stack) awslambda.IFunction
		read      awscdk.Duration
		mode      awslambda.InvokeMode
		attempts  int
		want      any
	}{
		{name: "Lambda's 3 s", why: "it ends before CloudFront gives up", function: lasting(3)},
		{
			name: "no timeout given", why: "that is Lambda's 3 s",
			function: func(stack awscdk.Stack) awslambda.IFunction { return newFunction(stack, "Function") },
		},
		{
			name: "a short read timeout", why: "the function outlasts it", function: lasting(5), read: seconds(2),
			want: 1.0,
		},
		{name: "as long", why: "a cold start comes on top", function: lasting(60), want: 1.0},
		{name: "a second less", why: "it ends before CloudFront gives up", function: lasting(59)},
		{name: "imported", why: "its timeout is not known", function: imported, want: 1.0},
		{
			name: "a stream", why: "its first byte may come late, too",
			function: lasting(300), mode: awslambda.InvokeMode_RESPONSE_STREAM, want: 1.0,
		},
		{
			name: "an alias", why: "its function's timeout counts", want: 1.0,
			function: func(stack awscdk.Stack) awslambda.IFunction {
				return functionFor(stack, "Function", 61).AddAlias(jsii.String("live"), nil)
			},
		},
		{
			name: "a token", why: "only the deployment knows it", want: 1.0,
			function: func(stack awscdk.Stack) awslambda.IFunction {
				parameter := awscdk.NewCfnParameter(stack, jsii.String("Timeout"),
					&awscdk.CfnParameterProps{Type: jsii.String("Number"), Default: 3})
				props := nodeFunction("exports.handler = async () => ({ statusCode: 200 })")
				props.Timeout = awscdk.Duration_Seconds(parameter.ValueAsNumber())
				return awslambda.NewFunction(stack, jsii.String("Function"), props)
			},
		},
		{
			name: "set on the L1", why: "it is what is deployed that counts", want: 1.0,
			function: func(stack awscdk.Stack) awslambda.IFunction {
				function := newFunction(stack, "Function")
				function.Node().DefaultChild().(awslambda.CfnFunction).SetTimeout(jsii.Number(300))
				return function
			},
		},
		{name: "asked for 3", why: "the user decides", function: lasting(300), attempts: 3, want: 3.0},
		{name: "asked for 1", why: "the user decides", function: lasting(3), attempts: 1, want: 1.0},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Other"), WithoutWebAcl: true, ConnectionAttempts: 2,
			})
			api.AddBehavior("/a", row.function(stack), &furl.BehaviorProps{
				ReadTimeout: row.read, InvokeMode: row.mode, ConnectionAttempts: row.attempts,
			})
			origins := synth(t, app).stack(t, "Demo").distributionConfig(t)["Origins"].([]any)
			if got := origins[0].(map[string]any)["ConnectionAttempts"]; got != 2.0 {
				t.Errorf("%v attempts for the default behaviour, want the 2 asked for", got)
			}
			if got := origins[1].(map[string]any)["ConnectionAttempts"]; got != row.want {
				t.Errorf("%v attempts, want %v (%s)", got, row.want, row.why)
			}
		})
	}
}

func TestOriginTimeoutsRefused(t *testing.T) {
	for _, row := range []struct {
		name  string
		props furl.BehaviorProps
		want  []string
	}{
		{"no attempt", furl.BehaviorProps{ConnectionAttempts: -1}, []string{"ConnectionAttempts", "-1", "1 to 3"}},
		{"four attempts", furl.BehaviorProps{ConnectionAttempts: 4}, []string{"ConnectionAttempts", "4", "1 to 3"}},
		{
			"shorter than the default",
			furl.BehaviorProps{ResponseCompletionTimeout: seconds(59)},
			[]string{"ResponseCompletionTimeout", "59 s", "60 s"},
		},
		{
			"shorter than the read timeout",
			furl.BehaviorProps{ReadTimeout: seconds(100), ResponseCompletionTimeout: seconds(99)},
			[]string{"ResponseCompletionTimeout", "99 s", "100 s"},
		},
		{
			"over an hour",
			furl.BehaviorProps{ResponseCompletionTimeout: seconds(3601)},
			[]string{"ResponseCompletionTimeout", "3601 s", "1 to 3600"},
		},
		{
			"half a second",
			furl.BehaviorProps{ResponseCompletionTimeout: awscdk.Duration_Millis(jsii.Number(60500))},
			[]string{"60.5 s"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
			})
			expectText(t, refusal(t, func() { api.AddBehavior("/a", newFunction(stack, "A"), &row.props) }),
				row.want...)
		})
	}
}

// TestResponseCompletionTimeout checks that the timeout reaches the origins of the default behaviour and of another
// one.
func TestResponseCompletionTimeout(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"), WithoutWebAcl: true, ResponseCompletionTimeout: seconds(60),
	})
	api.AddBehavior("/a", newFunction(stack, "A"), &furl.BehaviorProps{ResponseCompletionTimeout: seconds(600)})
	origins := synth(t, app).stack(t, "Demo").distributionConfig(t)["Origins"].([]any)
	for n, want := range []float64{60, 600} {
		if got := origins[n].(map[string]any)["ResponseCompletionTimeout"]; got != want {
			t.Errorf("origin %d has %v, want %v", n, got, want)
		}
	}
}

// TestDomainNamesNeedCertificate checks that domain names without a certificate are refused. CloudFront would refuse
// them at deployment.
func TestDomainNamesNeedCertificate(t *testing.T) {
	stack := newStack(newApp(t), "Demo", "us-east-1")
	message := refusal(t, func() {
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function:          newFunction(stack, "Function"),
			DistributionProps: &awscloudfront.DistributionProps{DomainNames: jsii.Strings("api.example.com")},
		})
	})
	expectText(t, message, "DistributionProps.DomainNames", "certificate", "us-east-1")
}

// TestGivenDistribution checks the warnings about the web ACL and error pages of a user's distribution.
func TestGivenDistribution(t *testing.T) {
	const path = "/Demo/Api"
	acl := jsii.String("arn:aws:wafv2:us-east-1:111122223333:global/webacl/own/0123")
	uncached := func(status int) *awscloudfront.ErrorResponse {
		return &awscloudfront.ErrorResponse{HttpStatus: jsii.Number(status), Ttl: seconds(0)}
	}
	page := func(status int) *awscloudfront.ErrorResponse {
		return &awscloudfront.ErrorResponse{
			HttpStatus: jsii.Number(status), ResponsePagePath: jsii.String("/index.html"),
			ResponseHttpStatus: jsii.Number(200), Ttl: seconds(0),
		}
	}
	var all []*awscloudfront.ErrorResponse
	for _, status := range []int{404, 414, 500, 501, 502, 503, 504} {
		all = append(all, uncached(status))
	}
	spa := append(slices.Clone(all[1:]), page(403), page(404))
	for _, row := range []struct {
		name, why string
		acl       *string
		late      bool // the ACL is attached after the construct is made
		responses *[]*awscloudfront.ErrorResponse
		want      map[string]string // a part of the warning, by id
	}{
		{name: "nothing amiss", why: "it has all that Furl's own has", acl: acl, responses: &all},
		{
			name: "a web ACL attached later", why: "it is what is deployed that counts", acl: acl, late: true,
			responses: &all,
		},
		{
			name: "no web ACL", why: "no rate limit", responses: &all,
			want: map[string]string{"furl:distributionWebAcl": "has no WebAclId"},
		},
		{
			name: "a single-page app", why: "the API's 403 and 404 become a page with 200", acl: acl, responses: &spa,
			want: map[string]string{"furl:errorPages": "status 403, 404 by pages"},
		},
		{
			name: "errors kept", why: "CDK's default", acl: acl,
			want: map[string]string{"furl:errorCaching": "status 404, 414, 500, 501, 502, 503, 504 for 10 s"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			props := &awscloudfront.DistributionProps{
				DefaultBehavior: &awscloudfront.BehaviorOptions{
					Origin: awscloudfrontorigins.NewHttpOrigin(jsii.String("www.example.com"), nil),
				},
				ErrorResponses: row.responses,
			}
			if !row.late {
				props.WebAclId = row.acl
			}
			distribution := awscloudfront.NewDistribution(stack, jsii.String("Own"), props)
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), Distribution: distribution, PathPattern: "/api/*",
			})
			if row.late {
				distribution.AttachWebAclId(row.acl)
			}
			demo := synth(t, app).stack(t, "Demo")
			for _, id := range []string{"furl:distributionWebAcl", "furl:errorPages", "furl:errorCaching"} {
				got, want := demo.warningsOf(path, id), row.want[id]
				if (len(got) == 1) != (want != "") || !strings.Contains(strings.Join(got, "\n"), want) {
					t.Errorf("%s: %q, want %q (%s)", id, got, want, row.why)
				}
			}
		})
	}
}
