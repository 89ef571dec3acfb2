package test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// assumedBy is a statement that lets a service assume a role.
func assumedBy(service string) map[string]any {
	return map[string]any{
		"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": map[string]any{"Service": service},
	}
}

func TestEdgeSigner(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			newTopic(stack)
			signer := furl.NewEdgeSigner(stack, jsii.String("Signer"), nil)
			edge := synth(t, app).edge(t, "Demo", region)

			edge.has(t, "AWS::Lambda::Function", map[string]any{
				"Runtime": "nodejs22.x", "Handler": "index.handler", "MemorySize": 512, "Timeout": 5,
			})
			_, version := edge.only(t, "AWS::Lambda::Version")
			if version["DeletionPolicy"] != "Retain" || version["UpdateReplacePolicy"] != "Retain" {
				t.Errorf("the version is deleted while CloudFront still has replicas of it: %v", version)
			}
			edge.has(t, "AWS::IAM::Role", map[string]any{
				"AssumeRolePolicyDocument": map[string]any{"Statement": []any{
					assumedBy("lambda.amazonaws.com"), assumedBy("edgelambda.amazonaws.com"),
				}},
			})
			// The functions' policies let the role in, and the signer writes no log. So the role needs no policy.
			if policies := edge.resources("AWS::IAM::Policy"); len(policies) != 0 {
				t.Errorf("the role has policies: %v", policies)
			}
			_, role := edge.only(t, "AWS::IAM::Role")
			if p := properties(role); p["ManagedPolicyArns"] != nil || p["Policies"] != nil {
				t.Errorf("the role has policies: %v", role)
			}
			if !*awscdk.Token_IsUnresolved(signer.Role().RoleArn()) || signer.Function() == nil {
				t.Error("the escape hatches do not lead to the resources")
			}
		})
	}
}

// TestEdgeSignerLogs checks the role's rights with Logs. The role may write into the log groups of its function, and
// nowhere else. Logs does not change the ids of the function and its role.
func TestEdgeSignerLogs(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			ids := map[bool][2]string{}
			for _, logs := range []bool{false, true} {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				newTopic(stack)
				signer := furl.NewEdgeSigner(stack, jsii.String("Signer"), &furl.EdgeSignerProps{Logs: logs})
				furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, "Function"), WithoutWebAcl: true, Signer: signer,
				})
				assembly := synth(t, app) // looks for cycles
				edge := assembly.edge(t, "Demo", region)
				functionId := edgeFunctionId(t, edge)
				roleId, role := edgeRole(t, edge)
				ids[logs] = [2]string{functionId, roleId}
				if p := properties(role); p["Policies"] != nil || p["ManagedPolicyArns"] != nil {
					t.Errorf("the role itself has policies: %v", role)
				}
				if !logs {
					continue
				}
				_, policy := edge.only(t, "AWS::IAM::Policy")
				want := map[string]any{
					"PolicyName": properties(policy)["PolicyName"],
					"Roles":      []any{map[string]any{"Ref": roleId}},
					"PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
						"Effect": "Allow",
						"Action": []any{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"},
						"Resource": map[string]any{"Fn::Join": []any{"", []any{
							"arn:",
							map[string]any{"Ref": "AWS::Partition"},
							":logs:*:" + account + ":log-group:/aws/lambda/us-east-1.",
							map[string]any{"Ref": functionId},
							"*",
						}}},
					}}},
				}
				if !reflect.DeepEqual(properties(policy), want) {
					t.Errorf("the policy is %v, want %v", properties(policy), want)
				}
			}
			if ids[true] != ids[false] {
				t.Errorf("function and role are %q with Logs and %q without", ids[true], ids[false])
			}
		})
	}
}

// edgeFunctionId is the logical id of a stack's edge signer.
func edgeFunctionId(t *testing.T, in *stack) string {
	t.Helper()
	for id, function := range in.resources("AWS::Lambda::Function") {
		if strings.HasPrefix(fmt.Sprint(properties(function)["Description"]), "Signs") {
			return id
		}
	}
	t.Fatal("there is no edge signer")
	return ""
}

// edgeRole is the role of a stack's edge function, and its logical id.
func edgeRole(t *testing.T, in *stack) (string, map[string]any) {
	t.Helper()
	for id, role := range in.resources("AWS::IAM::Role") {
		if strings.Contains(fmt.Sprint(properties(role)["AssumeRolePolicyDocument"]), "edgelambda.amazonaws.com") {
			return id, role
		}
	}
	t.Fatal("there is no role of an edge function")
	return "", nil
}

func TestEdgeSignerSettings(t *testing.T) {
	app := newApp(t)
	furl.NewEdgeSigner(newStack(app, "Demo", "us-east-1"), jsii.String("Signer"), &furl.EdgeSignerProps{
		Runtime: awslambda.Runtime_NODEJS_24_X(), MemorySize: 1024,
	})
	synth(t, app).stack(t, "Demo").has(t, "AWS::Lambda::Function", map[string]any{
		"Runtime": "nodejs24.x", "MemorySize": 1024,
	})
}

// TestEdgeSignerShipsItsSources checks that the asset has the modules, and no tests or other files.
func TestEdgeSignerShipsItsSources(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	furl.NewEdgeSigner(stack, jsii.String("One"), nil)
	furl.NewEdgeSigner(stack, jsii.String("Two"), nil)
	assembly := synth(t, app)
	keys := map[any]bool{}
	for _, function := range assembly.stack(t, "Demo").resources("AWS::Lambda::Function") {
		keys[properties(function)["Code"].(map[string]any)["S3Key"]] = true
	}
	if len(keys) != 1 {
		t.Fatalf("the same sources have different hashes: %v", keys)
	}
	for key := range keys {
		files := listFiles(t, assembly.dir+"/asset."+strings.TrimSuffix(fmt.Sprint(key), ".zip"))
		joined := strings.Join(files, " ")
		if !strings.Contains(joined, "index.mjs") || regexp.MustCompile(`test|embed`).MatchString(joined) {
			t.Errorf("the asset has %q", files)
		}
	}
}

// TestEdgeSignerLeavesNoFolder checks the folder of the sources. It is removed when CDK has a copy. When CDK makes
// none it stays in the cloud assembly, and the next synthesis has the same one.
func TestEdgeSignerLeavesNoFolder(t *testing.T) {
	for _, row := range []struct {
		name string
		want int
	}{{"staged", 0}, {"cdk synth --staging=false", 1}} {
		t.Run(row.name, func(t *testing.T) {
			temporary, assembly := t.TempDir(), t.TempDir()
			t.Setenv("TMPDIR", temporary)
			for range 2 {
				app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(assembly)})
				if row.want > 0 {
					app.Node().SetContext(jsii.String("aws:cdk:disable-asset-staging"), true)
				}
				furl.NewEdgeSigner(newStack(app, "Demo", "us-east-1"), jsii.String("Signer"), nil)
				app.Synth(nil)
			}
			if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
				t.Errorf("temporary folders are left: %v %v", left, err)
			}
			kept, err := filepath.Glob(filepath.Join(assembly, "furl-*", "index.mjs"))
			if err != nil || len(kept) != row.want {
				t.Errorf("the assembly has %q, want %d folders of the signer: %v", kept, row.want, err)
			}
		})
	}
}

// TestRoleNames checks that a role's name has at most 64 characters. It differs for each stack name, region and
// construct path.
func TestRoleNames(t *testing.T) {
	seen := map[string]string{}
	for _, row := range []struct{ stack, region, id string }{
		{"Demo", "us-east-1", "Signer"},
		{"Demo", "ap-northeast-1", "Signer"},
		{"Demo", "eu-west-1", "Signer"},
		{"Other", "us-east-1", "Signer"},
		{"Demo", "us-east-1", "Signer2"},
		{strings.Repeat("Long", 20), "ap-southeast-2", strings.Repeat("Signer", 30)},
	} {
		app := newApp(t)
		stack := newStack(app, row.stack, row.region)
		newTopic(stack)
		furl.NewEdgeSigner(stack, jsii.String(row.id), nil)
		_, role := synth(t, app).edge(t, row.stack, row.region).only(t, "AWS::IAM::Role")
		name := properties(role)["RoleName"].(string)
		if !regexp.MustCompile(`^[\w+=,.@-]{1,64}$`).MatchString(name) {
			t.Errorf("%v: IAM does not take the name %q", row, name)
		}
		if seen[name] != "" {
			t.Errorf("%v has the role name of %s: %s", row, seen[name], name)
		}
		seen[name] = fmt.Sprint(row)
	}
}

// TestOwnDistribution uses the signer alone, with the user's distribution and Function URL.
func TestOwnDistribution(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			fn := newFunction(stack, "Function")
			signer := furl.NewEdgeSigner(stack, jsii.String("Signer"), nil)
			signer.AllowInvoke(fn)
			signer.AllowInvoke(fn) // adds nothing
			url := fn.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_AWS_IAM})
			awscloudfront.NewDistribution(stack, jsii.String("Own"), &awscloudfront.DistributionProps{
				DefaultBehavior: &awscloudfront.BehaviorOptions{
					Origin:              awscloudfrontorigins.NewFunctionUrlOrigin(url, nil),
					EdgeLambdas:         &[]*awscloudfront.EdgeLambda{signer.EdgeLambda()},
					AllowedMethods:      awscloudfront.AllowedMethods_ALLOW_ALL(),
					CachePolicy:         awscloudfront.CachePolicy_CACHING_DISABLED(),
					OriginRequestPolicy: awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
				},
			})
			assembly := synth(t, app)
			expectPermissions(t, assembly.stack(t, "Demo"), 1)
			expectNoExports(t, assembly)
		})
	}
}

func TestEdgeSignerRefusals(t *testing.T) {
	rows := []struct {
		name, why string
		make      func(awscdk.App)
		want      []string
	}{
		{
			name: "a stack without a region", why: "whether a support stack is needed must be known",
			make: func(app awscdk.App) {
				furl.NewEdgeSigner(awscdk.NewStack(app, jsii.String("Demo"), nil), jsii.String("Signer"), nil)
			},
			want: []string{`furl.EdgeSigner at "Demo/Signer"`, "has no region", "awscdk.Environment{Region:"},
		},
		{
			name: "a runtime of another language", why: "the signer is Node.js",
			make: func(app awscdk.App) {
				furl.NewEdgeSigner(newStack(app, "Demo", "us-east-1"), jsii.String("Signer"),
					&furl.EdgeSignerProps{Runtime: awslambda.Runtime_PYTHON_3_13()})
			},
			want: []string{"Runtime", "python3.13 is not Node.js", "Runtime_NODEJS_22_X()"},
		},
		{
			name: "an old Node.js", why: "it lacks what the signer uses",
			make: func(app awscdk.App) {
				furl.NewEdgeSigner(newStack(app, "Demo", "us-east-1"), jsii.String("Signer"),
					&furl.EdgeSignerProps{Runtime: awslambda.Runtime_NODEJS_18_X()})
			},
			want: []string{"Runtime", "nodejs18.x is not Node.js 22"},
		},
		{
			name: "another partition", why: "CloudFront is not in it",
			make: func(app awscdk.App) {
				furl.NewEdgeSigner(newStack(app, "Demo", "cn-north-1"), jsii.String("Signer"), nil)
			},
			want: []string{"cn-north-1 is of another partition", "commercial region"},
		},
		{
			name: "a function of another account", why: "the role has no permissions of its own",
			make: func(app awscdk.App) {
				stack := newStack(app, "Demo", "us-east-1")
				theirs := awslambda.Function_FromFunctionArn(stack, jsii.String("Theirs"),
					jsii.String("arn:aws:lambda:us-east-1:444455556666:function:theirs"))
				furl.NewEdgeSigner(stack, jsii.String("Signer"), nil).AllowInvoke(theirs)
			},
			want: []string{"AllowInvoke", "account 444455556666", "make a signer in the function's account"},
		},
		{
			name: "too little memory", why: "Lambda refuses it",
			make: func(app awscdk.App) {
				furl.NewEdgeSigner(newStack(app, "Demo", "us-east-1"), jsii.String("Signer"),
					&furl.EdgeSignerProps{MemorySize: 64})
			},
			want: []string{"MemorySize", "64 MB", "write 512"},
		},
		{
			name: "no function to allow", why: "there is nothing to write the policy of",
			make: func(app awscdk.App) {
				furl.NewEdgeSigner(newStack(app, "Demo", "us-east-1"), jsii.String("Signer"), nil).AllowInvoke(nil)
			},
			want: []string{"Function", "there is none"},
		},
		{
			name: "a version to allow", why: "a version has no URL",
			make: func(app awscdk.App) {
				stack := newStack(app, "Demo", "us-east-1")
				version := newFunction(stack, "Function").CurrentVersion()
				furl.NewEdgeSigner(stack, jsii.String("Signer"), nil).AllowInvoke(version)
			},
			want: []string{"is a version", "AddAlias"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			expectText(t, refusal(t, func() { row.make(app) }), row.want...)
		})
	}
}
