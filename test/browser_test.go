package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowser uses the demo page in headless Chromium: sign in, lease, a signed call with a Japanese body, one of 40 seconds, one
// without a lease, and a lease that is renewed by itself. Leases last 20 seconds here. SCREENSHOTS names a folder to keep pictures in.
func TestBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium on the PATH, and with CI=true that is a failure: make test installs Debian's")
	}
	if err != nil {
		t.Skip("SKIPPED: there is no chromium on the PATH, so the demo's page was not tried: apt-get install chromium fonts-noto-cjk")
	}
	screenshots := os.Getenv("SCREENSHOTS")
	if screenshots == "" {
		screenshots = t.TempDir()
	}
	local := startLocal(t, demoAssembly(t, "ap-northeast-1", "host"), "--session-duration", "20s")
	node, err := filepath.Abs(filepath.Join("..", "node_modules", ".bin", "node"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, filepath.Join("browser", "demo.mjs"), chromium, local.edge(t)+"/", screenshots)
	command.Stdin = strings.NewReader(local.secret(t, "FurlDemo/Passphrase"))
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
