package sigv4

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestEdgeSigner verifies random requests that the edge signer signed, 100,000 of them (with -short, 2,000). The generator, which
// compares each with @smithy/signature-v4 as well, writes one JSON object a line.
func TestEdgeSigner(t *testing.T) {
	requests := 100_000
	if testing.Short() {
		requests = 2_000
	}
	generator := filepath.Join("..", "..", "..", "lambdas", "edge-signer", "test", "random.mjs")
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "the edge signer's requests are not verified: %v", err)
	}
	command := exec.CommandContext(t.Context(), node, generator, "--count", fmt.Sprint(requests), "--seed", "1")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	begin, verified := time.Now(), 0
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		verifySigned(t, line)
		if verified++; t.Failed() {
			break // one request explained is enough
		}
	}
	if err := command.Wait(); err != nil && !t.Failed() {
		t.Fatalf("%s: %v", generator, err)
	}
	if verified != requests {
		t.Errorf("%d requests verified, want %d", verified, requests)
	}
	t.Logf("%d requests verified in %v", verified, time.Since(begin).Round(time.Millisecond))
}

func verifySigned(t *testing.T, line []byte) {
	t.Helper()
	var request struct {
		Method, Host, URI, QueryString, BodyBase64, AccessKeyID, SecretAccessKey, SessionToken, Region string

		Headers map[string]string
		Time    time.Time
	}
	if err := json.Unmarshal(line, &request); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	body, err := base64.StdEncoding.DecodeString(request.BodyBase64)
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{Method: request.Method, Host: request.Host, RequestURI: request.URI, Header: http.Header{}, ContentLength: int64(len(body))}
	if request.QueryString != "" {
		r.RequestURI += "?" + request.QueryString
	}
	for name, value := range request.Headers {
		if name != "host" {
			r.Header.Set(name, value)
		}
	}
	v := &Verifier{
		Region: request.Region, Service: "lambda",
		Now: func() time.Time { return request.Time },
		Credentials: func(key string) (aws.Credentials, bool) {
			return aws.Credentials{
				AccessKeyID: request.AccessKeyID, SecretAccessKey: request.SecretAccessKey, SessionToken: request.SessionToken,
			}, key == request.AccessKeyID
		},
	}
	if _, err := v.Verify(r, body); err != nil {
		t.Errorf("%v\n%s\nof %s", err, detail(err), line)
	}
}
