package test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// synthesis is one call of the CDK CLI.
type synthesis struct{ region, target string }

var (
	demoMu  sync.Mutex
	demoDir = map[synthesis]string{}
)

// demoAssembly is the demo app as the CDK CLI synthesises it for users. It is made once for each region and target. The
// target "" builds for Lambda, and "host" for this machine.
func demoAssembly(t *testing.T, region, target string) string {
	t.Helper()
	demoMu.Lock()
	defer demoMu.Unlock()
	key := synthesis{region, target}
	if dir, ok := demoDir[key]; ok {
		return dir
	}
	dir, err := os.MkdirTemp("", "furl-demo-")
	if err != nil {
		t.Fatal(err)
	}
	atExit = append(atExit, func() { os.RemoveAll(dir) })
	args := []string{}
	if target != "" {
		args = append(args, "-c", "furl:target="+target)
	}
	synthesise(t, dir, region, args...)
	demoDir[key] = dir
	return dir
}

// copyAssembly is a copy of an assembly. A test may change it.
func copyAssembly(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// cdk runs the pinned CDK CLI on the demo app, without an AWS configuration.
func cdk(region string, args ...string) (string, error) {
	args = append(args, "--no-version-reporting")
	return output("..", noAWS(region), filepath.Join("node_modules", ".bin", "cdk"), args...)
}

// noAWS is an environment with a region and no other AWS configuration. The CLI overwrites CDK_DEFAULT_REGION with the
// region that it finds, and looks into AWS_REGION first.
func noAWS(region string) []string {
	return []string{
		"AWS_REGION=" + region, "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
	}
}
