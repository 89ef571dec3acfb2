package test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// webhookToken is the secret that Twilio and the function in testdata/webhook share.
const webhookToken = "12345"

// TestWebhook checks that a webhook with a signature of its exact URL is verified behind each way to sign. The edge
// signer writes the query anew, but the function has the URL as it was sent.
func TestWebhook(t *testing.T) {
	if got := twilioSignature("https://mycompany.com/myapp.php?foo=1&bar=2"); got != "0/KCTR6DLpKmkAf8muzZqo1nDgQ=" {
		t.Fatalf("the example of Twilio's documentation is signed %s", got)
	}
	binary := filepath.Join(t.TempDir(), "bootstrap")
	if _, err := output(".", []string{"CGO_ENABLED=0"}, "go", "build", "-o", binary, "./testdata/webhook"); err != nil {
		t.Fatal(err)
	}
	for _, auth := range originAuths {
		t.Run(string(auth), func(t *testing.T) {
			edge := startLocal(t, webhookAssembly(t, filepath.Dir(binary), auth)).edge(t)
			for _, row := range []struct{ name, why, target string }{
				{"Twilio's", "the plus would be %20", "/voice?Digits=1&RetryMessage=Couldn%27t+find&x=a%2Bb"},
				{"no query", "there is no question mark", "/voice"},
				{"order, duplicates and bare keys", "none of them may change", "/voice?b=2&a=1&b=1&c&d="},
				{"escapes in either case", "the signer writes them in upper case", "/a%2fb%20c/?x=%c3%a9&y=%7e%41"},
				{"empty pairs", "the signer drops them", "/voice?&&a=1&&b=2&"},
			} {
				t.Run(row.name, func(t *testing.T) {
					sent := "https://" + strings.TrimPrefix(edge, "http://") + row.target
					if a := webhook(t, edge, auth, row.target, sent); a.status != 200 || string(a.body) != sent {
						t.Errorf("%d %s, want 200 and %s (%s)", a.status, a.body, sent, row.why)
					}
					if a := webhook(t, edge, auth, row.target, sent+"x"); a.status != 403 {
						t.Errorf("signed for another URL: %d %s", a.status, a.body)
					}
				})
			}
		})
	}
}

// form is the form of the example in Twilio's documentation (Twilio Docs, usage/webhooks/webhooks-security).
var form = url.Values{
	"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+12349013030"}, "Digits": {"1234"}, "From": {"+12349013030"},
	"To": {"+18005551212"},
}

func twilioSignature(signedURL string) string {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signedURL += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(webhookToken))
	mac.Write([]byte(signedURL))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// webhook sends the form, signed for a URL. The request has forged headers for host and URI.
func webhook(t *testing.T, edge string, auth furl.OriginAuth, target, signedURL string) answer {
	t.Helper()
	body := []byte(form.Encode())
	r := request(t, http.MethodPost, edge, target, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", twilioSignature(signedURL))
	r.Header.Set("X-Forwarded-Uri", "/forged")
	r.Header.Set("X-Forwarded-Host", "forged")
	if auth == furl.OriginAuth_OAC {
		r.Header.Set("X-Amz-Content-Sha256", hexSHA256(body))
	}
	return send(t, r)
}

func webhookAssembly(t *testing.T, folder string, auth furl.OriginAuth) string {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Webhook", "ap-northeast-1")
	architecture := awslambda.Architecture_X86_64()
	if runtime.GOARCH == "arm64" {
		architecture = awslambda.Architecture_ARM_64()
	}
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_PROVIDED_AL2023(), Architecture: architecture, Handler: jsii.String("bootstrap"),
			Code:        awslambda.Code_FromAsset(jsii.String(folder), nil),
			Environment: &map[string]*string{"AUTH_TOKEN": jsii.String(webhookToken)},
		}),
		OriginAuth: auth,
	})
	return synth(t, app).dir
}
