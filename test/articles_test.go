package test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront/experimental"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// articles has the programs of the two articles that Furl implements. They stay outside of the repository.
const articles = "../../shared/cases/articles"

// article reads a program of the articles.
func article(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(articles, name)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIPPED: the articles' own programs, since there is no %s", file)
	}
	return read(t, file)
}

// articleCode is a program of the articles as a function's code. The program's handler is named as in its module.
func articleCode(t *testing.T, name string) awslambda.Code {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, name), article(t, name))
	return awslambda.Code_FromAsset(jsii.String(folder), nil)
}

// TestFirstArticle runs the first article's edge signer and function unchanged. The function answers after 40 seconds.
// The signer drops the query from what it signs, so a request with a query is refused.
func TestFirstArticle(t *testing.T) {
	assembly := firstArticle(t)
	if out, err := exec.Command("python3", "-c", "import boto3").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: the first article's edge signer, since python3 has no boto3: %s", out)
	}
	local := startLocal(t, assembly)
	edge, unsigned := local.edge(t), functionURL(t, local, "First/Slow/FunctionUrl")
	if a := get(t, unsigned, "/"); a.status != 403 {
		t.Errorf("around CloudFront %d, want 403: %s", a.status, a.body)
	}
	expectSlowAnswers(t, edge)
	// The refusal shows the canonical request of the verifier, whose third line is the query.
	if said := local.log(); !regexp.MustCompile(`(?m)^\W*name=a$`).MatchString(said) {
		t.Error("the details do not name the query")
	}
}

// expectSlowAnswers sends the first article's requests at once, and checks their answers.
func expectSlowAnswers(t *testing.T, edge string) {
	t.Helper()
	start := time.Now()
	rows := []struct {
		name, why string
		request   *http.Request
		status    int
		body      string // part of the answer's body
	}{
		{
			name: "GET", why: "the event has an empty body",
			request: request(t, http.MethodGet, edge, "/", nil), status: 200, body: `"Hello from Lambda!"`,
		},
		{
			name: "POST", why: "the body is signed",
			request: withHeader(request(t, http.MethodPost, edge, "/", []byte(`{"name":"値"}`)),
				"Content-Type", "application/json"),
			status: 200, body: `"Hello from Lambda!"`,
		},
		{
			name: "query", why: "the signer leaves it out of the URL that it signs",
			request: request(t, http.MethodGet, edge, "/?name=a", nil), status: 403,
		},
	}
	var answers []func() answer
	for _, row := range rows {
		answers = append(answers, sending(t, row.request))
	}
	for i, row := range rows {
		if a := answers[i](); a.status != row.status || !a.has(row.body) {
			t.Errorf("%s: %d %s, want %d with %s (%s)", row.name, a.status, a.body, row.status, row.body, row.why)
		}
	}
	if took := time.Since(start); took < 40*time.Second {
		t.Errorf("all answers came within %s, so the function did not sleep", took)
	}
}

// firstArticle has CloudFront before a Function URL with AWS_IAM, and the article's signer at its origin request. The
// signer forwards all of the viewer's headers but Host, and the query.
func firstArticle(t *testing.T) string {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "First", "ap-northeast-1")
	slow := awslambda.NewFunction(stack, jsii.String("Slow"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("r1_slow.handler"),
		FunctionName: jsii.String("first-slow"), // the signer's role is in another region
		Code:         articleCode(t, "r1_slow.mjs"), Timeout: awscdk.Duration_Seconds(jsii.Number(60)),
	})
	url := slow.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_AWS_IAM})
	signer := experimental.NewEdgeFunction(stack, jsii.String("Signer"), &experimental.EdgeFunctionProps{
		Runtime: awslambda.Runtime_PYTHON_3_13(), Handler: jsii.String("r1_edge_signer.lambda_handler"),
		Code: articleCode(t, "r1_edge_signer.py"),
	})
	url.GrantInvokeUrl(signer)
	slow.GrantInvoke(signer)
	awscloudfront.NewDistribution(stack, jsii.String("Distribution"), &awscloudfront.DistributionProps{
		DefaultBehavior: &awscloudfront.BehaviorOptions{
			Origin: awscloudfrontorigins.NewFunctionUrlOrigin(url, &awscloudfrontorigins.FunctionUrlOriginProps{
				ReadTimeout: awscdk.Duration_Seconds(jsii.Number(60)),
			}),
			AllowedMethods:       awscloudfront.AllowedMethods_ALLOW_ALL(),
			ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY,
			CachePolicy:          awscloudfront.CachePolicy_CACHING_DISABLED(),
			OriginRequestPolicy:  awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
			EdgeLambdas: &[]*awscloudfront.EdgeLambda{{
				EventType:       awscloudfront.LambdaEdgeEventType_ORIGIN_REQUEST,
				FunctionVersion: signer.CurrentVersion(), IncludeBody: jsii.Bool(true),
			}},
		},
	})
	return *app.Synth(nil).Directory() // synth follows no ARN through CDK's reader
}

// sdkForBrowsers is the AWS SDK for JavaScript v2 as a script for browsers, which make articles fetches. The article's
// page loads it from a server on the internet.
const sdkForBrowsers = "../.build/aws-sdk.min.js"

// TestSecondArticle uses the second article's page in Chromium. The page asks for a lease, signs by the AWS SDK for
// JavaScript v2, calls the article's function and shows its answer in an alert.
func TestSecondArticle(t *testing.T) {
	page := article(t, "r2_page.html")
	chromium := chromiumPath(t)
	if _, err := os.Stat(sdkForBrowsers); errors.Is(err, fs.ErrNotExist) {
		t.Skip("SKIPPED: the second article's page, since there is no .build/aws-sdk.min.js; run make articles")
	}
	sdk := read(t, sdkForBrowsers)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sdk.js" {
			http.ServeContent(w, r, "sdk.js", time.Time{}, strings.NewReader(sdk))
			return
		}
		http.ServeContent(w, r, "page.html", time.Time{}, strings.NewReader(page))
	}))
	defer site.Close()
	local := startLocal(t, secondArticle(t, site.URL))
	page = withAddresses(t, page, local.restAPI(t)+"/grant/")
	runInBrowser(t, nil, "articles.mjs", chromium, site.URL, `{"message":"hello world"}`)
}

// withAddresses sets the page's apiUrl and the address of its SDK. It adds the authorizer's header to its call of the
// grant.
func withAddresses(t *testing.T, page, grant string) string {
	t.Helper()
	const post = "{ method: 'POST' }"
	for _, change := range []struct{ pattern, with string }{
		{`const apiUrl = '[^']*'`, `const apiUrl = '` + grant + `'`},
		{`https://cdn\.[^"]*/aws-sdk\.min\.js`, `/sdk.js`},
		{regexp.QuoteMeta(post), `{ method: 'POST', headers: { Authorization: 'ada' } }`},
	} {
		pattern := regexp.MustCompile(change.pattern)
		if n := len(pattern.FindAllString(page, -1)); n != 1 {
			t.Fatalf("%s stands %d times in the page, want once", change.pattern, n)
		}
		page = pattern.ReplaceAllLiteralString(page, change.with)
	}
	return page
}

// secondArticle leases the article's function to the pages of an origin. The grant makes the function's URL. The SDK
// sends X-Amz-User-Agent from browsers, since pages may not set User-Agent.
func secondArticle(t *testing.T, origin string) string {
	t.Helper()
	app, stack := hostStack(t, "Second")
	hello := awslambda.NewFunction(stack, jsii.String("Hello"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_PYTHON_3_12(), Handler: jsii.String("r2_hello.lambda_handler"),
		Code: articleCode(t, "r2_hello.py"),
	})
	authorizer := awslambda.NewFunction(stack, jsii.String("Authorizer"), nodeFunction(`return {
		principalId: event.authorizationToken,
		policyDocument: { Version: "2012-10-17", Statement: [
			{ Effect: "Allow", Action: "execute-api:Invoke", Resource: event.methodArn },
		] },
	};`))
	props := &awsapigateway.TokenAuthorizerProps{Handler: authorizer}
	furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
		Authorizer: furl.LambdaAuthorizer(
			awsapigateway.NewTokenAuthorizer(stack, jsii.String("TokenAuthorizer"), props)),
		Functions:      []furl.GrantFunction{{Name: "hello", Function: hello}},
		AllowedOrigins: []string{origin},
	})
	return synth(t, app).dir
}
