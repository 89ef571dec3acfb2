package awsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

const (
	region    = "eu-west-1"
	account   = "111122223333"
	callerARN = "arn:aws:iam::111122223333:role/service/grant"
	leasedARN = "arn:aws:iam::111122223333:role/leased"
	secretARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/signing-key-AbCdEf"

	// Values that no message and no log may hold.
	secretValue = "the-secret-value"
	external    = "External-1"
)

// apis is a handler on loopback, with a caller that is a function's role, and a role to assume.
type apis struct {
	url            string
	store          *iam.Store
	caller, leased *iam.Role
	credentials    aws.Credentials // of the caller
	log            *record

	mu  sync.Mutex
	now time.Time
}

// setup has the policies of a test. Each is a list of JSON statements, separated by commas.
type setup struct {
	trust, caller string // "" allows everything that AssumeRole needs
	leased        string // the leased role's identity policy, "" for none
	change        func(*Config)
}

const (
	assumeActions = `"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`
	trustsCaller  = `{"Effect":"Allow","Principal":{"AWS":"` + callerARN + `"},` + assumeActions + `}`
	mayAssume     = `{"Effect":"Allow",` + assumeActions + `,"Resource":"` + leasedARN + `"}`
)

func start(t *testing.T, s setup) *apis {
	t.Helper()
	if s.trust == "" {
		s.trust = trustsCaller
	}
	if s.caller == "" {
		s.caller = mayAssume
	}
	a := &apis{store: &iam.Store{}, log: &record{}, now: time.Now().UTC().Truncate(time.Second)}
	a.caller = role(t, callerARN,
		`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`, s.caller)
	a.leased = role(t, leasedARN, s.trust, s.leased)
	a.credentials = a.store.Issue(a.caller, "grant-function")
	config := Config{Account: account, Regions: []string{region}, Now: a.clock, Needs: Needs{
		Credentials: a.store,
		Role: func(arn string) (*iam.Role, error) {
			if arn != leasedARN {
				return nil, errors.New("role " + arn + " is not in the assembly")
			}
			return a.leased, nil
		},
		Function: func(string) (*lambda.Function, error) { return nil, errors.New("there is no such function") },
		Policy:   func(string) *iam.Policy { return nil },
		Secrets: []Secret{
			{ARN: secretARN, Name: "app/signing-key", Value: secretValue, Region: region},
			{ARN: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:empty-AbCdEf", Name: "empty", Region: region},
			{
				ARN: "arn:aws:secretsmanager:us-east-1:111122223333:secret:elsewhere-AbCdEf", Name: "elsewhere",
				Value: "x", Region: "us-east-1",
			},
		},
	}}
	if s.change != nil {
		s.change(&config)
	}
	logged := journal.New(journal.Options{To: a.log, Verbose: true}).Handler("AWS APIs", New(config))
	server := httptest.NewServer(logged)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

// clock is the handler's clock. The SDK signs by the real one, which may be five minutes off.
func (a *apis) clock() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *apis) advance(by time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(by)
}

// as is the configuration of an SDK client that signs with some credentials.
func (a *apis) as(who aws.Credentials) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(a.url),
		Credentials: credentials.StaticCredentialsProvider{Value: who},
	}
}

// lease assumes the leased role as the caller does. A change, unless nil, alters the request.
func (a *apis) lease(t *testing.T, change func(*sts.AssumeRoleInput)) (*sts.AssumeRoleOutput, error) {
	t.Helper()
	input := &sts.AssumeRoleInput{RoleArn: aws.String(leasedARN), RoleSessionName: aws.String("alice")}
	if change != nil {
		change(input)
	}
	return sts.NewFromConfig(a.as(a.credentials)).AssumeRole(t.Context(), input)
}

// session is the credentials of a lease, as the SDK signs with them.
func session(output *sts.AssumeRoleOutput) aws.Credentials {
	return aws.Credentials{
		AccessKeyID: *output.Credentials.AccessKeyId, SecretAccessKey: *output.Credentials.SecretAccessKey,
		SessionToken: *output.Credentials.SessionToken,
	}
}

// expectRefusal checks an error of the SDK. Neither the error nor the log may tell a secret.
func (a *apis) expectRefusal(t *testing.T, why string, err error, status int, code, message string) {
	t.Helper()
	var refused smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &refused) || !errors.As(err, &response) {
		t.Fatalf("%s: got %v, want an error of the API", why, err)
	}
	if refused.ErrorCode() != code || response.HTTPStatusCode() != status ||
		!strings.Contains(refused.ErrorMessage(), message) {
		t.Errorf("%s: got %d %s: %s, want %d %s: …%s…", why, response.HTTPStatusCode(), refused.ErrorCode(),
			refused.ErrorMessage(), status, code, message)
	}
	if response.ServiceRequestID() == "" {
		t.Errorf("%s: no request id", why)
	}
	logged := code
	for name, ofSTS := range stsCodes {
		if ofSTS == code {
			logged = name
		}
	}
	if !strings.Contains(a.log.String(), ": "+logged+": ") {
		t.Errorf("%s: the log does not say %s but:\n%s", why, logged, a.log)
	}
	a.expectDiscretion(t, err.Error())
}

func (a *apis) expectDiscretion(t *testing.T, message string) {
	t.Helper()
	for _, text := range []string{message, a.log.String()} {
		for _, secret := range []string{
			a.credentials.SecretAccessKey, a.credentials.SessionToken, secretValue, external, "tag-value",
		} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is told:\n%s", secret, text)
			}
		}
	}
}

// role makes a role from the statements of its trust policy and of its identity policy.
func role(t *testing.T, arn, trust, identity string) *iam.Role {
	t.Helper()
	config := iam.RoleConfig{ARN: arn, Trust: policy(t, "trust", trust), MaxSession: 12 * time.Hour}
	if identity != "" {
		config.Policies = []*iam.Policy{policy(t, "own", identity)}
	}
	role, err := iam.NewRole(config)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

func policy(t *testing.T, name, statements string) *iam.Policy {
	t.Helper()
	var document any
	if err := json.Unmarshal([]byte(`{"Version":"2012-10-17","Statement":[`+statements+`]}`), &document); err != nil {
		t.Fatal(err)
	}
	p, err := iam.ParsePolicy(document)
	if err != nil {
		t.Fatal(err)
	}
	p.Name = name
	return p
}

// record is a writer that tests read.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
