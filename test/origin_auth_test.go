package test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// originAuths are the ways to sign.
var originAuths = []furl.OriginAuth{
	furl.OriginAuth_EDGE_SIGNER, furl.OriginAuth_OAC, furl.OriginAuth_OAC_WITH_BODY_HASH,
}

// TestOriginAuth checks the signer of each way to sign. Nothing else may call the function.
func TestOriginAuth(t *testing.T) {
	for _, auth := range originAuths {
		for _, region := range regions {
			t.Run(string(auth)+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, "Function"), WithoutWebAcl: true, OriginAuth: auth,
				})
				assembly := synth(t, app)
				demo := assembly.stack(t, "Demo")
				checkSigning(t, demo, auth)
				checkEdgeRole(t, assembly, auth)
				checkEdgeCode(t, assembly, auth)
				if edge := assembly.stacks["Demo-furl-edge-"+region]; edge != nil {
					expectWaitsFor(t, demo, edge)
				}
			})
		}
	}
}

// checkSigning compares a stack's origin, behaviour and function policy with the way to sign.
func checkSigning(t *testing.T, stack *stack, auth furl.OriginAuth) {
	t.Helper()
	distributionId, distribution := stack.only(t, "AWS::CloudFront::Distribution")
	config := properties(distribution)["DistributionConfig"].(map[string]any)
	origin := config["Origins"].([]any)[0].(map[string]any)
	byOac := auth != furl.OriginAuth_EDGE_SIGNER
	if _, ok := origin["OriginAccessControlId"]; ok != byOac {
		t.Errorf("the origin has an OriginAccessControlId: %v, want %v", ok, byOac)
	}
	behavior := config["DefaultCacheBehavior"].(map[string]any)
	edgeLambdas, _ := behavior["LambdaFunctionAssociations"].([]any)
	if want := auth != furl.OriginAuth_OAC; (len(edgeLambdas) == 1) != want {
		t.Errorf("%d edge functions on the behaviour", len(edgeLambdas))
	}
	functionId, _ := stack.only(t, "AWS::CloudFront::Function")
	functions := []any{map[string]any{
		"EventType":   "viewer-request",
		"FunctionARN": map[string]any{"Fn::GetAtt": []any{functionId, "FunctionARN"}},
	}}
	if !reflect.DeepEqual(behavior["FunctionAssociations"], any(functions)) {
		t.Errorf("CloudFront Functions on the behaviour %v, want %v", behavior["FunctionAssociations"], functions)
	}
	actions := map[string]bool{}
	arn := map[string]any{"Fn::Join": []any{"", []any{
		"arn:",
		map[string]any{"Ref": "AWS::Partition"},
		":cloudfront::" + account + ":distribution/",
		map[string]any{"Ref": distributionId},
	}}}
	for _, permission := range stack.resources("AWS::Lambda::Permission") {
		p := properties(permission)
		actions[fmt.Sprint(p["Action"], " ", p["FunctionUrlAuthType"], " ", p["InvokedViaFunctionUrl"])] = true
		if byOac && (p["Principal"] != "cloudfront.amazonaws.com" || !reflect.DeepEqual(p["SourceArn"], any(arn))) {
			t.Errorf("permission for %v from %v, want CloudFront's from %v only", p["Principal"], p["SourceArn"], arn)
		}
		if !byOac && (p["SourceArn"] != nil || p["Principal"] == "cloudfront.amazonaws.com") {
			t.Errorf("permission for %v from %v, want the signer's role", p["Principal"], p["SourceArn"])
		}
	}
	want := []string{"lambda:InvokeFunction <nil> true", "lambda:InvokeFunctionUrl AWS_IAM <nil>"}
	if got := slices.Sorted(maps.Keys(actions)); !slices.Equal(got, want) {
		t.Errorf("permissions %q, want %q", got, want)
	}
	if !byOac {
		return
	}
	stack.has(t, "AWS::CloudFront::OriginAccessControl", map[string]any{"OriginAccessControlConfig": map[string]any{
		"OriginAccessControlOriginType": "lambda", "SigningBehavior": "always", "SigningProtocol": "sigv4",
	}})
}

// checkEdgeRole wants roles of edge functions without any policy.
func checkEdgeRole(t *testing.T, assembly *cloudAssembly, auth furl.OriginAuth) {
	t.Helper()
	edgeRoles := 0
	assembly.eachResource("AWS::IAM::Role", func(_ *stack, id string, role map[string]any) {
		if !strings.Contains(fmt.Sprint(properties(role)["AssumeRolePolicyDocument"]), "edgelambda.amazonaws.com") {
			return
		}
		edgeRoles++
		if p := properties(role); p["Policies"] != nil || p["ManagedPolicyArns"] != nil {
			t.Errorf("role %s has policies: %v, %v", id, p["Policies"], p["ManagedPolicyArns"])
		}
	})
	assembly.eachResource("AWS::IAM::Policy", func(_ *stack, id string, policy map[string]any) {
		t.Errorf("there is a policy, %s: %v", id, policy)
	})
	wanted := map[furl.OriginAuth]int{furl.OriginAuth_EDGE_SIGNER: 1, furl.OriginAuth_OAC_WITH_BODY_HASH: 1}
	if want := wanted[auth]; edgeRoles != want {
		t.Errorf("%d roles of edge functions, want %d", edgeRoles, want)
	}
}

// checkEdgeCode wants the modules of the edge function for this way to sign, and no others.
func checkEdgeCode(t *testing.T, assembly *cloudAssembly, auth furl.OriginAuth) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(assembly.dir, "asset.*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	want := map[furl.OriginAuth]string{
		furl.OriginAuth_EDGE_SIGNER: "authorizer.mjs authorizer_denial.mjs authorizer_settings.mjs bearer.mjs " +
			"config.mjs index.mjs jwt_verify.mjs keys.mjs sigv4.mjs token.mjs",
		furl.OriginAuth_OAC_WITH_BODY_HASH: "index.mjs",
	}[auth]
	if got := strings.Join(names, " "); got != want {
		t.Errorf("edge functions of %q, want %q", got, want)
	}
}

// TestOnePerStackAndSetting checks that a stack has one CloudFront Function for each setting, and one origin access
// control. Accounts have quotas of both.
func TestOnePerStackAndSetting(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			for _, id := range []string{"One", "Two"} {
				api := furl.NewSecureFunctionUrl(stack, jsii.String(id), &furl.SecureFunctionUrlProps{
					Function:      newFunction(stack, id+"Function"),
					WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC_WITH_BODY_HASH,
				})
				api.AddBehavior("/a/*", newFunction(stack, id+"A"), nil)
				api.AddBehavior("/b/*", newFunction(stack, id+"B"), &furl.BehaviorProps{
					AuthorizationHeader: jsii.String("X-Token"),
				})
				api.AddBehavior("/c/*", newFunction(stack, id+"C"), &furl.BehaviorProps{
					AuthorizationHeader: jsii.String(""),
				})
				api.AddBehavior("/d/*", newFunction(stack, id+"D"), &furl.BehaviorProps{
					OriginAuth: furl.OriginAuth_EDGE_SIGNER,
				})
			}
			nested := awscdk.NewNestedStack(stack, jsii.String("Nested"), nil)
			furl.NewSecureFunctionUrl(nested, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function:      newFunction(nested, "Function"),
				WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC_WITH_BODY_HASH,
			})
			assembly := synth(t, app)
			demo := assembly.stack(t, "Demo")
			expectPermissions(t, demo, 10)
			expectPermissions(t, nestedStackOf(t, assembly), 1)
			expectCount(t, demo, "AWS::CloudFront::Function", 4) // two names, dropped, and the edge signer's
			expectCount(t, demo, "AWS::CloudFront::OriginAccessControl", 1)
			expectCount(t, nestedStackOf(t, assembly), "AWS::CloudFront::Function", 1)
			expectCount(t, nestedStackOf(t, assembly), "AWS::CloudFront::OriginAccessControl", 1)
			expectDistinct(t, assembly, "AWS::CloudFront::Function", "Name", 5)
			hashers, signers := 0, 0
			for _, each := range assembly.stacks {
				for _, function := range each.resources("AWS::Lambda::Function") {
					switch description := fmt.Sprint(properties(function)["Description"]); {
					case strings.HasPrefix(description, "Sets the SHA-256"):
						hashers++
					case strings.HasPrefix(description, "Signs"):
						signers++
					}
				}
			}
			if hashers != 1 || signers != 2 {
				t.Errorf("%d functions for the hash and %d signers, want 1 for the stack and what is nested in it, "+
					"and 1 for each of two distributions", hashers, signers)
			}
		})
	}
}

// TestViewerRequestOfStreams checks that a stack has one viewer-request function for each setting. The functions
// without a stream keep their ids.
func TestViewerRequestOfStreams(t *testing.T) {
	modes := []awslambda.InvokeMode{"", awslambda.InvokeMode_BUFFERED, awslambda.InvokeMode_RESPONSE_STREAM}
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
			})
			for n, auth := range originAuths {
				for m, mode := range modes {
					id := fmt.Sprintf("F%d%d", n, m)
					props := &furl.BehaviorProps{OriginAuth: auth, InvokeMode: mode}
					api.AddBehavior("/"+id, newFunction(stack, id), props)
				}
			}
			settings := map[string]string{}
			for id, function := range synth(t, app).stack(t, "Demo").resources("AWS::CloudFront::Function") {
				settings[id], _, _ = strings.Cut(fmt.Sprint(properties(function)["FunctionCode"]), "\n//")
			}
			const header = "var authorizationHeader = \"x-forwarded-authorization\";\n"
			want := map[string]string{
				"FurlViewerRequestFunction25688475":          "var oac = false;\nvar stream = false;",
				"FurlViewerRequestOacFunction37CDDDCE":       "var oac = true;\n" + header + "var stream = false;",
				"FurlViewerRequestStreamFunctionD2FCDF27":    "var oac = false;\nvar stream = true;",
				"FurlViewerRequestOacStreamFunction6C0A9181": "var oac = true;\n" + header + "var stream = true;",
			}
			if !maps.Equal(settings, want) {
				t.Errorf("viewer-request functions %q, want %q", settings, want)
			}
		})
	}
}

// TestGlobalNames checks the names of CloudFront Functions and origin access controls. They are names of the account,
// not of a region, with 64 characters at most (CloudFront API Reference, API_CreateFunction and
// API_OriginAccessControlConfig).
func TestGlobalNames(t *testing.T) {
	seen := map[string]string{}
	for _, row := range []struct{ stack, region string }{
		{"Demo", "us-east-1"},
		{"Demo", "eu-west-1"},
		{"Other", "us-east-1"},
		{strings.Repeat("Long", 20), "us-east-1"},
	} {
		app := newApp(t)
		parent := awscdk.NewStack(app, jsii.String("Id"), &awscdk.StackProps{ // one app, deployed under several names
			StackName: jsii.String(row.stack),
			Env:       &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(row.region)},
		})
		for _, scope := range []awscdk.Stack{parent, awscdk.NewNestedStack(parent, jsii.String("Nested"), nil)} {
			furl.NewSecureFunctionUrl(scope, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(scope, "Function"), WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC,
			})
		}
		assembly := synth(t, app)
		check := func(in *stack, kind string, name any) {
			text := fmt.Sprint(name)
			if !regexp.MustCompile(`^[\w-]{1,64}$`).MatchString(text) {
				t.Errorf("%s of %s: CloudFront does not take the name %q", kind, in.name, text)
			}
			if other := seen[kind+text]; other != "" {
				t.Errorf("%s of %s in %s has the name of that of %s: %s", kind, in.name, row.region, other, text)
			}
			seen[kind+text] = in.name + " in " + row.region
		}
		assembly.eachResource("AWS::CloudFront::Function", func(in *stack, _ string, function map[string]any) {
			check(in, "function", properties(function)["Name"])
		})
		assembly.eachResource("AWS::CloudFront::OriginAccessControl", func(in *stack, _ string, oac map[string]any) {
			check(in, "origin access control", inside(oac, "Properties", "OriginAccessControlConfig")["Name"])
		})
	}
	if len(seen) != 16 {
		t.Errorf("%d names, want one of each kind in each of four stacks and four nested ones: %v", len(seen), seen)
	}
}

// TestAuthorizationHeader checks that the setting reaches the code at the edge.
func TestAuthorizationHeader(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	for n, props := range []furl.SecureFunctionUrlProps{
		{},
		{AuthorizationHeader: jsii.String("X-Cache-Token")}, // not reserved, though it begins like a reserved name
		{AuthorizationHeader: jsii.String("")},
		{
			Signer: furl.NewEdgeSigner(stack, jsii.String("Signer"), &furl.EdgeSignerProps{
				AuthorizationHeader: jsii.String("x-shared"),
			}),
		},
	} {
		id := fmt.Sprintf("Api%d", n)
		props.Function, props.WithoutWebAcl = newFunction(stack, id+"Function"), true
		api := furl.NewSecureFunctionUrl(stack, jsii.String(id), &props)
		api.AddBehavior("/oac/*", newFunction(stack, id+"Oac"), &furl.BehaviorProps{OriginAuth: furl.OriginAuth_OAC})
	}
	assembly := synth(t, app)
	files, err := filepath.Glob(filepath.Join(assembly.dir, "asset.*", "config.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	var configs []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		configs = append(configs, string(text))
	}
	var codes []string
	for _, function := range assembly.stack(t, "Demo").resources("AWS::CloudFront::Function") {
		code := properties(function)["FunctionCode"].(string)
		settings, _, _ := strings.Cut(code, "\n//")
		codes = append(codes, settings)
		config, published := inside(function, "Properties", "FunctionConfig"), properties(function)["AutoPublish"]
		if config["Runtime"] != "cloudfront-js-2.0" || published != true {
			t.Errorf("runtime %v, published %v: the code is written for 2.0, "+
				"and a distribution takes a published function", config["Runtime"], published)
		}
	}
	slices.Sort(configs)
	slices.Sort(codes)
	if want := []string{
		"export const authorizationHeader = \"\";\n",
		"export const authorizationHeader = \"x-cache-token\";\n",
		"export const authorizationHeader = \"x-forwarded-authorization\";\n",
		"export const authorizationHeader = \"x-shared\";\n",
	}; !slices.Equal(configs, want) {
		t.Errorf("signers' configurations %q, want %q", configs, want)
	}
	if want := []string{
		"var oac = false;\nvar stream = false;",
		"var oac = true;\nvar authorizationHeader = \"\";\nvar stream = false;",
		"var oac = true;\nvar authorizationHeader = \"x-cache-token\";\nvar stream = false;",
		"var oac = true;\nvar authorizationHeader = \"x-forwarded-authorization\";\nvar stream = false;",
		"var oac = true;\nvar authorizationHeader = \"x-shared\";\nvar stream = false;",
	}; !slices.Equal(codes, want) {
		t.Errorf("viewer-request functions' settings %q, want %q", codes, want)
	}
}

// TestOriginAuthRefusals checks the default construct with one mistake each.
func TestOriginAuthRefusals(t *testing.T) {
	type props = furl.SecureFunctionUrlProps
	signerFor := func(s awscdk.Stack, header string) *furl.EdgeSigner {
		return furl.NewEdgeSigner(s, jsii.String("Signer"), &furl.EdgeSignerProps{
			AuthorizationHeader: jsii.String(header),
		})
	}
	someQueries := func(s awscdk.Stack) awscloudfront.OriginRequestPolicy {
		return awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"), &awscloudfront.OriginRequestPolicyProps{
			QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_AllowList(jsii.String("page")),
		})
	}
	for _, row := range []struct {
		name, why string
		build     func(awscdk.Stack, *props)
		want      []string
	}{
		{
			name: "an unknown way", why: "a typing mistake must not mean the default",
			build: func(_ awscdk.Stack, p *props) { p.OriginAuth = "oac" },
			want:  []string{"OriginAuth", `"oac" is no way`, "furl.OriginAuth_OAC"},
		},
		{
			name: "a signer and OAC", why: "only one signs",
			build: func(s awscdk.Stack, p *props) {
				p.Signer, p.OriginAuth = signerFor(s, "x-a"), furl.OriginAuth_OAC
			},
			want: []string{"Signer", "leave one of the two out"},
		},
		{
			name: "a signer and OAC with the body's hash", why: "only one signs",
			build: func(s awscdk.Stack, p *props) {
				p.Signer, p.OriginAuth = signerFor(s, "x-a"), furl.OriginAuth_OAC_WITH_BODY_HASH
			},
			want: []string{"Signer", "leave one of the two out"},
		},
		{
			name: "some queries and the body's hash", why: "the edge sees none of them",
			build: func(s awscdk.Stack, p *props) {
				p.OriginRequestPolicy, p.OriginAuth = someQueries(s), furl.OriginAuth_OAC_WITH_BODY_HASH
			},
			want: []string{"OriginRequestPolicy", "some query strings"},
		},
		{
			name: "another header than the signer's", why: "it has one setting",
			build: func(s awscdk.Stack, p *props) {
				p.Signer, p.AuthorizationHeader = signerFor(s, "x-a"), jsii.String("x-b")
			},
			want: []string{`"x-b" here`, `"x-a" of the signer Demo/Signer`, "leave Signer out"},
		},
		{
			name: "none, and the signer's", why: "dropped is a setting too",
			build: func(s awscdk.Stack, p *props) {
				p.Signer, p.AuthorizationHeader = signerFor(s, "x-a"), jsii.String("")
			},
			want: []string{`"" here`},
		},
		{
			name: "a nil association", why: "it would be a nil pointer's panic",
			build: func(_ awscdk.Stack, p *props) {
				p.FunctionAssociations = &[]*awscloudfront.FunctionAssociation{nil}
			},
			want: []string{"FunctionAssociations", "one of them is nil"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			p := &props{Function: newFunction(stack, "Function")}
			row.build(stack, p)
			message := refusal(t, func() { furl.NewSecureFunctionUrl(stack, jsii.String("Api"), p) })
			for _, want := range append(row.want, `furl.SecureFunctionUrl at "Demo/Api"`) {
				if !strings.Contains(message, want) {
					t.Errorf("%q does not say %q (%s)", message, want, row.why)
				}
			}
		})
	}
	for _, row := range []struct{ name, why string }{
		{"Authorization", "the signature stands there"},
		{"X-Amz-Token", "the signer removes these"},
		{"x-amzn-token", "AWS's, some of them refused at the edge"},
		{"X-Edge-Token", "an edge function may not write it"},
		{"x-accel-redirect", "an edge function may not write it"},
		{"x-cache", "an edge function may not write it"},
		{"x-real-ip", "an edge function may not write it"},
		{"x-furl-verified", "it speaks for the edge signer"},
		{"x-forwarded-proto", "an edge function may not write it"},
		{"X-Forwarded-Host", "it has another meaning"},
		{"x-forwarded-for", "it has another meaning"},
		{"x-forwarded-port", "it has another meaning"},
		{"X-Forwarded-Uri", "it has another meaning"},
		{"x-", "no name of one's own"},
		{`x-a"; b`, "it would end the line of code"},
		{`"; x-a`, "it would end the line of code"},
	} {
		t.Run("header "+row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			message := refusal(t, func() { signerFor(stack, row.name) })
			setting := fmt.Sprintf(`furl.EdgeSigner at "Demo/Signer": AuthorizationHeader: %q is not`, row.name)
			expectText(t, message, setting, `begins with "x-"`)
			if t.Failed() {
				t.Log(row.why)
			}
		})
	}
	t.Run("some queries and OAC are no contradiction", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &props{
			Function:            newFunction(stack, "Function"),
			OriginRequestPolicy: someQueries(stack), OriginAuth: furl.OriginAuth_OAC,
			CachePolicy: awscloudfront.NewCachePolicy(stack, jsii.String("C"), &awscloudfront.CachePolicyProps{
				QueryStringBehavior: awscloudfront.CacheQueryStringBehavior_AllowList(jsii.String("page")),
			}),
		})
	})
	t.Run("a behaviour that contradicts the signer", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &props{Function: newFunction(stack, "Function")})
		message := refusal(t, func() {
			api.AddBehavior("/a", newFunction(stack, "A"), &furl.BehaviorProps{AuthorizationHeader: jsii.String("x-b")})
		})
		expectText(t, message, `"x-forwarded-authorization" of the signer Demo/Api/Signer`,
			"make a SecureFunctionUrl for it, with Distribution and PathPattern")
	})
}

// TestOwnViewerRequest checks the warning for a viewer-request function of the user's, which takes the place of Furl's.
// The warning tells the lines that do the same as Furl's function.
func TestOwnViewerRequest(t *testing.T) {
	const stream = awslambda.InvokeMode_RESPONSE_STREAM
	for _, row := range []struct {
		name   string
		auth   furl.OriginAuth
		mode   awslambda.InvokeMode
		header *string
		risk   string
	}{
		{
			name: "edge signer", auth: furl.OriginAuth_EDGE_SIGNER,
			risk: "in it x-forwarded-host is what the viewer says: ",
		},
		{
			name: "edge signer, streaming", auth: furl.OriginAuth_EDGE_SIGNER, mode: stream,
			risk: "in it x-forwarded-host is what the viewer says, a compressed stream may end in 502: ",
		},
		{
			name: "OAC", auth: furl.OriginAuth_OAC,
			risk: "in it x-forwarded-host and x-forwarded-uri are what the viewer says, its Authorization is lost, " +
				"x-amz-* and x-forwarded-authorization can be forged: ",
		},
		{
			name: "OAC, streaming", auth: furl.OriginAuth_OAC, mode: stream,
			risk: "are what the viewer says, a compressed stream may end in 502, its Authorization is lost, ",
		},
		{
			name: "by another name", auth: furl.OriginAuth_OAC_WITH_BODY_HASH, header: jsii.String("x-token"),
			risk: "says, its Authorization is lost, x-amz-* and x-forwarded-authorization and x-token can be forged: ",
		},
		{
			name: "dropped", auth: furl.OriginAuth_OAC, header: jsii.String(""),
			risk: "says, x-amz-* and x-forwarded-authorization can be forged: ",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			own := func(id string, event awscloudfront.FunctionEventType) *awscloudfront.FunctionAssociation {
				code := jsii.String("function handler(event) { return event.request; }")
				return &awscloudfront.FunctionAssociation{
					EventType: event,
					Function: awscloudfront.NewFunction(stack, jsii.String(id), &awscloudfront.FunctionProps{
						Code: awscloudfront.FunctionCode_FromInline(code),
					}),
				}
			}
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function:      newFunction(stack, "Function"),
				WithoutWebAcl: true, OriginAuth: row.auth, AuthorizationHeader: row.header,
				FunctionAssociations: &[]*awscloudfront.FunctionAssociation{
					own("Request", awscloudfront.FunctionEventType_VIEWER_REQUEST),
				},
				InvokeMode: row.mode,
			})
			api.AddBehavior("/a", newFunction(stack, "A"), &furl.BehaviorProps{
				InvokeMode: row.mode,
				FunctionAssociations: &[]*awscloudfront.FunctionAssociation{
					own("Response", awscloudfront.FunctionEventType_VIEWER_RESPONSE),
				},
			})
			demo := synth(t, app).stack(t, "Demo")
			expectCount(t, demo, "AWS::CloudFront::Function", 3) // two of the user's, and Furl's for the behaviour
			var warnings []string
			for _, m := range demo.messages {
				if m.level == "warning" && strings.Contains(m.text, "viewer-request") {
					warnings = append(warnings, m.path+": "+m.text)
				}
			}
			if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "/Demo/Api:") ||
				!strings.Contains(warnings[0], row.risk) {
				t.Fatalf("warnings %q, want one for /Demo/Api with %q", warnings, row.risk)
			}
			checkWarnedLines(t, demo, warnings[0])
			for _, distribution := range demo.resources("AWS::CloudFront::Distribution") {
				config := properties(distribution)["DistributionConfig"].(map[string]any)
				for n, behavior := range append(config["CacheBehaviors"].([]any), config["DefaultCacheBehavior"]) {
					if got := len(behavior.(map[string]any)["FunctionAssociations"].([]any)); got != 2-n {
						t.Errorf("%d associations on behaviour %d", got, n)
					}
				}
			}
		})
	}
}

// forwardOnly is a policy that forwards these headers, and each query string.
func forwardOnly(names ...string) *awscloudfront.OriginRequestPolicyProps {
	return &awscloudfront.OriginRequestPolicyProps{
		QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_All(),
		HeaderBehavior:      awscloudfront.OriginRequestHeaderBehavior_AllowList(*jsii.Strings(names...)...),
	}
}

// forwardAllBut is a policy that forwards all headers but these, and each query string.
func forwardAllBut(names ...string) *awscloudfront.OriginRequestPolicyProps {
	return &awscloudfront.OriginRequestPolicyProps{
		QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_All(),
		HeaderBehavior:      awscloudfront.OriginRequestHeaderBehavior_DenyList(*jsii.Strings(names...)...),
	}
}

// TestForwardingWarnings checks the warnings about an origin request policy of the user's. The policy keeps headers of
// Furl's from the function, or lets the viewer claim another address.
func TestForwardingWarnings(t *testing.T) {
	for _, row := range []struct {
		name   string
		auth   furl.OriginAuth
		header *string
		policy *awscloudfront.OriginRequestPolicyProps // nil for CORS-CustomOrigin, a managed policy
		inKey  string
		want   []string // parts of the warnings, in order
	}{
		{
			name: "all that is needed", auth: furl.OriginAuth_OAC,
			policy: forwardOnly("X-Forwarded-Host", "x-forwarded-authorization", "X-Amz-Content-Sha256",
				"CloudFront-Viewer-Address"),
			inKey: "X-A",
		},
		{
			name: "a list without them", auth: furl.OriginAuth_OAC, policy: forwardOnly("X-B"),
			inKey: "X-A",
			want: []string{
				"x-forwarded-host (the viewer's host), x-forwarded-authorization (the viewer's Authorization), " +
					"cloudfront-viewer-address (the viewer's address), " +
					"x-amz-content-sha256 (without it each PUT, POST and PATCH is 403). " +
					"Leave it out, or allow these headers in it. [",
			},
		},
		{
			name: "a managed policy", auth: furl.OriginAuth_OAC, inKey: "X-A",
			want: []string{"keeps from the function: x-forwarded-host (the viewer's host), x-forwarded-authorization"},
		},
		{
			name: "the hash is set at the edge", auth: furl.OriginAuth_OAC_WITH_BODY_HASH,
			policy: forwardOnly("X-Forwarded-Host", "CloudFront-Viewer-Address"), inKey: "X-A",
			want: []string{"function: x-forwarded-authorization (the viewer's Authorization). Leave"},
		},
		{
			name: "another name", auth: furl.OriginAuth_OAC_WITH_BODY_HASH,
			header: jsii.String("x-token"),
			policy: forwardOnly("X-Forwarded-Host", "CloudFront-Viewer-Address"), inKey: "X-A",
			want: []string{"function: x-token (the viewer's Authorization). Leave"},
		},
		{
			name: "no name", auth: furl.OriginAuth_OAC_WITH_BODY_HASH,
			header: jsii.String(""),
			policy: forwardOnly("X-Forwarded-Host", "CloudFront-Viewer-Address"), inKey: "X-A",
		},
		{
			name: "the signer reads Authorization", auth: furl.OriginAuth_EDGE_SIGNER,
			policy: forwardOnly("X-Forwarded-Host", "X-Forwarded-Authorization", "CloudFront-Viewer-Address"),
			inKey:  "X-A",
			want: []string{"function: Authorization (the viewer's Authorization). " +
				"Leave it out, or allow these headers in it (Authorization in the CachePolicy"},
		},
		{
			name: "which is in the key", auth: furl.OriginAuth_EDGE_SIGNER,
			policy: forwardOnly("X-Forwarded-Host", "CloudFront-Viewer-Address"),
			inKey:  "Authorization",
		},
		{
			name: "no address", auth: furl.OriginAuth_EDGE_SIGNER,
			policy: forwardOnly("X-Forwarded-Host"), inKey: "Authorization",
			want: []string{"function: cloudfront-viewer-address (the viewer's address). Leave"},
		},
		{
			name: "all but Host", auth: furl.OriginAuth_EDGE_SIGNER, policy: forwardAllBut("Host"),
			inKey: "X-A",
			want:  []string{"Name CloudFront-Viewer-Address too"},
		},
		{
			name: "all but Host and the address", auth: furl.OriginAuth_EDGE_SIGNER,
			policy: forwardAllBut("Host", "cloudfront-viewer-address"), inKey: "X-A",
		},
		{
			name: "all but Host and another", auth: furl.OriginAuth_OAC,
			policy: forwardAllBut("Host", "x-forwarded-host", "cloudfront-viewer-address"),
			inKey:  "X-A",
			want:   []string{"function: x-forwarded-host (the viewer's host). Leave"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			props := &furl.SecureFunctionUrlProps{
				Function:      newFunction(stack, "Function"),
				WithoutWebAcl: true, OriginAuth: row.auth, AuthorizationHeader: row.header,
				CachePolicy: awscloudfront.NewCachePolicy(stack, jsii.String("Key"), &awscloudfront.CachePolicyProps{
					HeaderBehavior: awscloudfront.CacheHeaderBehavior_AllowList(jsii.String(row.inKey)),
				}),
				OriginRequestPolicy: awscloudfront.OriginRequestPolicy_CORS_CUSTOM_ORIGIN(),
			}
			if row.policy != nil {
				props.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(stack, jsii.String("Policy"),
					row.policy)
			}
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), props)
			var got []string
			for _, m := range synth(t, app).stack(t, "Demo").messages {
				if m.level == "warning" && m.path == "/Demo/Api" && !strings.Contains(m.text, "furl:cacheKey") {
					got = append(got, m.text)
				}
			}
			if !slices.EqualFunc(got, row.want, strings.Contains) {
				t.Errorf("warnings %q, want %q", got, row.want)
			}
		})
	}
}

// checkWarnedLines runs Furl's function of a stack and the lines of a warning on the same headers. Both must give the
// same headers.
func checkWarnedLines(t *testing.T, in *stack, warning string) {
	t.Helper()
	var furls string
	for _, function := range in.resources("AWS::CloudFront::Function") {
		if code := fmt.Sprint(properties(function)["FunctionCode"]); strings.HasPrefix(code, "var oac") {
			furls = code
		}
	}
	_, lines, _ := strings.Cut(warning, ": request.headers")
	lines, _, _ = strings.Cut(lines, " [ack: ")
	script := fmt.Sprintf(`
for (const authorization of [undefined, { value: "Bearer a" }]) {
	const headers = JSON.stringify({ host: { value: "h" }, authorization });
	const names = ["forwarded-host", "forwarded-uri", "forwarded-authorization", "token", "amz-date"];
	names.push("amz-content-sha256", "amzn-trace-id", "other");
	const value = { value: "of the viewer" };
	const headerNames = [...names.map((name) => "x-" + name), "accept-encoding", "accept"];
	const forged = JSON.stringify(Object.fromEntries(headerNames.map((name) => [name, value])));
	const event = () => ({ request: { headers: { ...JSON.parse(headers), ...JSON.parse(forged) } } });
	const sorted = ({ headers }) => JSON.stringify(Object.entries(headers).sort());
	const want = sorted(new Function("event", %[1]q + "return handler(event);")(event()));
	const got = sorted(new Function("request", "request.headers" + %[2]q + "return request;")(event().request));
	if (got !== want) console.log("with the lines " + got + ", with Furl's function " + want);
}`, furls, lines)
	if out, err := output(t.TempDir(), nil, "node", "-e", script); out != "" || err != nil {
		t.Errorf("%s%v\nthe lines are: %s", out, err, lines)
	}
}

// TestOacInformation checks that the synthesis tells what clients must send with OriginAuth_OAC.
func TestOacInformation(t *testing.T) {
	for _, auth := range originAuths {
		app := newApp(t)
		stack := newStack(app, "Demo", "us-east-1")
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function: newFunction(stack, "Function"), WithoutWebAcl: true, OriginAuth: auth,
		})
		told := slices.ContainsFunc(synth(t, app).stack(t, "Demo").messages, func(m message) bool {
			return m.level == "info" && m.path == "/Demo/Api" &&
				strings.Contains(m.text, "PUT, POST and PATCH") && strings.Contains(m.text, "x-amz-content-sha256")
		})
		if told != (auth == furl.OriginAuth_OAC) {
			t.Errorf("%s: told %v", auth, told)
		}
	}
}

// TestOacOfImportedFunction checks the commands that the synthesis tells for a function whose policy CDK cannot write.
func TestOacOfImportedFunction(t *testing.T) {
	app := newApp(t)
	stack := awscdk.NewStack(app, jsii.String("Demo"), &awscdk.StackProps{Env: &awscdk.Environment{
		Region: jsii.String("us-east-1"),
	}})
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: awslambda.Function_FromFunctionAttributes(stack, jsii.String("Theirs"), &awslambda.FunctionAttributes{
			FunctionArn: jsii.String("arn:aws:lambda:us-east-1:" + account + ":function:theirs"),
		}),
		WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC,
	})
	demo := synth(t, app).stack(t, "Demo")
	expectCount(t, demo, "AWS::Lambda::Permission", 0)
	at := slices.IndexFunc(demo.messages, func(m message) bool {
		return strings.Contains(m.text, "furl:functionPolicy")
	})
	if at < 0 {
		t.Fatalf("no annotation among %v", demo.messages)
	}
	expectText(t, demo.messages[at].text, "Demo/Theirs is imported",
		"--principal 'cloudfront.amazonaws.com' --source-arn '<the source's ARN, such as the distribution's>'",
		"--statement-id furl-url-", "--function-url-auth-type AWS_IAM", "--invoked-via-function-url")
}
