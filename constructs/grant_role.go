package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// leaseActions are the actions of AssumeRole with session tags and a source identity. The caller's policy must have
// sts:SetSourceIdentity too, since a Lambda's call is role chaining (IAM User Guide,
// id_credentials_temp_control-access_monitor).
var leaseActions = []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}

// newRole makes the leased role. The role trusts the grant Lambda's role alone, for sessions with the session tags. It
// may call the functions' URLs alone.
func (g *CredentialGrant) newRole(sessionTags map[string]string) {
	caller := awsiam.NewArnPrincipal(g.handler.Role().RoleArn())
	tagged := awsiam.NewPrincipalWithConditions(caller, sessionTagConditions(sessionTags))
	g.role = awsiam.NewRole(g, jsii.String("Role"), &awsiam.RoleProps{
		Description:        description("May call Function URLs; leased by ", g),
		AssumedBy:          tagged.WithSessionTags(),
		MaxSessionDuration: awscdk.Duration_Hours(jsii.Number(1)),
	})
	g.role.AssumeRolePolicy().AddStatements(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("sts:SetSourceIdentity"), Principals: &[]awsiam.IPrincipal{caller},
	}))
	g.handler.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings(leaseActions...), Resources: &[]*string{g.role.RoleArn()},
	}))
	var arns []*string
	for _, function := range g.functions {
		arns = append(arns, function.fn.FunctionArn())
	}
	for _, statement := range invokeUrlStatements(&arns) {
		g.role.AddToPolicy(awsiam.NewPolicyStatement(statement))
	}
}
