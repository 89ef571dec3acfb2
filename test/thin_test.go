package test

import (
	"encoding/json"
	"fmt"
	"testing"

	furl "github.com/furl-cdk/furl/constructs"
	"github.com/aws/jsii-runtime-go"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
)

func TestThin(t *testing.T) {
		app := newApp(t)
		stack := newStack(app, "Demo", "ap-northeast-1")
		other := newStack(app, "Other", "eu-west-1")
		fn := newFunction(stack, "Fn")
		alias := fn.AddAlias(jsii.String("live"), nil)
		fmt.Printf("%T %T\n", alias.Version().Lambda(), alias.Version())
		_, isF := alias.Version().Lambda().(awslambda.Function)
		fmt.Println("lambda function?", isF)
		role := awsiam.NewRole(other, jsii.String("Worker"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})
		_, isC := role.GrantPrincipal().(constructs.IConstruct)
		fmt.Printf("%T construct? %v\n", role.GrantPrincipal(), isC)
		_, isC = newFunction(stack, "Caller").GrantPrincipal().(constructs.IConstruct)
		fmt.Printf("fn principal construct? %v\n", isC)
		api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: alias})
		api.GrantInvokeUrl(role)
		api.GrantInvokeUrl(awsiam.NewArnPrincipal(awscdk.Fn_ImportValue(jsii.String("x"))))
		api.GrantInvokeUrl(awsiam.NewAccountPrincipal(jsii.String("444455556666")))
		a := synth(t, app)
		for n, tpl := range a.Templates {
			b, _ := json.MarshalIndent(tpl, "", " ")
			fmt.Println(n, a.Stacks[n], string(b))
		}
}
