package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// urlValidation checks at synthesis that a Function URL is still as it was made, and still the only one of its
// function or alias. Nothing changes any more then.
type urlValidation struct {
	url awslambda.IFunctionUrl // one that is made in this app
}

// Validate is called by CDK, after all aspects.
func (u *urlValidation) Validate() *[]*string {
	errors := []*string{}
	cfnUrl := u.url.Node().DefaultChild().(awslambda.CfnUrl)
	if *cfnUrl.AuthType() != string(awslambda.FunctionUrlAuthType_AWS_IAM) {
		errors = append(errors, jsii.String(fmt.Sprintf(
			"%s: AuthType was changed to %s, which opens the URL to everyone, past all that is in front of it: "+
				"leave it AWS_IAM, and use GrantInvokeUrl for callers of your own",
			*u.url.Node().Path(), *cfnUrl.AuthType())))
	}
	// An override cannot be read back. So it is not refused but undone.
	cfnUrl.AddPropertyOverride(jsii.String("AuthType"), jsii.String(string(awslambda.FunctionUrlAuthType_AWS_IAM)))
	for _, construct := range *u.url.Node().Root().Node().FindAll("") {
		other, ok := construct.(awslambda.CfnUrl)
		if ok && !sameConstruct(cfnUrl, other) && sameTarget(cfnUrl, other) {
			errors = append(errors, jsii.String(fmt.Sprintf(
				"%s: the function has another URL, %s (AuthType %s), and can have one only: remove that one, "+
					"make an alias with fn.AddAlias for one of the two, add further patterns to the SecureFunctionUrl "+
					"that has it (AddBehavior), or pass the one URL to both (GrantFunction.FunctionUrl)",
				*u.url.Node().Path(), *other.Node().Path(), *other.AuthType())))
		}
	}
	return &errors
}

func sameTarget(a, b awslambda.CfnUrl) bool {
	return *a.TargetFunctionArn() == *b.TargetFunctionArn() && valueOf(a.Qualifier()) == valueOf(b.Qualifier())
}

// valueOf is the value of an optional setting, or its zero value.
func valueOf[T any](pointer *T) (value T) {
	if pointer != nil {
		value = *pointer
	}
	return value
}
