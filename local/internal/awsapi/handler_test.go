package awsapi

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// post sends a request that no SDK writes, signed by the SDK's signer.
func (a *apis) post(t *testing.T, service, query, body string) (int, string) {
	t.Helper()
	r := a.request(t, query, body)
	a.sign(t, r, service, region, body)
	return a.do(t, r)
}

func (a *apis) request(t *testing.T, query, body string) *http.Request {
	t.Helper()
	target := a.url + "/"
	if query != "" {
		target += "?" + query
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (a *apis) sign(t *testing.T, r *http.Request, service, region, body string) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), a.credentials, r, hex.EncodeToString(sum[:]), service, region, a.clock()); err != nil {
		t.Fatal(err)
	}
}

func (a *apis) do(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestSignatures: each service answers a signature that does not hold in its own words and with its own status.
func TestSignatures(t *testing.T) {
	a := start(t, setup{})
	calls := map[string]func(aws.Config) error{
		"sts": func(config aws.Config) error {
			_, err := sts.NewFromConfig(config).GetCallerIdentity(t.Context(), nil)
			return err
		},
		"secretsmanager": func(config aws.Config) error {
			_, err := secretsmanager.NewFromConfig(config).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)})
			return err
		},
		"lambda": func(config aws.Config) error {
			_, err := lambda.NewFromConfig(config).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("orders")})
			return err
		},
	}
	wrongSecret, unknown, otherToken := a.credentials, a.credentials, a.credentials
	wrongSecret.SecretAccessKey, unknown.AccessKeyID, otherToken.SessionToken = "x", "ASIAUNKNOWN", "x"
	elsewhere := a.as(a.credentials)
	elsewhere.Region = "us-east-1"
	for _, row := range []struct {
		name, why       string
		config          aws.Config
		message         string
		sts, others     string // codes
		lambda, secrets int    // statuses; STS's is Lambda's
	}{
		{"wrong secret", "not signed by whom it says", a.as(wrongSecret), "The request signature we calculated does not match", "SignatureDoesNotMatch", "InvalidSignatureException", 403, 400},
		{"unknown key", "nobody's", a.as(unknown), "security token included in the request is invalid", "InvalidClientTokenId", "UnrecognizedClientException", 403, 400},
		{"other token", "nobody's", a.as(otherToken), "security token included in the request is invalid", "InvalidClientTokenId", "UnrecognizedClientException", 403, 400},
		{"other region", "no stack is there", elsewhere, "Credential should be scoped to a valid region, not 'us-east-1'.", "SignatureDoesNotMatch", "InvalidSignatureException", 403, 400},
	} {
		for service, call := range calls {
			t.Run(row.name+" "+service, func(t *testing.T) {
				status, code := row.lambda, row.others
				switch service {
				case "sts":
					code = row.sts
				case "secretsmanager":
					status = row.secrets
				}
				a.expectRefusal(t, row.why, call(row.config), status, code, row.message)
			})
		}
	}
}

// TestRequests is about requests that are for none of the services.
func TestRequests(t *testing.T) {
	a := start(t, setup{})
	const body = "Action=GetCallerIdentity&Version=2011-06-15"
	for _, row := range []struct {
		name, why string
		change    func(*http.Request)
		status    int
		message   string
	}{
		{"sound", "nothing to refuse", func(r *http.Request) { a.sign(t, r, "sts", region, body) }, 200, "<GetCallerIdentityResult>"},
		{"unsigned", "says how to call it", func(*http.Request) {}, 403, "call it through an AWS SDK"},
		{"other scheme", "says how to call it", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 403, "call it through an AWS SDK"},
		{"other service", "says which there are", func(r *http.Request) { a.sign(t, r, "dynamodb", region, body) }, 501, "service dynamodb is not simulated"},
		{"presigned", "a signature in the query is not simulated", func(r *http.Request) {
			a.sign(t, r, "sts", region, body)
			r.URL.RawQuery = "X-Amz-Signature=0"
		}, 403, "<Code>MissingAuthenticationToken</Code><Message>Missing Authentication Token</Message>"},
		{"incomplete", "400 in the query protocol", func(r *http.Request) {
			a.sign(t, r, "sts", region, body)
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=", "X=", 1))
		}, 400, "<Code>IncompleteSignature</Code>"},
		{"other body", "the signature is over it", func(r *http.Request) { a.sign(t, r, "sts", region, "x") }, 403, "<Code>SignatureDoesNotMatch</Code>"},
		{"GET", "the SDKs post", func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "GET", nil, 0
			a.sign(t, r, "sts", region, "")
		}, 404, "<Code>MalformedQueryString</Code>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := a.request(t, "", body)
			row.change(r)
			if status, text := a.do(t, r); status != row.status || !strings.Contains(text, row.message) {
				t.Errorf("%s: %d %s, want %d …%s…", row.why, status, text, row.status, row.message)
			}
		})
	}
	a.expectDiscretion(t, "")
}

// TestBodySize: 6 MB are read and not more.
func TestBodySize(t *testing.T) {
	a := start(t, setup{})
	for size, want := range map[int]int{maxBody: 400, maxBody + 1: 413} { // 400: it is not a form of STS
		if status, text := a.post(t, "sts", "", "Version="+strings.Repeat("x", size-len("Version="))); status != want {
			t.Errorf("%d bytes: %d, want %d: %.200s", size, status, want, text)
		}
	}
}

// TestQuiet: without --verbose nothing is said.
func TestQuiet(t *testing.T) {
	a := start(t, setup{change: func(config *Config) { config.Verbose = nil }})
	if status, _ := a.post(t, "sts", "", "Action=X"); status != 400 {
		t.Errorf("answered %d", status)
	}
}

// TestLogInjection: a name in the request cannot write lines of its own into the log.
func TestLogInjection(t *testing.T) {
	a := start(t, setup{})
	a.post(t, "sts", "", "Version=2011-06-15&Action=X%0Asts%3A+200+fine%1B%5B31m")
	if text := a.log.String(); strings.Count(text, "\n") != 2 || strings.Contains(text, "\x1b") || !strings.Contains(text, "InvalidAction") {
		t.Errorf("the log is:\n%q", text)
	}
}
