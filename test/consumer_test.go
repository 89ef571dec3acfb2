package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const consumerProgram = `// Command consumer is a CDK app in a module of its own.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Consumer"), &awscdk.StackProps{Env: &awscdk.Environment{Region: jsii.String("eu-west-1")}})
	fn := awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"),
		Code: awslambda.Code_FromInline(jsii.String("exports.handler = async () => ({ statusCode: 200 })")),
	})
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn})
	app.Synth(nil)
}
`

// TestConsumer imports the library from a module elsewhere, vendored and with -trimpath, so that neither this checkout's
// folder nor its sources on disk can be what the signer's asset is read from. One build covers all of it. The flag makes Go
// compile the CDK packages once more: 2 minutes on 2 cores the first time, seconds from the build cache later.
func TestConsumer(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the CDK packages once more")
	}
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": consumerProgram,
		"go.mod":  consumerModule(t, repository),
		"go.sum":  readText(t, filepath.Join(repository, "go.sum")),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(env []string, name string, args ...string) {
		t.Helper()
		command := exec.Command(name, args...)
		command.Dir = dir
		command.Env = append(append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off"), env...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command.Args, err, out)
		}
	}
	run(nil, "go", "mod", "vendor") // may download what only this needs
	run([]string{"GOFLAGS=", "GOPROXY=off"}, "go", "build", "-trimpath", "-mod=vendor", "-o", "consumer", ".")
	out := t.TempDir()
	run([]string{"CDK_OUTDIR=" + out}, filepath.Join(dir, "consumer"))
	assembly := readAssembly(t, out)
	for _, violation := range assembly.violations() {
		t.Error(violation)
	}
	assembly.stack(t, "Consumer").only(t, "AWS::CloudFront::Distribution")
	assembly.edge(t, "Consumer", "eu-west-1").only(t, "AWS::Lambda::Version")
}

// consumerModule requires what this module requires, in the same versions, so that nothing has to be looked up.
func consumerModule(t *testing.T, repository string) string {
	t.Helper()
	own := readText(t, filepath.Join(repository, "go.mod"))
	const header = "module github.com/furl-cdk/furl\n"
	if len(own) < len(header) || own[:len(header)] != header {
		t.Fatalf("go.mod does not begin with %q", header)
	}
	return "module example.com/consumer\n" + own[len(header):] + "\nrequire github.com/furl-cdk/furl v0.0.0\n\nreplace github.com/furl-cdk/furl => " + repository + "\n"
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
