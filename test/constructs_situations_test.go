package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestSituations builds what users build, in us-east-1 and elsewhere. synth's checks hold for each situation, and none
// has an Export.
func TestSituations(t *testing.T) {
	rows := []struct {
		name, why string
		build     func(app awscdk.App, region string)
		check     func(t *testing.T, assembly *cloudAssembly, region string)
	}{
		{
			name: "twice in one stack", why: "ids and names must not collide",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				for _, id := range []string{"One", "Two"} {
					furl.NewSecureFunctionUrl(stack, jsii.String(id), &furl.SecureFunctionUrlProps{
						Function: newFunction(stack, id+"Function"),
					})
				}
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				expectPermissions(t, assembly.stack(t, "Demo"), 2)
				expectCount(t, assembly.edge(t, "Demo", region), "AWS::Lambda::Version", 2)
				expectDistinct(t, assembly, "AWS::IAM::Role", "RoleName", 2)
			},
		},
		{
			name: "nested stack", why: "its name is a token, and its resources another template's",
			build: func(app awscdk.App, region string) {
				nested := awscdk.NewNestedStack(newStack(app, "Demo", region), jsii.String("Nested"), nil)
				api := defaultApi(nested)
				api.AddBehavior("/more/*", newFunction(nested, "More"), nil)
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				nested := nestedStackOf(t, assembly)
				expectPermissions(t, nested, 2)
				if region != "us-east-1" {
					expectCount(t, assembly.edge(t, "Demo", region), "AWS::Lambda::Version", 1)
				}
			},
		},
		{
			name: "nested stack, function in the parent", why: "parent and child must not need each other",
			build: func(app awscdk.App, region string) {
				parent := newStack(app, "Demo", region)
				nested := awscdk.NewNestedStack(parent, jsii.String("Nested"), nil)
				furl.NewSecureFunctionUrl(nested, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(parent, "Function"),
				})
			},
			check: func(t *testing.T, assembly *cloudAssembly, _ string) {
				expectPermissions(t, nestedStackOf(t, assembly), 1)
			},
		},
		{
			name: "nested stacks that share the parent's signer", why: "it travels by parameters",
			build: func(app awscdk.App, region string) {
				parent := newStack(app, "Demo", region)
				signer := furl.NewEdgeSigner(parent, jsii.String("Signer"), nil)
				for _, id := range []string{"One", "Two"} {
					nested := awscdk.NewNestedStack(parent, jsii.String(id), nil)
					furl.NewSecureFunctionUrl(nested, jsii.String("Api"), &furl.SecureFunctionUrlProps{
						Function: newFunction(nested, "Function"), Signer: signer,
					})
				}
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				expectCount(t, assembly.edge(t, "Demo", region), "AWS::Lambda::Version", 1)
			},
		},
		{
			name: "without an account", why: "the account is the deployment's",
			build: func(app awscdk.App, region string) {
				defaultApi(awscdk.NewStack(app, jsii.String("Demo"), &awscdk.StackProps{
					Env: &awscdk.Environment{Region: jsii.String(region)},
				}))
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				main := assembly.stack(t, "Demo")
				expectPermissions(t, main, 1)
				if region == "us-east-1" {
					return
				}
				for _, permission := range main.resources("AWS::Lambda::Permission") {
					principal := fmt.Sprint(properties(permission)["Principal"])
					if !strings.Contains(principal, "map[Ref:AWS::AccountId]") {
						t.Errorf("the principal is not of the deployment's account: %s", principal)
					}
				}
			},
		},
		{
			name: "an alias", why: "URL and permissions are the alias's",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, "Function").AddAlias(jsii.String("live"), nil),
				})
			},
			check: func(t *testing.T, assembly *cloudAssembly, _ string) {
				main := assembly.stack(t, "Demo")
				alias, _ := main.only(t, "AWS::Lambda::Alias")
				main.has(t, "AWS::Lambda::Url", map[string]any{"Qualifier": "live"})
				for id, permission := range main.resources("AWS::Lambda::Permission") {
					if name := fmt.Sprint(properties(permission)["FunctionName"]); name != "map[Ref:"+alias+"]" {
						t.Errorf("%s is on %s, not on the alias", id, name)
					}
				}
			},
		},
		{
			name: "function and alias of it", why: "each has its own URL",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				fn := newFunction(stack, "Function")
				api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn})
				api.AddBehavior("/live/*", fn.AddAlias(jsii.String("live"), nil), nil)
			},
			check: func(t *testing.T, assembly *cloudAssembly, _ string) {
				expectPermissions(t, assembly.stack(t, "Demo"), 2)
			},
		},
		{
			name: "an imported function of this account", why: "CDK can write its policy",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: awslambda.Function_FromFunctionArn(stack, jsii.String("Theirs"),
						jsii.String("arn:aws:lambda:"+region+":"+account+":function:theirs")),
				})
			},
			check: func(t *testing.T, assembly *cloudAssembly, _ string) {
				expectPermissions(t, assembly.stack(t, "Demo"), 1)
			},
		},
		{
			name: "one signer for two stacks", why: "it belongs to neither",
			build: func(app awscdk.App, region string) {
				shared := newStack(app, "Shared", region)
				newTopic(shared)
				signer := furl.NewEdgeSigner(shared, jsii.String("Signer"), nil)
				acl := furl.NewWebAcl(shared, jsii.String("Acl"), nil)
				for _, id := range []string{"One", "Two"} {
					stack := newStack(app, id, region)
					furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
						Function: newFunction(stack, "Function"), Signer: signer, WebAcl: acl,
					})
				}
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				edge := assembly.edge(t, "Shared", region)
				expectCount(t, edge, "AWS::Lambda::Version", 1)
				expectCount(t, edge, "AWS::WAFv2::WebACL", 1)
				for _, id := range []string{"One", "Two"} {
					expectPermissions(t, assembly.stack(t, id), 1)
					expectWaitsFor(t, assembly.stack(t, id), edge)
				}
			},
		},
		{
			name: "one signer for another region", why: "the reference crosses regions",
			build: func(app awscdk.App, region string) {
				shared := newStack(app, "Shared", region)
				newTopic(shared)
				signer := furl.NewEdgeSigner(shared, jsii.String("Signer"), nil)
				stack := newStack(app, "Demo", "eu-west-1")
				furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, "Function"), Signer: signer,
				})
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				edge := assembly.edge(t, "Shared", region)
				_, role := edge.only(t, "AWS::IAM::Role")
				for _, permission := range assembly.stack(t, "Demo").resources("AWS::Lambda::Permission") {
					principal := fmt.Sprint(properties(permission)["Principal"])
					signer := fmt.Sprintf(":iam::%s:role/%s]]]", account, properties(role)["RoleName"])
					if !strings.HasSuffix(principal, signer) {
						t.Errorf("the principal is not the signer's role: %s", principal)
					}
				}
				expectWaitsFor(t, assembly.stack(t, "Demo"), edge)
			},
		},
		{
			name: "a function allowed apart from its distribution",
			why:  "the role has to be there before the permission that names it",
			build: func(app awscdk.App, region string) {
				shared := newStack(app, "Shared", region)
				newTopic(shared)
				signer := furl.NewEdgeSigner(shared, jsii.String("Signer"), nil)
				signer.AllowInvoke(newFunction(newStack(app, "Demo", "eu-west-1"), "Function"))
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				expectPermissions(t, assembly.stack(t, "Demo"), 1)
				expectWaitsFor(t, assembly.stack(t, "Demo"), assembly.edge(t, "Shared", region))
			},
		},
		{
			name: "two signers in one stack", why: "each function's policy names its own",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				for _, id := range []string{"One", "Two"} {
					furl.NewEdgeSigner(stack, jsii.String(id), nil).AllowInvoke(newFunction(stack, id+"Function"))
				}
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				expectPermissions(t, assembly.stack(t, "Demo"), 2)
				expectCount(t, assembly.edge(t, "Demo", region), "AWS::Lambda::Version", 2)
			},
		},
		{
			name: "signers used crosswise", why: "two stacks with a signer each must not need each other",
			build: func(app awscdk.App, region string) {
				one, two := newStack(app, "One", region), newStack(app, "Two", "eu-west-1")
				signer := furl.NewEdgeSigner(one, jsii.String("Signer"), nil)
				defaultApi(one)
				furl.NewSecureFunctionUrl(two, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(two, "Function"), Signer: signer,
				})
			},
			check: func(t *testing.T, assembly *cloudAssembly, _ string) {
				expectPermissions(t, assembly.stack(t, "Two"), 1)
			},
		},
		{
			name: "in a Stage", why: "the support stack is deployed with it",
			build: func(app awscdk.App, region string) {
				for _, id := range []string{"Test", "Prod"} {
					stage := awscdk.NewStage(app, jsii.String(id), &awscdk.StageProps{Env: &awscdk.Environment{
						Account: jsii.String(account), Region: jsii.String(region),
					}})
					defaultApi(awscdk.NewStack(stage, jsii.String("Demo"), nil))
				}
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				for _, id := range []string{"Test", "Prod"} {
					expectPermissions(t, assembly.stack(t, id+"-Demo"), 1)
					expectCount(t, assembly.edge(t, id+"-Demo", region), "AWS::Lambda::Version", 1)
				}
				expectDistinct(t, assembly, "AWS::IAM::Role", "RoleName", 2)
			},
		},
		{
			name: "a stack name of its own", why: "names follow the stack's name, not its id",
			build: func(app awscdk.App, region string) {
				defaultApi(awscdk.NewStack(app, jsii.String("Id"), &awscdk.StackProps{
					StackName: jsii.String("orders-prod"),
					Env:       &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
				}))
			},
			check: func(t *testing.T, assembly *cloudAssembly, region string) {
				expectCount(t, assembly.edge(t, "orders-prod", region), "AWS::Lambda::Version", 1)
			},
		},
		{
			name: "a web ACL's ARN as a token", why: "nothing to check at synthesis",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				parameter := awscdk.NewCfnParameter(stack, jsii.String("AclArn"), nil)
				furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, "Function"), WebAclArn: parameter.ValueAsString(),
				})
			},
			check: func(t *testing.T, assembly *cloudAssembly, _ string) {
				config := map[string]any{"WebACLId": map[string]any{"Ref": "AclArn"}}
				assembly.stack(t, "Demo").has(t, "AWS::CloudFront::Distribution",
					map[string]any{"DistributionConfig": config})
			},
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				row.build(app, region)
				assembly := synth(t, app)
				expectNoExports(t, assembly)
				row.check(t, assembly, region)
			})
		}
	}
}

// TestImportedFunction checks the annotation for a function whose policy CDK cannot write. The user is told what to
// write, and how.
func TestImportedFunction(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := awscdk.NewStack(app, jsii.String("Demo"), &awscdk.StackProps{Env: &awscdk.Environment{
				Region: jsii.String(region),
			}})
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: awslambda.Function_FromFunctionAttributes(stack, jsii.String("Theirs"),
					&awslambda.FunctionAttributes{
						FunctionArn: jsii.String("arn:aws:lambda:" + region + ":" + account + ":function:theirs"),
					}),
			})
			assembly := synth(t, app)
			main := assembly.stack(t, "Demo")
			expectCount(t, main, "AWS::Lambda::Permission", 0)
			_, role := assembly.edge(t, "Demo", region).only(t, "AWS::IAM::Role")
			at := slices.IndexFunc(main.messages, func(m message) bool {
				return strings.Contains(m.text, "furl:functionPolicy")
			})
			if at < 0 {
				t.Fatalf("no annotation among %v", main.messages)
			}
			expectText(t, main.messages[at].text,
				"Demo/Theirs is imported", "lambda:InvokeFunctionUrl", "lambda:InvokeFunction",
				"aws lambda add-permission --region "+region+
					" --function-name 'arn:aws:lambda:"+region+":"+account+":function:theirs'",
				"role/"+properties(role)["RoleName"].(string), "--function-url-auth-type AWS_IAM",
				"--invoked-via-function-url", "SameEnvironment")
		})
	}
}

// TestImportedFunctionGrant checks the annotation for a permission that GrantInvokeUrl cannot write.
func TestImportedFunctionGrant(t *testing.T) {
	rows := []struct {
		name      string
		principal func(awscdk.Stack) awsiam.IPrincipal
		want      string
	}{
		{"an ARN", func(awscdk.Stack) awsiam.IPrincipal {
			return awsiam.NewArnPrincipal(jsii.String("arn:aws:iam::444455556666:role/worker"))
		}, "--principal 'arn:aws:iam::444455556666:role/worker'"},
		{"a service", func(awscdk.Stack) awsiam.IPrincipal {
			return withConditions(servicePrincipal("scheduler.amazonaws.com"), forSource)
		}, "--principal 'scheduler.amazonaws.com' --source-arn '" + source + "'"},
		{"a token", func(stack awscdk.Stack) awsiam.IPrincipal {
			return awsiam.NewArnPrincipal(awscdk.NewCfnParameter(stack, jsii.String("Arn"), nil).ValueAsString())
		}, "--principal '<the principal>'"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			theirs := awslambda.Function_FromFunctionAttributes(stack, jsii.String("Theirs"),
				&awslambda.FunctionAttributes{
					FunctionArn:     jsii.String("arn:aws:lambda:us-east-1:" + account + ":function:theirs"),
					SameEnvironment: jsii.Bool(false),
				})
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: theirs})
			api.GrantInvokeUrl(row.principal(stack))
			var messages string
			for _, m := range synth(t, app).stack(t, "Demo").messages {
				messages += m.text
			}
			expectText(t, messages, row.want)
		})
	}
}

// TestFunctionOfAnotherStack checks references to a function of the user's other stack. The user decides their
// strength. Furl's references point the same way, so the two stacks do not need each other.
func TestFunctionOfAnotherStack(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			app.Node().SetContext(jsii.String("@aws-cdk/core:defaultCrossStackReferences"), "weak")
			fn := newFunction(newStack(app, "Functions", region), "Function")
			furl.NewSecureFunctionUrl(newStack(app, "Demo", region), jsii.String("Api"),
				&furl.SecureFunctionUrlProps{Function: fn})
			assembly := synth(t, app)
			expectNoExports(t, assembly)
			expectPermissions(t, assembly.stack(t, "Demo"), 1)
			expectWaitsFor(t, assembly.stack(t, "Demo"), assembly.stack(t, "Functions"))
		})
	}
}

// TestReadTimeoutWarning checks the warning for a function that may run longer than CloudFront waits.
func TestReadTimeoutWarning(t *testing.T) {
	rows := []struct {
		name, why string
		timeout   float64
		alias     bool
		mode      awslambda.InvokeMode
		warned    bool
	}{
		{"longer", "the viewer gets 504", 61, false, "", true},
		{"longer behind an alias", "it is the same function", 61, true, "", true},
		{"as long", "it answers in time", 60, false, "", false},
		{"longer but streamed", "the wait is between bytes", 900, false, awslambda.InvokeMode_RESPONSE_STREAM, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			fn := awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
				Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"),
				Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async () => {}")),
				Timeout: awscdk.Duration_Seconds(jsii.Number(row.timeout)),
			})
			props := &furl.SecureFunctionUrlProps{Function: fn, InvokeMode: row.mode}
			if row.alias {
				props.Function = fn.AddAlias(jsii.String("live"), nil)
			}
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), props)
			messages := synth(t, app).stack(t, "Demo").messages
			warned := len(messages) == 1 &&
				strings.Contains(messages[0].text, "may run for 61 s, but CloudFront answers 504 after 60 s")
			if warned != row.warned || len(messages) > 1 {
				t.Errorf("messages %v", messages)
			}
		})
	}
}

// TestGrantInvokeUrl checks that both actions are granted with both conditions, wherever the principal is.
func TestGrantInvokeUrl(t *testing.T) {
	role := func(scope constructs.Construct, name *string) awsiam.IGrantable {
		return awsiam.NewRole(scope, jsii.String("Worker"), &awsiam.RoleProps{
			AssumedBy: awsiam.NewAccountRootPrincipal(), RoleName: name,
		})
	}
	theirs := func(app awscdk.App, account, region string) awscdk.Stack {
		return awscdk.NewStack(app, jsii.String("Theirs"), &awscdk.StackProps{Env: &awscdk.Environment{
			Account: jsii.String(account), Region: jsii.String(region),
		}})
	}
	rows := []struct {
		name, why           string
		grantee             func(app awscdk.App, stack awscdk.Stack) awsiam.IGrantable
		identity, resources int // statements in policies of principals, and permissions beside the signer's
	}{
		{
			name: "a role of the stack", why: "its own policy will do",
			grantee:  func(_ awscdk.App, s awscdk.Stack) awsiam.IGrantable { return role(s, nil) },
			identity: 2,
		},
		{
			name: "a function of the stack", why: "its role has a policy",
			grantee:  func(_ awscdk.App, s awscdk.Stack) awsiam.IGrantable { return newFunction(s, "Caller") },
			identity: 2,
		},
		{
			name: "a role of another stack", why: "the ARN travels by an output, not an Export",
			grantee: func(app awscdk.App, s awscdk.Stack) awsiam.IGrantable {
				return role(theirs(app, account, *s.Region()), nil)
			},
			identity: 2,
		},
		{
			name: "a role of another region", why: "CDK's own grant throws here",
			grantee: func(app awscdk.App, _ awscdk.Stack) awsiam.IGrantable {
				return role(theirs(app, account, "eu-central-1"), nil)
			},
			identity: 2,
		},
		{
			name: "a role of another account", why: "both sides have to allow",
			grantee: func(app awscdk.App, s awscdk.Stack) awsiam.IGrantable {
				return role(theirs(app, "444455556666", *s.Region()), jsii.String("worker"))
			},
			identity: 2, resources: 2,
		},
		{
			name: "an imported role", why: "CDK attaches a policy by its name",
			grantee: func(_ awscdk.App, s awscdk.Stack) awsiam.IGrantable {
				return awsiam.Role_FromRoleName(s, jsii.String("Worker"), jsii.String("worker"), nil)
			},
			identity: 2,
		},
		{
			name: "an imported role of another account", why: "its policy is theirs to write",
			grantee: func(_ awscdk.App, s awscdk.Stack) awsiam.IGrantable {
				return awsiam.Role_FromRoleArn(s, jsii.String("Worker"),
					jsii.String("arn:aws:iam::444455556666:role/worker"), nil)
			},
			resources: 2,
		},
		{
			name: "an account", why: "it has no policy",
			grantee: func(awscdk.App, awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewAccountPrincipal(jsii.String("444455556666"))
			},
			resources: 2,
		},
		{
			name: "an organization", why: "everyone, under a condition",
			grantee: func(awscdk.App, awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewOrganizationPrincipal(jsii.String("o-a1b2c3d4e5"))
			},
			resources: 2,
		},
		{
			name: "an ARN that is a token", why: "CDK's own grant throws here",
			grantee: func(_ awscdk.App, s awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewArnPrincipal(awscdk.NewCfnParameter(s, jsii.String("Arn"), nil).ValueAsString())
			},
			resources: 2,
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				fn := awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
					FunctionName: jsii.String("orders"), // needed between accounts only
					Runtime:      awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"),
					Code: awslambda.Code_FromInline(jsii.String("exports.handler = async () => {}")),
				})
				api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn})
				grantee := row.grantee(app, stack)
				granted := api.GrantInvokeUrl(grantee)
				api.GrantInvokeUrl(grantee) // adds nothing
				dependent := awscdk.NewCfnResource(stack, jsii.String("Dependent"), &awscdk.CfnResourceProps{
					Type: jsii.String("AWS::SNS::Topic"),
				})
				if row.resources > 0 && row.identity == 0 {
					dependent.Node().AddDependency(granted)
				}
				assembly := synth(t, app)
				expectNoExports(t, assembly)
				expectPermissions(t, assembly.stack(t, "Demo"), 1+row.resources/2)
				if found := urlStatements(t, assembly); found != row.identity {
					t.Errorf("%d statements in principals' policies, not %d", found, row.identity)
				}
				waitsForTheirs := slices.Contains(assembly.stacks["Demo"].dependencies, "Theirs")
				if row.identity > 0 && row.resources > 0 && !waitsForTheirs {
					t.Error("the permission names a role whose stack may not be there yet")
				}
				topics := assembly.stack(t, "Demo").resources("AWS::SNS::Topic")
				waits, _ := topics["Dependent"]["DependsOn"].([]any)
				if row.resources > 0 && row.identity == 0 && len(waits) != 2 {
					t.Errorf("what depends on the grant waits for %v", waits)
				}
			})
		}
	}
}

// urlStatements counts the statements of both kinds. Each one has its condition and is on the function alone.
func urlStatements(t *testing.T, assembly *cloudAssembly) int {
	t.Helper()
	found := map[string]bool{}
	assembly.eachResource("AWS::IAM::Policy", func(in *stack, id string, resource map[string]any) {
		walk(resource, func(statement map[string]any) {
			if action, _ := statement["Action"].(string); strings.HasPrefix(action, "lambda:Invoke") {
				_, function, target := assembly.follow(in, statement["Resource"])
				byName := strings.HasSuffix(fmt.Sprint(statement["Resource"]), ":function:orders]]]")
				if byName == (target["Type"] == "AWS::Lambda::Function" && strings.HasPrefix(function, "Function")) {
					t.Errorf("%s is granted on %v, not on the function alone", action, statement["Resource"])
				}
			}
			condition := fmt.Sprint(statement["Condition"])
			byIam := condition == "map[StringEquals:map[lambda:FunctionUrlAuthType:AWS_IAM]]"
			viaUrl := condition == "map[Bool:map[lambda:InvokedViaFunctionUrl:true]]"
			switch {
			case statement["Action"] == "lambda:InvokeFunctionUrl" && byIam:
				found[in.name+id+"url"] = true
			case statement["Action"] == "lambda:InvokeFunction" && viaUrl:
				found[in.name+id+"function"] = true
			}
		})
	})
	return len(found)
}

// TestTwoRegions checks one app in two regions of one account. The two share no name in us-east-1, and no global name.
func TestTwoRegions(t *testing.T) {
	names := map[string]string{}
	for _, region := range regions {
		app := newApp(t)
		defaultApi(newStack(app, "Demo", region))
		for name, stack := range synth(t, app).stacks {
			global := []string{}
			if stack.homeRegion() == "us-east-1" {
				global = append(global, "stack "+name)
			}
			walk(stack.template, func(node map[string]any) {
				for _, key := range []string{"RoleName", "Name"} {
					if value, ok := node[key].(string); ok && strings.HasPrefix(value, "furl") {
						global = append(global, key+" "+value)
					}
				}
			})
			if len(global) == 0 {
				t.Errorf("stack %s has no name to compare", name)
			}
			for _, each := range global {
				if names[each] != "" && names[each] != region {
					t.Errorf("%s is there in %s and in %s", each, names[each], region)
				}
				names[each] = region
			}
		}
	}
}

func nestedStackOf(t *testing.T, assembly *cloudAssembly) *stack {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(assembly.stacks)) {
		if stack := assembly.stacks[name]; stack.nestedIn != nil {
			return stack
		}
	}
	t.Fatalf("no nested stack among %q", slices.Sorted(maps.Keys(assembly.stacks)))
	return nil
}

func expectCount(t *testing.T, stack *stack, resourceType string, want int) {
	t.Helper()
	if found := len(stack.resources(resourceType)); found != want {
		t.Errorf("stack %s has %d resources of type %s, not %d", stack.name, found, resourceType, want)
	}
}

// expectDistinct wants so many different values of a property. Resources without the property do not count.
func expectDistinct(t *testing.T, assembly *cloudAssembly, resourceType, property string, want int) {
	t.Helper()
	values := map[string]bool{}
	assembly.eachResource(resourceType, func(_ *stack, _ string, resource map[string]any) {
		if value, ok := properties(resource)[property].(string); ok {
			values[value] = true
		}
	})
	if len(values) != want {
		t.Errorf("%d values of %s, not %d: %v", len(values), property, want, values)
	}
}

func expectWaitsFor(t *testing.T, stack, other *stack) {
	t.Helper()
	if !slices.Contains(stack.dependencies, other.name) {
		t.Errorf("stack %s is not deployed after %s: it waits for %q", stack.name, other.name, stack.dependencies)
	}
}
