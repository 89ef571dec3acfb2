package furl

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

const (
	modulePath  = "github.com/furl-cdk/furl"
	grantModule = modulePath + "/lambdas/grant"
)

// grantTarget is the machine that the grant Lambda is built for. It is linux/arm64, or this machine with context
// furl:target=host, for furl local.
type grantTarget struct{ goos, goarch string }

func grantTargetFor(at site, scope constructs.Construct) grantTarget {
	switch name := scope.Node().TryGetContext(jsii.String("furl:target")); name {
	case nil:
		return grantTarget{"linux", "arm64"}
	case "host":
		return grantTarget{runtime.GOOS, runtime.GOARCH}
	default:
		at.refuse("context furl:target", fmt.Sprintf("it is %v", name),
			"leave it out to build for Lambda, or write -c furl:target=host to build for furl local")
		return grantTarget{}
	}
}

func (t grantTarget) architecture() awslambda.Architecture {
	if t.goarch == "arm64" {
		return awslambda.Architecture_ARM_64()
	}
	return awslambda.Architecture_X86_64()
}

// withGrantCode hands over the grant Lambda's program as an asset. It refuses a program that cannot be built.
func withGrantCode(at site, scope constructs.Construct, target grantTarget, use func(awslambda.Code)) {
	program, err := grantProgram(target)
	if err != nil {
		at.refuse("HandlerCode", "the grant Lambda could not be built: "+err.Error(),
			"run the synthesis where the Go toolchain and the module cache or a vendor folder are, "+
				"or build "+grantModule+" for "+target.goos+"/"+target.goarch+" beforehand, "+
				"into a folder as the file bootstrap, and pass "+
				"HandlerCode: awslambda.Code_FromAsset(jsii.String(folder), nil)")
	}
	write := func(dir string) error { return writeAsset(filepath.Join(dir, "bootstrap"), program, 0o755) }
	withAsset(scope, "grant", write, use)
}

var (
	grantProgramsMu sync.Mutex
	grantPrograms   = map[grantTarget][]byte{} // a process builds each target once
)

func grantProgram(target grantTarget) ([]byte, error) {
	grantProgramsMu.Lock()
	defer grantProgramsMu.Unlock()
	if program, ok := grantPrograms[target]; ok {
		return program, nil
	}
	program, err := buildGrant(target)
	if err == nil {
		grantPrograms[target] = program
	}
	return program, err
}

// buildGrant builds in Furl's own folder, which the module cache or a replace directive has. In the app's module
// the build would want go.sum entries that only Furl's go.sum has. Where the app vendors, Furl has no folder. The
// build then takes its sources from vendor/, thanks to handlers.go. The build is reproducible. The same sources
// give the same asset.
func buildGrant(target grantTarget) ([]byte, error) {
	folder, err := goCommand(nil, "list", "-m", "-f", "{{.Dir}}", modulePath)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "furl-grant-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	bootstrap := filepath.Join(dir, "bootstrap")
	buildArgs, pkg := []string{"build", "-mod=vendor"}, grantModule
	env := []string{"CGO_ENABLED=0", "GOFLAGS=", "GOOS=" + target.goos, "GOARCH=" + target.goarch}
	if folder = strings.TrimSpace(folder); folder != "" {
		buildArgs, pkg = []string{"build", "-C", folder}, "./lambdas/grant"
		env = append(env, "GOWORK=off")
	}
	args := append(buildArgs, "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc",
		"-ldflags", "-s -w -buildid=", "-o", bootstrap, pkg)
	if _, err := goCommand(env, args...); err != nil {
		return nil, err
	}
	return os.ReadFile(bootstrap)
}

func goCommand(env []string, args ...string) (string, error) {
	command := exec.Command("go", args...)
	command.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return string(out), nil
}
