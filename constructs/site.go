package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// site is where a construct is being made. Every refusal of a constructor goes through it. So each refusal names
// the construct, the field, the problem and the remedy.
type site struct {
	construct string // such as furl.SecureFunctionUrl
	path      string // such as MyStack/Api
}

func siteOf(construct string, scope constructs.Construct, id *string) site {
	return site{construct: construct, path: *scope.Node().Path() + "/" + *id}
}

func (s site) refuse(field, problem, remedy string) {
	panic(fmt.Errorf("%s at %q: %s: %s: %s", s.construct, s.path, field, problem, remedy))
}

// warn adds a warning to a construct, under an id by which it can be acknowledged.
func warn(construct constructs.IConstruct, id, format string, args ...any) {
	awscdk.Annotations_Of(construct).AddWarningV2(jsii.String(id), jsii.String(fmt.Sprintf(format, args...)), nil)
}
