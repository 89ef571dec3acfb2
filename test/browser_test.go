package test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowser uses the demo page in headless Chromium. It signs in, and asks who it is, also without a token. It
// leases, and calls with a Japanese body, for 40 seconds, and without a lease. It also waits for the module to renew a
// lease. Leases last 20 seconds here. SCREENSHOTS names a folder to keep pictures in.
func TestBrowser(t *testing.T) {
	chromium := chromiumPath(t)
	screenshots := os.Getenv("SCREENSHOTS")
	if screenshots == "" {
		screenshots = t.TempDir()
	}
	local := startLocal(t, demoAssembly(t, "ap-northeast-1", "host"), "--session-duration", "20s")
	runInBrowser(t, strings.NewReader(local.Password), "demo.mjs", chromium, local.edge(t)+"/", screenshots)
}

// chromiumPath is the path of the machine's Chromium. It skips a test where there is none.
func chromiumPath(t *testing.T) string {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium on the PATH, which is a failure with CI=true; make test installs Debian's")
	}
	if err != nil {
		t.Skip("SKIPPED: no page was tried, since there is no chromium on the PATH; " +
			"install it with apt-get install chromium fonts-noto-cjk")
	}
	return chromium
}

// runInBrowser runs a script of the folder browser by the pinned Node, and returns its output.
func runInBrowser(t *testing.T, stdin io.Reader, script string, args ...string) []byte {
	t.Helper()
	node, err := filepath.Abs(filepath.Join("..", "node_modules", ".bin", "node"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, append([]string{filepath.Join("browser", script)}, args...)...)
	var stderr bytes.Buffer
	command.Stdin, command.Stderr = stdin, &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, out, &stderr)
	}
	return out
}
