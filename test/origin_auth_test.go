package test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// originAuths are the ways to sign, each in the region of CloudFront's resources and in another one.
var originAuths = []furl.OriginAuth{furl.OriginAuth_EDGE_SIGNER, furl.OriginAuth_OAC, furl.OriginAuth_OAC_WITH_BODY_HASH}

// TestOriginAuth: what signs, and that nothing else may call the function.
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
				checkSigning(t, assembly, assembly.stack(t, "Demo"), auth)
				checkEdgeRole(t, assembly, auth)
			})
		}
	}
}

// checkSigning holds the one origin, behaviour and policy of a stack against the way to sign.
func checkSigning(t *testing.T, assembly *cloudAssembly, stack *stack, auth furl.OriginAuth) {
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
	actions := map[string]bool{}
	for _, permission := range stack.resources("AWS::Lambda::Permission") {
		p := properties(permission)
		actions[fmt.Sprint(p["Action"], " ", p["FunctionUrlAuthType"], " ", p["InvokedViaFunctionUrl"])] = true
		source := fmt.Sprint(p["SourceArn"])
		if byOac && (p["Principal"] != "cloudfront.amazonaws.com" || !strings.Contains(source, distributionId)) {
			t.Errorf("permission for %v from %s, want CloudFront's from %s only", p["Principal"], source, distributionId)
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

// checkEdgeRole: an edge function may write its log, and call nothing.
func checkEdgeRole(t *testing.T, assembly *cloudAssembly, auth furl.OriginAuth) {
	t.Helper()
	edgeRoles := 0
	assembly.eachResource("AWS::IAM::Role", func(_ *stack, id string, role map[string]any) {
		if !strings.Contains(fmt.Sprint(properties(role)["AssumeRolePolicyDocument"]), "edgelambda.amazonaws.com") {
			return
		}
		edgeRoles++
		if text := fmt.Sprint(role); strings.Contains(text, "lambda:") || strings.Contains(text, "ManagedPolicyArns") {
			t.Errorf("role %s may do more than log: %s", id, text)
		}
	})
	if want := map[furl.OriginAuth]int{furl.OriginAuth_EDGE_SIGNER: 1, furl.OriginAuth_OAC_WITH_BODY_HASH: 1}[auth]; edgeRoles != want {
		t.Errorf("%d roles of edge functions, want %d", edgeRoles, want)
	}
}

// TestOnePerStackAndSetting: accounts have quotas of CloudFront Functions and origin access controls.
func TestOnePerStackAndSetting(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			for _, id := range []string{"One", "Two"} {
				api := furl.NewSecureFunctionUrl(stack, jsii.String(id), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, id+"Function"), WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC_WITH_BODY_HASH,
				})
				api.AddBehavior("/a/*", newFunction(stack, id+"A"), nil)
				api.AddBehavior("/b/*", newFunction(stack, id+"B"), &furl.BehaviorProps{AuthorizationHeader: jsii.String("X-Token")})
				api.AddBehavior("/c/*", newFunction(stack, id+"C"), &furl.BehaviorProps{AuthorizationHeader: jsii.String("")})
				api.AddBehavior("/d/*", newFunction(stack, id+"D"), &furl.BehaviorProps{OriginAuth: furl.OriginAuth_EDGE_SIGNER})
			}
			nested := awscdk.NewNestedStack(stack, jsii.String("Nested"), nil)
			furl.NewSecureFunctionUrl(nested, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(nested, "Function"), WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC_WITH_BODY_HASH,
			})
			assembly := synth(t, app)
			demo := assembly.stack(t, "Demo")
			expectCount(t, demo, "AWS::CloudFront::Function", 4) // two names, dropped, and the edge signer's
			expectCount(t, demo, "AWS::CloudFront::OriginAccessControl", 1)
			expectCount(t, nestedStackOf(t, assembly), "AWS::CloudFront::Function", 1)
			expectCount(t, nestedStackOf(t, assembly), "AWS::CloudFront::OriginAccessControl", 1)
			expectDistinct(t, assembly, "AWS::CloudFront::Function", "Name", 5)
			hashers, signers := 0, 0
			for _, function := range assembly.edge(t, "Demo", region).resources("AWS::Lambda::Function") {
				switch description := fmt.Sprint(properties(function)["Description"]); {
				case strings.HasPrefix(description, "Sets the SHA-256"):
					hashers++
				case strings.HasPrefix(description, "Signs"):
					signers++
				}
			}
			if hashers != 1 || signers != 2 {
				t.Errorf("%d functions for the hash and %d signers, want 1 for the stack, and 1 for each of two distributions", hashers, signers)
			}
		})
	}
}

// TestAuthorizationHeader: the setting reaches the code that runs.
func TestAuthorizationHeader(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	for n, header := range []*string{nil, jsii.String("X-User-Token"), jsii.String("")} {
		id := fmt.Sprintf("Api%d", n)
		api := furl.NewSecureFunctionUrl(stack, jsii.String(id), &furl.SecureFunctionUrlProps{
			Function: newFunction(stack, id+"Function"), WithoutWebAcl: true, AuthorizationHeader: header,
		})
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
	}
	slices.Sort(configs)
	slices.Sort(codes)
	if want := []string{
		"export const authorizationHeader = \"\";\n", "export const authorizationHeader = \"x-forwarded-authorization\";\n",
		"export const authorizationHeader = \"x-user-token\";\n",
	}; !slices.Equal(configs, want) {
		t.Errorf("signers' configurations %q, want %q", configs, want)
	}
	if want := []string{
		"var oac = false;", "var oac = true;\nvar authorizationHeader = \"\";", "var oac = true;\nvar authorizationHeader = \"x-forwarded-authorization\";",
		"var oac = true;\nvar authorizationHeader = \"x-user-token\";",
	}; !slices.Equal(codes, want) {
		t.Errorf("viewer-request functions' settings %q, want %q", codes, want)
	}
}

// TestOriginAuthRefusals: each is the default construct with one thing wrong.
func TestOriginAuthRefusals(t *testing.T) {
	type props = furl.SecureFunctionUrlProps
	signerFor := func(s awscdk.Stack, header string) *furl.EdgeSigner {
		return furl.NewEdgeSigner(s, jsii.String("Signer"), &furl.EdgeSignerProps{AuthorizationHeader: jsii.String(header)})
	}
	for _, row := range []struct {
		name, why string
		build     func(awscdk.Stack, *props)
		want      []string
	}{
		{"an unknown way", "a typing mistake must not mean the default", func(_ awscdk.Stack, p *props) { p.OriginAuth = "oac" }, []string{"OriginAuth", `"oac" is no way`, "furl.OriginAuth_OAC"}},
		{"a signer and OAC", "only one signs", func(s awscdk.Stack, p *props) {
			p.Signer, p.OriginAuth = signerFor(s, "x-a"), furl.OriginAuth_OAC
		}, []string{"Signer", "leave one of the two out"}},
		{"another header than the signer's", "it has one setting", func(s awscdk.Stack, p *props) {
			p.Signer, p.AuthorizationHeader = signerFor(s, "x-a"), jsii.String("x-b")
		}, []string{`"x-b" here`, `"x-a" of the signer Demo/Signer`}},
		{"none, and the signer's", "dropped is a setting too", func(s awscdk.Stack, p *props) {
			p.Signer, p.AuthorizationHeader = signerFor(s, "x-a"), jsii.String("")
		}, []string{`"" here`}},
		{"authorization itself", "the signature stands there", func(_ awscdk.Stack, p *props) { p.AuthorizationHeader = jsii.String("Authorization") }, []string{"AuthorizationHeader", `begins with "x-"`}},
		{"one of AWS", "the signer removes these", func(_ awscdk.Stack, p *props) { p.AuthorizationHeader = jsii.String("X-Amz-Token") }, []string{"AuthorizationHeader"}},
		{"one of CloudFront", "an edge function may not write it", func(_ awscdk.Stack, p *props) { p.AuthorizationHeader = jsii.String("X-Edge-Token") }, []string{"AuthorizationHeader"}},
		{"x-forwarded-host", "it has another meaning", func(_ awscdk.Stack, p *props) { p.AuthorizationHeader = jsii.String("x-forwarded-host") }, []string{"AuthorizationHeader"}},
		{"a nil association", "it would be a nil pointer's panic", func(_ awscdk.Stack, p *props) {
			p.FunctionAssociations = &[]*awscloudfront.FunctionAssociation{nil}
		}, []string{"FunctionAssociations", "one of them is nil"}},
		{"no name of a header", "it would end the line of code", func(_ awscdk.Stack, p *props) { p.AuthorizationHeader = jsii.String("x-a\"; b") }, []string{"AuthorizationHeader"}},
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
	t.Run("a behaviour that contradicts the signer", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &props{Function: newFunction(stack, "Function")})
		message := refusal(t, func() {
			api.AddBehavior("/a", newFunction(stack, "A"), &furl.BehaviorProps{AuthorizationHeader: jsii.String("x-b")})
		})
		expectText(t, message, `"x-forwarded-authorization" of the signer Demo/Api/Signer`, "make a SecureFunctionUrl for it, with Distribution and PathPattern")
	})
}

// TestOwnViewerRequest: a function of the caller's takes the place of Furl's, and is told what it has to do.
func TestOwnViewerRequest(t *testing.T) {
	for _, row := range []struct {
		name   string
		auth   furl.OriginAuth
		header *string
		risk   string
		lines  []string
	}{
		{"the signer sees to the rest", furl.OriginAuth_EDGE_SIGNER, nil, "x-forwarded-host is what the viewer says: var", []string{"headers['x-forwarded-host']"}},
		{"origin access control does not", furl.OriginAuth_OAC, nil, "x-forwarded-host and x-forwarded-authorization are what the viewer says, the viewer's Authorization is lost, and ", []string{
			"headers['x-forwarded-host']", "name.indexOf('x-amz-') === 0", "=== 'x-forwarded-authorization') delete", "headers['x-forwarded-authorization'] = headers.authorization;",
		}},
		{"another header", furl.OriginAuth_OAC_WITH_BODY_HASH, jsii.String("X-Token"), "x-forwarded-host, x-forwarded-authorization and x-token are what the viewer says, the viewer's Authorization is lost, and ", []string{
			"=== 'x-forwarded-authorization' || name === 'x-token') delete", "headers['x-token'] = headers.authorization;",
		}},
		{"none", furl.OriginAuth_OAC, jsii.String(""), "x-forwarded-host and x-forwarded-authorization are what the viewer says, and requests", []string{"=== 'x-forwarded-authorization') delete headers[name]; })"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true, OriginAuth: row.auth, AuthorizationHeader: row.header,
				FunctionAssociations: ownFunction(stack, awscloudfront.FunctionEventType_VIEWER_REQUEST, ""),
			})
			api.AddBehavior("/a", newFunction(stack, "A"), &furl.BehaviorProps{
				FunctionAssociations: ownFunction(stack, awscloudfront.FunctionEventType_VIEWER_RESPONSE, ""),
			})
			assembly := synth(t, app)
			demo := assembly.stack(t, "Demo")
			expectCount(t, demo, "AWS::CloudFront::Function", 3) // two of the caller's, and Furl's for the behaviour
			lines := linesToWrite(t, demo, row.risk)
			expectText(t, lines, row.lines...)
			if row.header != nil && *row.header == "" && strings.Contains(lines, "headers.authorization") {
				t.Errorf("a header that is dropped is passed on by %q", lines)
			}
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

// ownFunction is a CloudFront Function of the caller's, with these lines in it.
func ownFunction(stack awscdk.Stack, event awscloudfront.FunctionEventType, lines string) *[]*awscloudfront.FunctionAssociation {
	code := fmt.Sprintf("function handler(event) { var request = event.request; %s return request; }", lines)
	return &[]*awscloudfront.FunctionAssociation{{EventType: event, Function: awscloudfront.NewFunction(stack, jsii.String("Own"+string(event)), &awscloudfront.FunctionProps{
		Code: awscloudfront.FunctionCode_FromInline(jsii.String(code)), Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
	})}}
}

// linesToWrite are those of the one warning for a viewer-request function of the caller's, which has to name the risk.
func linesToWrite(t *testing.T, stack *stack, risk string) string {
	t.Helper()
	var warnings []message
	for _, m := range stack.messages {
		if m.level == "warning" && strings.Contains(m.text, "viewer-request") {
			warnings = append(warnings, m)
		}
	}
	if len(warnings) != 1 || warnings[0].path != "/Demo/Api" || !strings.Contains(warnings[0].text, "Without these lines in it "+risk) {
		t.Fatalf("warnings %v, want one for /Demo/Api that names the risk: %s", warnings, risk)
	}
	_, lines, _ := strings.Cut(warnings[0].text, ": var ")
	lines, _, _ = strings.Cut(lines, " [ack: ")
	return "var " + lines
}

// TestOwnViewerRequestWithTheLines: with the lines that the warning gives, the function sees what it sees with Furl's own function.
func TestOwnViewerRequestWithTheLines(t *testing.T) {
	for _, auth := range []furl.OriginAuth{furl.OriginAuth_EDGE_SIGNER, furl.OriginAuth_OAC} {
		t.Run(string(auth), func(t *testing.T) {
			lines := ""
			var assembly *cloudAssembly
			for range 2 { // the first time to be told the lines
				app := newApp(t)
				stack := newStack(app, "Demo", "us-east-1")
				furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newEchoFunction(t, stack), OriginAuth: auth,
					FunctionAssociations: ownFunction(stack, awscloudfront.FunctionEventType_VIEWER_REQUEST, lines),
				})
				assembly = synth(t, app)
				lines = linesToWrite(t, assembly.stack(t, "Demo"), "")
			}
			testHeaders(t, startLocal(t, assembly.dir).edge(t))
		})
	}
}

// TestForwardingWarnings: a policy of the caller's that keeps from the function what Furl passes on, or lets the viewer claim its address.
func TestForwardingWarnings(t *testing.T) {
	type policy = awscloudfront.OriginRequestPolicyProps
	all := awscloudfront.OriginRequestQueryStringBehavior_All()
	some := func(names ...string) *policy {
		return &policy{QueryStringBehavior: all, HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_AllowList(*jsii.Strings(names...)...)}
	}
	allBut := func(names ...string) *policy {
		return &policy{QueryStringBehavior: all, HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(*jsii.Strings(names...)...)}
	}
	for _, row := range []struct {
		name   string
		auth   furl.OriginAuth
		header *string
		policy *policy // nil: CORS-CustomOrigin, a managed one
		inKey  string
		want   []string // parts of the warnings, in order
	}{
		{"all that is needed", furl.OriginAuth_OAC, nil, some("X-Forwarded-Host", "x-forwarded-authorization", "X-Amz-Content-Sha256", "CloudFront-Viewer-Address"), "X-A", nil},
		{"a list without them", furl.OriginAuth_OAC, nil, some("X-B"), "X-A", []string{
			"x-forwarded-host (the viewer's host), x-forwarded-authorization (the viewer's Authorization), x-amz-content-sha256 (without it each PUT, POST and PATCH is 403). Leave",
		}},
		{"a managed policy", furl.OriginAuth_OAC, nil, nil, "X-A", []string{"keeps from the function: x-forwarded-host (the viewer's host), x-forwarded-authorization"}},
		{"the hash is set at the edge", furl.OriginAuth_OAC_WITH_BODY_HASH, nil, some("X-Forwarded-Host"), "X-A", []string{"function: x-forwarded-authorization (the viewer's Authorization). Leave"}},
		{"another name", furl.OriginAuth_OAC_WITH_BODY_HASH, jsii.String("x-token"), some("X-Forwarded-Host"), "X-A", []string{"function: x-token (the viewer's Authorization). Leave"}},
		{"no name", furl.OriginAuth_OAC_WITH_BODY_HASH, jsii.String(""), some("X-Forwarded-Host"), "X-A", nil},
		{"the signer reads Authorization", furl.OriginAuth_EDGE_SIGNER, nil, some("X-Forwarded-Host", "X-Forwarded-Authorization"), "X-A", []string{"function: Authorization (the viewer's Authorization). Leave"}},
		{"which is in the key", furl.OriginAuth_EDGE_SIGNER, nil, some("X-Forwarded-Host"), "Authorization", nil},
		{"all but Host", furl.OriginAuth_EDGE_SIGNER, nil, allBut("Host"), "X-A", []string{"Name CloudFront-Viewer-Address too"}},
		{"all but Host and the address", furl.OriginAuth_EDGE_SIGNER, nil, allBut("Host", "cloudfront-viewer-address"), "X-A", nil},
		{"all but Host and another", furl.OriginAuth_OAC, nil, allBut("Host", "x-forwarded-host", "cloudfront-viewer-address"), "X-A", []string{"function: x-forwarded-host (the viewer's host). Leave"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			props := &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true, OriginAuth: row.auth, AuthorizationHeader: row.header,
				CachePolicy: awscloudfront.NewCachePolicy(stack, jsii.String("Key"), &awscloudfront.CachePolicyProps{
					HeaderBehavior: awscloudfront.CacheHeaderBehavior_AllowList(jsii.String(row.inKey)),
				}),
				OriginRequestPolicy: awscloudfront.OriginRequestPolicy_CORS_CUSTOM_ORIGIN(),
			}
			if row.policy != nil {
				props.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(stack, jsii.String("Policy"), row.policy)
			}
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), props)
			var got []string
			for _, m := range synth(t, app).stack(t, "Demo").messages {
				if m.level == "warning" && m.path == "/Demo/Api" {
					got = append(got, m.text)
				}
			}
			if !slices.EqualFunc(got, row.want, strings.Contains) {
				t.Errorf("warnings %q, want %q", got, row.want)
			}
		})
	}
}

// TestOacInformation: who chooses OriginAuth_OAC is told what clients have to send.
func TestOacInformation(t *testing.T) {
	for _, auth := range originAuths {
		app := newApp(t)
		stack := newStack(app, "Demo", "us-east-1")
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: newFunction(stack, "Function"), WithoutWebAcl: true, OriginAuth: auth})
		told := slices.ContainsFunc(synth(t, app).stack(t, "Demo").messages, func(m message) bool {
			return m.level == "info" && m.path == "/Demo/Api" && strings.Contains(m.text, "PUT, POST and PATCH") && strings.Contains(m.text, "x-amz-content-sha256")
		})
		if told != (auth == furl.OriginAuth_OAC) {
			t.Errorf("%s: told %v", auth, told)
		}
	}
}

// TestOacOfImportedFunction: whose policy cannot be written is told in the commands to run.
func TestOacOfImportedFunction(t *testing.T) {
	app := newApp(t)
	stack := awscdk.NewStack(app, jsii.String("Demo"), &awscdk.StackProps{Env: &awscdk.Environment{Region: jsii.String("us-east-1")}})
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: awslambda.Function_FromFunctionAttributes(stack, jsii.String("Theirs"), &awslambda.FunctionAttributes{
			FunctionArn: jsii.String("arn:aws:lambda:us-east-1:" + account + ":function:theirs"),
		}),
		WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC,
	})
	demo := synth(t, app).stack(t, "Demo")
	expectCount(t, demo, "AWS::Lambda::Permission", 0)
	at := slices.IndexFunc(demo.messages, func(m message) bool { return strings.Contains(m.text, "furl:functionPolicy") })
	if at < 0 {
		t.Fatalf("no annotation among %v", demo.messages)
	}
	expectText(t, demo.messages[at].text, "Demo/Theirs is imported",
		"--principal 'cloudfront.amazonaws.com' --source-arn '<the distribution's ARN>' --statement-id furl-url-", "--function-url-auth-type AWS_IAM", "--invoked-via-function-url")
}
