package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestCredentialsInShell: with the lines of furl credentials, curl signs as a role and as a user of the app. Who has
// GrantInvokeUrl calls the Function URL, and who may invoke the method leases by IamAuthorizer.
func TestCredentialsInShell(t *testing.T) {
	app, stack := hostStack(t, "Keys")
	worker := awsiam.NewRole(stack, jsii.String("Worker"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewAccountRootPrincipal(),
	})
	ada := awsiam.NewUser(stack, jsii.String("Ada"), nil)
	awsiam.NewUser(stack, jsii.String("Eve"), nil)
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function:      awslambda.NewFunction(stack, jsii.String("Hello"), nodeFunction("return 'hello'")),
		WithoutWebAcl: true,
	})
	api.GrantInvokeUrl(worker)
	grant := leaseOf(stack, "Grant", callerCode, furl.IamAuthorizer())
	ada.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("execute-api:Invoke"),
		Resources: &[]*string{
			grant.RestApi().ArnForExecuteApi(jsii.String("POST"), jsii.String("/grant"), jsii.String("Prod")),
		},
	}))
	dir := synth(t, app).dir
	local := startLocal(t, dir)
	binary, err := furlCommand()
	if err != nil {
		t.Fatal(err)
	}
	path := "PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH")
	grantURL, functionURL := local.restAPIOf(t, "Keys/Grant/Api")+"/grant", ""
	for _, url := range local.FunctionURLs {
		if strings.HasPrefix(url.ID, "Keys/Api/") {
			functionURL = url.URL + "/"
		}
	}
	for _, row := range []struct{ name, why, as, service, url, want string }{
		{"role", "GrantInvokeUrl", "Keys/Worker", "lambda", functionURL, "hello 200"},
		{"user", "it may invoke the method", "Keys/Ada", "execute-api", grantURL, "} 200"},
		{"the user at the URL", "nobody let it", "Keys/Ada", "lambda", functionURL, "} 403"},
		{"the role at /grant", "likewise", "Keys/Worker", "execute-api", grantURL, "} 403"},
		{"another user", "it has no policy", "Keys/Eve", "execute-api", grantURL, "} 403"},
	} {
		script := `AWS_SESSION_TOKEN=of-before
			eval "$(furl credentials --assembly '` + dir + `' --as ` + row.as + `)"
			curl -s -w ' %{http_code}' -X POST -d '{}' "` + row.url + `" \
				--aws-sigv4 "aws:amz:$AWS_REGION:` + row.service + `" \
				--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
				${AWS_SESSION_TOKEN:+-H "x-amz-security-token: $AWS_SESSION_TOKEN"}`
		printed, err := output(".", []string{path}, "bash", "-c", script)
		if err != nil || !strings.HasSuffix(printed, row.want) {
			t.Errorf("%s: %q, want %q (%s) %v", row.name, printed, row.want, row.why, err)
		}
	}
}
