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
	hash := hex.EncodeToString(sum[:])
	if err := v4.NewSigner().SignHTTP(t.Context(), a.credentials, r, hash, service, region, a.clock()); err != nil {
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

// TestSignatures checks that each service has its own code and status for a signature that does not hold.
func TestSignatures(t *testing.T) {
	a := start(t, setup{})
	calls := map[string]func(aws.Config) error{
		"sts": func(config aws.Config) error {
			_, err := sts.NewFromConfig(config).GetCallerIdentity(t.Context(), nil)
			return err
		},
		"secretsmanager": func(config aws.Config) error {
			input := &secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)}
			_, err := secretsmanager.NewFromConfig(config).GetSecretValue(t.Context(), input)
			return err
		},
		"lambda": func(config aws.Config) error {
			input := &lambda.InvokeInput{FunctionName: aws.String("orders")}
			_, err := lambda.NewFromConfig(config).Invoke(t.Context(), input)
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
		lambda, secrets int    // statuses; STS has the one of Lambda
	}{
		{
			name: "wrong secret", why: "not signed by whom it says",
			config: a.as(wrongSecret), message: "The request signature we calculated does not match",
			sts: "SignatureDoesNotMatch", others: "InvalidSignatureException", lambda: 403, secrets: 400,
		},
		{
			name: "unknown key", why: "nobody's",
			config: a.as(unknown), message: "security token included in the request is invalid",
			sts: "InvalidClientTokenId", others: "UnrecognizedClientException", lambda: 403, secrets: 400,
		},
		{
			name: "other token", why: "nobody's",
			config: a.as(otherToken), message: "security token included in the request is invalid",
			sts: "InvalidClientTokenId", others: "UnrecognizedClientException", lambda: 403, secrets: 400,
		},
		{
			name: "other region", why: "no stack is there",
			config: elsewhere, message: "Credential should be scoped to a valid region, not 'us-east-1'.",
			sts: "SignatureDoesNotMatch", others: "InvalidSignatureException", lambda: 403, secrets: 400,
		},
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

// TestRequests sends requests that are for none of the services, or wrong for STS.
func TestRequests(t *testing.T) {
	a := start(t, setup{})
	const body = "Action=GetCallerIdentity&Version=2011-06-15"
	for _, row := range []struct {
		name, why string
		change    func(*http.Request)
		status    int
		message   string
	}{
		{
			name: "sound", why: "nothing to refuse",
			change: func(r *http.Request) { a.sign(t, r, "sts", region, body) }, status: 200,
			message: "<GetCallerIdentityResult>",
		},
		{
			name: "unsigned", why: "says how to call it",
			change: func(*http.Request) {}, status: 403, message: "call it through an AWS SDK",
		},
		{
			name: "other scheme", why: "says how to call it",
			change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, status: 403,
			message: "call it through an AWS SDK",
		},
		{
			name: "other service", why: "says which there are",
			change: func(r *http.Request) { a.sign(t, r, "dynamodb", region, body) }, status: 501,
			message: "service dynamodb is not simulated",
		},
		{
			name: "presigned", why: "a signature in the query is not simulated",
			change: func(r *http.Request) {
				a.sign(t, r, "sts", region, body)
				r.URL.RawQuery = "X-Amz-Signature=0"
			},
			status:  403,
			message: "<Code>MissingAuthenticationToken</Code><Message>Missing Authentication Token</Message>",
		},
		{
			name: "incomplete", why: "400 in the query protocol",
			change: func(r *http.Request) {
				a.sign(t, r, "sts", region, body)
				r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=", "X=", 1))
			},
			status: 400, message: "<Code>IncompleteSignature</Code>",
		},
		{
			name: "other body", why: "the signature is over it",
			change: func(r *http.Request) { a.sign(t, r, "sts", region, "x") }, status: 403,
			message: "<Code>SignatureDoesNotMatch</Code>",
		},
		{
			name: "GET", why: "the SDKs post",
			change: func(r *http.Request) {
				r.Method, r.Body, r.ContentLength = "GET", nil, 0
				a.sign(t, r, "sts", region, "")
			},
			status: 404, message: "<Code>MalformedQueryString</Code>",
		},
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

// TestBodySize checks that 6 MB are read, and not more.
func TestBodySize(t *testing.T) {
	a := start(t, setup{})
	for size, want := range map[int]int{maxBody: 400, maxBody + 1: 413} { // 400: it is not a form of STS
		if status, text := a.post(t, "sts", "", "Version="+strings.Repeat("x", size-len("Version="))); status != want {
			t.Errorf("%d bytes: %d, want %d: %.200s", size, status, want, text)
		}
	}
}

// TestReasonIndent checks that each line of a reason stands below its record. The last one is not blank, even if there
// is nothing to add to AWS's answer.
func TestReasonIndent(t *testing.T) {
	const body = "Version=2011-06-15&Action=GetCallerIdentity"
	for _, row := range []struct {
		name, why string
		signed    string // body
		lines     int    // at least
	}{
		{name: "mismatch", why: "both canonical requests are printed", signed: "x", lines: 15},
		{name: "incomplete", why: "AWS's answer says it all", signed: body, lines: 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t, setup{})
			r := a.request(t, "", body)
			a.sign(t, r, "sts", region, row.signed)
			if row.name == "incomplete" {
				r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=", "X=", 1))
			}
			a.do(t, r)
			lines := strings.Split(strings.TrimSuffix(a.log.String(), "\n"), "\n")
			if len(lines) < row.lines || strings.TrimSpace(lines[len(lines)-1]) == "" {
				t.Errorf("%s:\n%s", row.why, a.log)
			}
			for _, line := range lines[1:] {
				if !strings.HasPrefix(line, "  ") {
					t.Errorf("%s: a line is not indented: %q", row.why, line)
				}
			}
		})
	}
}

// TestLogInjection checks that a name in the request cannot add lines to the log.
func TestLogInjection(t *testing.T) {
	a := start(t, setup{})
	a.post(t, "sts", "", "Version=2011-06-15&Action=X%0Asts%3A+200+fine%1B%5B31m")
	text := a.log.String()
	if strings.Count(text, "\n") != 1 || strings.Contains(text, "\x1b") || !strings.Contains(text, "InvalidAction") {
		t.Errorf("the log is:\n%q", text)
	}
}
