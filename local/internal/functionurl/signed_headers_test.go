package functionurl

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestSignedHeaders calls a URL by npm's aws4, with signed headers that the SDK's signer leaves out.
func TestSignedHeaders(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: aws4's requests are not verified: %v", err)
	}
	u := start(t, nil)
	for _, row := range []struct{ name, why, changed, status string }{
		{name: "as signed", why: "a client may sign each header that arrives", status: "200"},
		{name: "changed on the way", why: "CloudFront sends its own User-Agent", changed: "CloudFront", status: "403"},
	} {
		t.Run(row.name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), "node", "testdata/call_with_aws4.mjs",
				u.address, awsHost, region, clock.Format("20060102T150405Z"), row.changed)
			command.Env = append(os.Environ(), "ACCESS_KEY="+u.credentials.AccessKeyID,
				"SECRET_KEY="+u.credentials.SecretAccessKey, "TOKEN="+u.credentials.SessionToken)
			output, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			want := "content-length;host;user-agent;x-amz-date;x-amz-security-token;x-amzn-trace-id " + row.status
			if got := strings.TrimSpace(string(output)); got != want {
				t.Errorf("%s: got %s, want %s\n%s", row.why, got, want, u.log)
			}
		})
	}
}
