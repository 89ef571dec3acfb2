package test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// defaultApi is the construct as README uses it.
func defaultApi(stack awscdk.Stack) *furl.SecureFunctionUrl {
	return furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"),
	})
}

func TestSecureFunctionUrl(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			api := defaultApi(newStack(app, "Demo", region))
			assembly := synth(t, app)
			main, edge := assembly.stack(t, "Demo"), assembly.edge(t, "Demo", region)

			main.has(t, "AWS::Lambda::Url", map[string]any{"AuthType": "AWS_IAM"})
			expectPermissions(t, main, 1)
			expectDefaultBehavior(t, main)
			main.has(t, "AWS::CloudFront::ResponseHeadersPolicy", map[string]any{
				"ResponseHeadersPolicyConfig": map[string]any{
					"SecurityHeadersConfig": map[string]any{
						"StrictTransportSecurity": map[string]any{"AccessControlMaxAgeSec": 31536000},
						"ContentTypeOptions":      map[string]any{"Override": true},
						"ReferrerPolicy":          map[string]any{"ReferrerPolicy": "no-referrer"},
					},
				},
			})
			edge.only(t, "AWS::WAFv2::WebACL")
			expectOutputs(t, main)
			expectNoExports(t, assembly)
			if region != "us-east-1" && !slices.Contains(main.dependencies, "Demo-furl-edge-"+region) {
				t.Errorf("the stack does not wait for its support stack: %q", main.dependencies)
			}
			if api.Distribution() == nil || api.FunctionUrl() == nil || api.WebAcl() == nil || api.Signer() == nil {
				t.Error("an accessor gives nothing")
			}
		})
	}
}

func expectDefaultBehavior(t *testing.T, main *stack) {
	t.Helper()
	main.has(t, "AWS::CloudFront::Distribution", map[string]any{"DistributionConfig": map[string]any{
		"DefaultCacheBehavior": map[string]any{
			"AllowedMethods":        []any{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"},
			"CachePolicyId":         "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", // CachingDisabled
			"OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac", // AllViewerExceptHostHeader
			"ViewerProtocolPolicy":  "redirect-to-https",
			"LambdaFunctionAssociations": []any{
				map[string]any{"EventType": "origin-request", "IncludeBody": true},
			},
		},
		"Origins": []any{map[string]any{"CustomOriginConfig": map[string]any{
			"OriginReadTimeout": 60, "OriginKeepaliveTimeout": 60, "OriginProtocolPolicy": "https-only",
		}}},
	}})
}

func expectOutputs(t *testing.T, main *stack) {
	t.Helper()
	outputs, _ := main.template["Outputs"].(map[string]any)
	for _, id := range []string{"ApiDistributionUrlOutputD18BECA2", "ApiFunctionUrlOutputA5A801A1"} {
		if output, _ := outputs[id].(map[string]any); output["Value"] == nil || output["Description"] == nil {
			t.Errorf("output %s: %v", id, output)
		}
	}
}

// expectPermissions wants both statements for so many functions, each with its own condition.
func expectPermissions(t *testing.T, main *stack, functions int) {
	t.Helper()
	var url, invoke int
	for id, permission := range main.resources("AWS::Lambda::Permission") {
		p := properties(permission)
		authType, via := p["FunctionUrlAuthType"], p["InvokedViaFunctionUrl"]
		switch {
		case p["Principal"] == nil || p["FunctionName"] == nil:
			t.Errorf("%s names no principal or no function: %v", id, p)
		case p["Action"] == "lambda:InvokeFunctionUrl" && authType == "AWS_IAM" && via == nil:
			url++
		case p["Action"] == "lambda:InvokeFunction" && via == true && authType == nil:
			invoke++
		default:
			t.Errorf("%s is neither of the two statements: %v", id, p)
		}
	}
	if url != functions || invoke != functions {
		t.Errorf("stack %s: %d statements for the URL and %d for the function, not %d each",
			main.name, url, invoke, functions)
	}
}

// expectNoExports wants no Export and no custom resource. An Export cannot change while it is in use, and a custom
// resource is one more function to run.
func expectNoExports(t *testing.T, assembly *cloudAssembly) {
	t.Helper()
	for name, stack := range assembly.stacks {
		for _, found := range exportsAndCustomResources(stack) {
			t.Errorf("stack %s has %s", name, found)
		}
	}
}

func exportsAndCustomResources(stack *stack) []string {
	var found []string
	walk(stack.template, func(node map[string]any) {
		resourceType, _ := node["Type"].(string)
		switch {
		case node["Fn::ImportValue"] != nil:
			found = append(found, "Fn::ImportValue")
		case node["Export"] != nil:
			found = append(found, "Export")
		case strings.HasPrefix(resourceType, "Custom::"), resourceType == "AWS::CloudFormation::CustomResource":
			found = append(found, resourceType)
		}
	})
	return found
}

func TestExpectNoExportsCanFail(t *testing.T) {
	for _, node := range []map[string]any{
		{"Outputs": map[string]any{"A": map[string]any{"Value": "a", "Export": map[string]any{"Name": "a"}}}},
		{"Resources": map[string]any{"A": map[string]any{
			"Type":       "AWS::SQS::Queue",
			"Properties": map[string]any{"QueueName": map[string]any{"Fn::ImportValue": "a"}},
		}}},
		{"Resources": map[string]any{"A": map[string]any{"Type": "Custom::CrossRegionExportReader"}}},
	} {
		if found := exportsAndCustomResources(&stack{template: node}); len(found) != 1 {
			t.Errorf("%v: found %q", node, found)
		}
	}
}

func TestSecureFunctionUrlSettings(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "ap-northeast-1")
	const aclArn = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/shared/473e64fd-f30b-4765-81a0-62ad96dd167a"
	given := awscloudfront.DistributionProps{
		Comment: jsii.String("orders"), PriceClass: awscloudfront.PriceClass_PRICE_CLASS_100,
	}
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function:  newFunction(stack, "Function"),
		WebAclArn: jsii.String(aclArn),
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins:   jsii.Strings("https://app.example.com"),
			AllowCredentials: jsii.Bool(true), AllowedHeaders: jsii.Strings("content-type"),
		},
		InvokeMode:  awslambda.InvokeMode_RESPONSE_STREAM,
		ReadTimeout: awscdk.Duration_Minutes(jsii.Number(2)), KeepaliveTimeout: seconds(1),
		CachePolicy: awscloudfront.NewCachePolicy(stack, jsii.String("Cache"),
			&awscloudfront.CachePolicyProps{
				HeaderBehavior: awscloudfront.CacheHeaderBehavior_AllowList(jsii.String("X-Tenant")),
			}),
		OriginRequestPolicy: awscloudfront.NewOriginRequestPolicy(stack, jsii.String("Forward"),
			&awscloudfront.OriginRequestPolicyProps{
				HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(jsii.String("host")),
			}),
		ResponseHeadersPolicy: awscloudfront.ResponseHeadersPolicy_CORS_ALLOW_ALL_ORIGINS(),
		DistributionProps:     &given,
	})
	if given.DefaultBehavior != nil || given.WebAclId != nil {
		t.Error("the user's DistributionProps were written to")
	}
	if api.WebAcl() != nil {
		t.Error("there is a web ACL construct beside the ARN")
	}
	assembly := synth(t, app)
	main := assembly.stack(t, "Demo")
	main.has(t, "AWS::Lambda::Url", map[string]any{
		"InvokeMode": "RESPONSE_STREAM",
		"Cors":       map[string]any{"AllowCredentials": true, "AllowOrigins": []any{"https://app.example.com"}, "AllowHeaders": []any{"content-type"}},
	})
	main.has(t, "AWS::CloudFront::Distribution", map[string]any{"DistributionConfig": map[string]any{
		"Comment": "orders", "PriceClass": "PriceClass_100", "WebACLId": aclArn,
		"Origins": []any{map[string]any{"CustomOriginConfig": map[string]any{
			"OriginReadTimeout": 120, "OriginKeepaliveTimeout": 1,
		}}},
		"DefaultCacheBehavior": map[string]any{
			"CachePolicyId":           map[string]any{"Ref": "Cache18F6EE16"},
			"ResponseHeadersPolicyId": "60669652-455b-4ae9-85a4-c4c02393f86c",
		},
	}})
	if n := len(assembly.edge(t, "Demo", "ap-northeast-1").resources("AWS::WAFv2::WebACL")); n != 0 {
		t.Errorf("%d web ACLs beside the one that was passed in", n)
	}
	if n := len(main.resources("AWS::CloudFront::ResponseHeadersPolicy")); n != 0 {
		t.Errorf("%d response headers policies beside the one that was passed in", n)
	}
}

func TestWithoutWebAcl(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"), WithoutWebAcl: true,
	})
	main := synth(t, app).stack(t, "Demo")
	_, distribution := main.only(t, "AWS::CloudFront::Distribution")
	acl := properties(distribution)["DistributionConfig"].(map[string]any)["WebACLId"]
	if acl != nil || len(main.resources("AWS::WAFv2::WebACL")) != 0 {
		t.Errorf("there is a web ACL: %v", acl)
	}
}

func TestAddBehavior(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			api := defaultApi(stack)
			reports := api.AddBehavior("/reports/*", newFunction(stack, "Reports"),
				&furl.BehaviorProps{ReadTimeout: seconds(90)})
			api.AddBehavior("/reports", newFunction(stack, "Report"), nil)
			if reports.FunctionUrl() == nil {
				t.Error("no Function URL")
			}
			assembly := synth(t, app)
			main := assembly.stack(t, "Demo")
			expectPermissions(t, main, 3)
			main.only(t, "AWS::CloudFront::ResponseHeadersPolicy")
			_, distribution := main.only(t, "AWS::CloudFront::Distribution")
			behaviors := properties(distribution)["DistributionConfig"].(map[string]any)["CacheBehaviors"].([]any)
			for i, pattern := range []string{"/reports/*", "/reports"} {
				behavior := behaviors[i].(map[string]any)
				if behavior["PathPattern"] != pattern || behavior["ViewerProtocolPolicy"] != "redirect-to-https" ||
					behavior["LambdaFunctionAssociations"] == nil || behavior["ResponseHeadersPolicyId"] == nil {
					t.Errorf("behaviour %d: %v", i, behavior)
				}
			}
			assembly.edge(t, "Demo", region).only(t, "AWS::Lambda::Version") // one signer for all three
			expectNoExports(t, assembly)
		})
	}
}

// TestExistingDistribution adds a function to a distribution that serves a site.
func TestExistingDistribution(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			site := newSite(stack)
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), Distribution: site, PathPattern: "/api/*",
			})
			api.AddBehavior("/reports/*", newFunction(stack, "Reports"), nil)
			if api.WebAcl() != nil || api.Distribution() == nil {
				t.Error("the distribution's web ACL is not ours")
			}
			assembly := synth(t, app)
			main := assembly.stack(t, "Demo")
			main.only(t, "AWS::CloudFront::Distribution")
			main.has(t, "AWS::CloudFront::Distribution", map[string]any{"DistributionConfig": map[string]any{
				"CacheBehaviors": []any{
					map[string]any{
						"PathPattern": "/api/*",
						"LambdaFunctionAssociations": []any{map[string]any{
							"EventType": "origin-request", "IncludeBody": true,
						}},
					},
					map[string]any{"PathPattern": "/reports/*"},
				},
			}})
			expectPermissions(t, main, 2)
			expectOutputs(t, main)
			if n := len(assembly.edge(t, "Demo", region).resources("AWS::WAFv2::WebACL")); n != 0 {
				t.Errorf("%d web ACLs for a distribution that has its own", n)
			}
		})
	}
}

func newSite(stack awscdk.Stack) awscloudfront.Distribution {
	return awscloudfront.NewDistribution(stack, jsii.String("Site"), &awscloudfront.DistributionProps{
		DefaultBehavior: &awscloudfront.BehaviorOptions{
			Origin: awscloudfrontorigins.NewHttpOrigin(jsii.String("www.example.com"), nil),
		},
	})
}

func expectText(t *testing.T, text string, fragments ...string) {
	t.Helper()
	for _, fragment := range fragments {
		if !strings.Contains(text, fragment) {
			t.Errorf("%q does not say %q", text, fragment)
		}
	}
}

func listFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
