package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowser uses the demo page in headless Chromium. It signs in, leases, and calls with a Japanese body, for 40
// seconds, and without a lease. It also waits for the module to renew a lease. Leases last 20 seconds here. SCREENSHOTS
// names a folder to keep pictures in.
func TestBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium on the PATH, which is a failure with CI=true; make test installs Debian's")
	}
	if err != nil {
		t.Skip("SKIPPED: the demo's page was not tried, since there is no chromium on the PATH; " +
			"install it with apt-get install chromium fonts-noto-cjk")
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
	script := filepath.Join("browser", "demo.mjs")
	command := exec.CommandContext(t.Context(), node, script, chromium, local.edge(t)+"/", screenshots)
	command.Stdin = strings.NewReader(local.secret(t, "FurlDemo/Passphrase"))
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
