package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	app         = "https://app.example.com"
	functionARN = "arn:aws:lambda:eu-west-1:111122223333:function:summarise:live"
	functionURL = "https://abc123.lambda-url.eu-west-1.on.aws/"
	roleARN     = "arn:aws:iam::111122223333:role/leased"
	accessKeyID = "ASIAEXAMPLEEXAMPLE00"
	secretKey   = "canary-secret-key/with+signs="
	token       = "canary-session-token/with+signs="
)

var clock = time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("JST", 9*60*60))

// grant is a handler whose STS is a function value. It keeps the log, and the requests to STS.
type grant struct {
	*handler
	t     *testing.T
	log   bytes.Buffer
	asked []*sts.AssumeRoleInput
}

// newGrant leases one function to a Lambda authorizer's principals, unless changed.
func newGrant(t *testing.T, changes ...func(*settings)) *grant {
	t.Helper()
	config := settings{
		functions:      map[string]function{"summarise": {URL: functionURL, ARN: functionARN}},
		roleARN:        roleARN,
		duration:       15 * time.Minute,
		allowedOrigins: []string{app, "http://localhost:3000"},
		subject:        "lambda",
		region:         "eu-west-1",
	}
	for _, change := range changes {
		change(&config)
	}
	g := &grant{t: t}
	g.handler = &handler{
		config: config,
		now:    func() time.Time { return clock },
		log:    slog.New(slog.NewJSONHandler(&g.log, nil)),
	}
	g.answering(&sts.AssumeRoleOutput{Credentials: credentials()}, nil)
	// No test may log a secret.
	t.Cleanup(func() {
		for _, secret := range []string{"canary", secretKey, token, "ada@", "evil.example", "192.0.2.66"} {
			if strings.Contains(g.log.String(), secret) {
				t.Errorf("%q is in the log:\n%s", secret, g.log.String())
			}
		}
	})
	return g
}

// answering makes STS answer like this.
func (g *grant) answering(output *sts.AssumeRoleOutput, err error) {
	g.assumeRole = func(
		_ context.Context, input *sts.AssumeRoleInput, _ ...func(*sts.Options),
	) (*sts.AssumeRoleOutput, error) {
		g.asked = append(g.asked, input)
		return output, err
	}
}

// twoFunctions has one more function, so that a request must name one.
func twoFunctions(s *settings) {
	s.functions["translate"] = function{
		URL: "https://def456.lambda-url.eu-west-1.on.aws/",
		ARN: "arn:aws:lambda:eu-west-1:111122223333:function:translate",
	}
}

func credentials() *types.Credentials {
	return &types.Credentials{
		AccessKeyId: aws.String(accessKeyID), SecretAccessKey: aws.String(secretKey), SessionToken: aws.String(token),
		Expiration: aws.Time(clock.Add(15 * time.Minute)),
	}
}

// event is the event of POST /grant behind a Lambda authorizer. Its canaries must not get into a log or an answer.
func event(body string) events.APIGatewayProxyRequest {
	r := events.APIGatewayProxyRequest{
		Resource: "/grant", Path: "/grant", HTTPMethod: "POST", Body: body,
		MultiValueHeaders: map[string][]string{
			"Authorization":   {"Bearer canary-bearer"},
			"Cookie":          {"canary=cookie"},
			"x-api-key":       {"canary-key"},
			"X-Forwarded-For": {"192.0.2.66"},
		},
	}
	r.RequestContext = events.APIGatewayProxyRequestContext{
		RequestID: "canary-of-the-client", ExtendedRequestID: "extended-id",
		Authorizer: map[string]any{"principalId": "ada", "context": "canary-context"},
		Identity: events.APIGatewayRequestIdentity{
			SourceIP: "203.0.113.7", APIKey: "canary-key", UserAgent: "canary-agent",
		},
	}
	return r
}

// from sets the request's Origin.
func from(origin string, r events.APIGatewayProxyRequest) events.APIGatewayProxyRequest {
	r.MultiValueHeaders["Origin"] = []string{origin}
	return r
}

// answered is an answer, read.
type answered struct {
	events.APIGatewayProxyResponse
	fields map[string]string
}

func (a answered) code() string { return a.fields["error"] }

// post answers a request. It also checks the rules that every answer keeps.
func (g *grant) post(r events.APIGatewayProxyRequest) answered {
	g.t.Helper()
	ctx := lambdacontext.NewContext(g.t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "invocation-id"})
	response, err := g.handle(ctx, r)
	if err != nil {
		g.t.Fatal(err)
	}
	a := answered{response, nil}
	if err := json.Unmarshal([]byte(response.Body), &a.fields); err != nil {
		g.t.Fatalf("%d %s: %v", response.StatusCode, response.Body, err)
	}
	if a.Headers["Cache-Control"] != "no-store" || a.Headers["Content-Type"] != "application/json" ||
		a.Headers["Vary"] != "Origin" {
		g.t.Errorf("headers are %v", a.Headers)
	}
	if (a.Headers["Retry-After"] != "") != (a.StatusCode == 503) {
		g.t.Errorf("%d with Retry-After %q", a.StatusCode, a.Headers["Retry-After"])
	}
	if a.StatusCode != 200 && (len(a.fields) != 2 || a.code() == "" || a.fields["message"] == "") {
		g.t.Errorf("%d %s is not {error, message}", a.StatusCode, a.Body)
	}
	if a.StatusCode != 200 && (strings.Contains(a.Body, "canary") || strings.Contains(a.Body, accessKeyID)) {
		g.t.Errorf("a refusal shows something of the request or of the credentials: %s", a.Body)
	}
	return a
}

// logged is the one line that a request logs.
func (g *grant) logged() map[string]any {
	g.t.Helper()
	var line map[string]any
	if err := json.Unmarshal(g.log.Bytes(), &line); err != nil {
		g.t.Fatalf("the log is not one line of JSON: %v\n%s", err, g.log.String())
	}
	return line
}
