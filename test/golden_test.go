package test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

var update = flag.Bool("update", false, "accept the templates as they are: go test ./test -run Golden -update")

// TestGolden compares the templates of each construct with golden files, in both kinds of region. So no template
// changes unseen. A changed logical id in them is a breaking change.
func TestGolden(t *testing.T) {
	for _, row := range goldenStacks {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				row.build(newStack(app, "Demo", region))
				checkGolden(t, row.name+"."+region, synth(t, app))
			})
		}
	}
}

// goldenStacks are stacks with one construct each. The name is that of the golden files.
var goldenStacks = []struct {
	name  string
	build func(awscdk.Stack)
}{
	{name: "edge_signer", build: func(stack awscdk.Stack) {
		furl.NewEdgeSigner(stack, jsii.String("Signer"), nil).AllowInvoke(newFunction(stack, "Function"))
	}},
	{name: "web_acl", build: func(stack awscdk.Stack) {
		newTopic(stack)
		furl.NewWebAcl(stack, jsii.String("Acl"), &furl.WebAclProps{
			AllowedCidrs: []string{"203.0.113.0/24", "2001:db8::/32"},
			BlockedCidrs: []string{"203.0.113.66/32", "2001:db8:bad::/48"}, RateLimit: 500,
		})
	}},
	{name: "secure_function_url", build: func(stack awscdk.Stack) { defaultApi(stack) }},
	{name: "secure_function_url_behavior", build: func(stack awscdk.Stack) {
		api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function: newFunction(stack, "Function").AddAlias(jsii.String("live"), nil), WithoutWebAcl: true,
			Cors: &awslambda.FunctionUrlCorsOptions{AllowedOrigins: jsii.Strings("https://app.example.com")},
		})
		reports := api.AddBehavior("/reports/*", newFunction(stack, "Reports"), nil)
		reports.GrantInvokeUrl(newFunction(stack, "Worker"))
	}},
	{name: "secure_function_url_oac", build: func(stack awscdk.Stack) {
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function:      newFunction(stack, "Function").AddAlias(jsii.String("live"), nil),
			WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC,
		})
	}},
	{name: "secure_function_url_oac_with_body_hash", build: func(stack awscdk.Stack) {
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function:      newFunction(stack, "Function"),
			WithoutWebAcl: true, OriginAuth: furl.OriginAuth_OAC_WITH_BODY_HASH,
		})
	}},
	{name: "secure_function_url_authorizer", build: func(stack awscdk.Stack) {
		api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function: newFunction(stack, "Function"), WithoutWebAcl: true, Authorizer: poolTokens(stack),
			Cors: &awslambda.FunctionUrlCorsOptions{
				AllowedOrigins: jsii.Strings("https://app.example.com"), AllowedHeaders: jsii.Strings("authorization"),
				AllowCredentials: jsii.Bool(true),
			},
		})
		api.AddBehavior("/partners/*", newFunction(stack, "Partners"), &furl.BehaviorProps{Authorizer: oidcTokens()})
		api.AddBehavior("/health", newFunction(stack, "Health"), &furl.BehaviorProps{Authorizer: furl.NoAuthorizer()})
	}},
	{name: "credential_grant", build: func(stack awscdk.Stack) {
		furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
			Authorizer: furl.CognitoAuthorizer(awscognito.NewUserPool(stack, jsii.String("Pool"), nil)),
			Functions: []furl.GrantFunction{
				{Name: "summarise", Function: newFunction(stack, "Function")},
				{Name: "live", Function: newFunction(stack, "Other").AddAlias(jsii.String("live"), nil)},
			},
			AllowedOrigins: []string{"https://app.example.com"}, CloudWatchRole: true,
		})
	}},
}

// checkGolden compares each template of an assembly with the file of its stack's name in testdata/golden/<name>. With
// -update it writes these files.
func checkGolden(t *testing.T, name string, assembly *cloudAssembly) {
	t.Helper()
	dir := filepath.Join("testdata", "golden", name)
	if *update {
		writeGolden(t, dir, assembly)
		return
	}
	for _, difference := range goldenDifferences(t, dir, assembly) {
		t.Errorf("%s (accept it with: go test ./test -run Golden -update)", difference)
	}
}

func writeGolden(t *testing.T, dir string, assembly *cloudAssembly) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, stack := range assembly.stacks {
		if err := os.WriteFile(filepath.Join(dir, goldenFile(name)), masked(t, stack), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func goldenDifferences(t *testing.T, dir string, assembly *cloudAssembly) []string {
	t.Helper()
	var differences []string
	expected := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(assembly.stacks)) {
		file := goldenFile(name)
		expected[file] = true
		golden, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			differences = append(differences, fmt.Sprintf("stack %s is new: %v", name, err))
			continue
		}
		if line := firstDifference(string(golden), string(masked(t, assembly.stacks[name]))); line != "" {
			differences = append(differences, filepath.Join(dir, file)+line)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !expected[entry.Name()] {
			differences = append(differences, fmt.Sprintf("the stack of %s is gone", filepath.Join(dir, entry.Name())))
		}
	}
	return differences
}

func goldenFile(stackName string) string {
	return strings.TrimSuffix(masks[0].ReplaceAllString(stackName, "ASSET"), ".json") + ".json"
}

// masks match the texts that change with every asset. The first one matches the asset's hash. The second one matches
// the logical id of the function's version and the outputs named for it. CDK ends that id in a hash of code and
// settings.
var masks = []*regexp.Regexp{
	regexp.MustCompile(`\b[0-9a-f]{64}\b`),
	regexp.MustCompile(`(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}(?:[0-9A-F]{8})?`),
}

func masked(t *testing.T, stack *stack) []byte {
	t.Helper()
	data, err := json.MarshalIndent(stack.template, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = masks[0].ReplaceAll(data, []byte("ASSET"))
	data = masks[1].ReplaceAll(data, []byte("${1}VERSION"))
	return append(data, '\n')
}

// firstDifference is the first line in which two texts differ, with its number. It is empty for equal texts.
func firstDifference(golden, found string) string {
	was, is := strings.Split(golden, "\n"), strings.Split(found, "\n")
	for i := range max(len(was), len(is)) {
		var a, b string
		if i < len(was) {
			a = was[i]
		}
		if i < len(is) {
			b = is[i]
		}
		if a != b || i >= len(was) || i >= len(is) {
			return fmt.Sprintf(":%d: was %q, is %q", i+1, strings.TrimSpace(a), strings.TrimSpace(b))
		}
	}
	return ""
}

// TestGoldenCanFail checks that goldens show a changed property, a new stack and a missing one. Another asset is not
// shown.
func TestGoldenCanFail(t *testing.T) {
	if *update {
		t.Skip("the goldens are being written")
	}
	const hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	dir := filepath.Join("testdata", "golden", "secure_function_url.ap-northeast-1")
	rows := []struct {
		name   string
		change func(*cloudAssembly)
		want   string
	}{
		{"another asset", func(a *cloudAssembly) {
			function := a.stacks["Demo-furl-edge-ap-northeast-1"].resources("AWS::Lambda::Function")
			for _, resource := range function {
				properties(resource)["Code"].(map[string]any)["S3Key"] = hash + ".zip"
			}
		}, ""},
		{"a changed property", func(a *cloudAssembly) {
			for _, resource := range a.stacks["Demo"].resources("AWS::Lambda::Url") {
				properties(resource)["InvokeMode"] = "RESPONSE_STREAM"
			}
		}, `is "\"InvokeMode\": \"RESPONSE_STREAM\","`},
		{"a new stack", func(a *cloudAssembly) { a.stacks["Other"] = a.stacks["Demo"] }, "stack Other is new"},
		{"a stack gone", func(a *cloudAssembly) { delete(a.stacks, "Demo") }, "is gone"},
	}
	app := newApp(t)
	defaultApi(newStack(app, "Demo", "ap-northeast-1"))
	assembly := synth(t, app)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			changed := readAssembly(t, assembly.dir)
			row.change(changed)
			found := strings.Join(goldenDifferences(t, dir, changed), "\n")
			if (row.want == "") != (found == "") || !strings.Contains(found, row.want) {
				t.Errorf("found %q, which does not say %q", found, row.want)
			}
		})
	}
}
