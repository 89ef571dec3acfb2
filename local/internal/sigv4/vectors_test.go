package sigv4

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestVectors takes AWS's signing test suite as requests to accept. The verifier refuses those with empty or dot
// segments, as the package comment says. In post-sts-header-after, the token is added after signing, which
// Function URLs do not accept.
func TestVectors(t *testing.T) {
	folder := vectorFolder(t)
	refused := []string{
		"get-relative-normalized", "get-relative-relative-normalized", "get-slash-dot-slash-normalized",
		"get-slash-normalized",
		"get-slash-pointless-dot-normalized", "get-slashes-normalized", "post-sts-header-after",
	}
	accepted := 0
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		// The unnormalised requests are for S3, which encodes paths once.
		if !entry.IsDir() || strings.HasSuffix(entry.Name(), "-unnormalized") {
			continue
		}
		t.Run(entry.Name(), func(t *testing.T) {
			verifier, r, body := vector(t, filepath.Join(folder, entry.Name()))
			key, err := verifier.Verify(r, body)
			if slices.Contains(refused, entry.Name()) {
				if err == nil {
					t.Error("accepted")
				}
				return
			}
			if err != nil || key != "AKIDEXAMPLE" {
				t.Fatalf("refused: %v\n%s", err, detail(err))
			}
			accepted++
			auth, _ := parseAuthorization(r)
			path, query, _ := strings.Cut(r.RequestURI, "?")
			a := &attempt{r: r, auth: auth, path: path, query: query, body: body}
			want := strings.TrimSpace(read(t, filepath.Join(folder, entry.Name()), "header-canonical-request.txt"))
			if got := a.canonicalRequest(a.specified()); got != want {
				t.Errorf("the canonical request is\n%s\nwant\n%s", got, want)
			}
		})
	}
	if accepted != 25 {
		t.Errorf("%d accepted, want 25", accepted)
	}
}

// vectorFolder finds the vectors. Missing vectors fail the test in CI and skip it elsewhere.
func vectorFolder(t *testing.T) string {
	folder := os.Getenv("SIGV4_VECTORS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "..", "shared", "sigv4-vectors") // next to the project's folder
	}
	if _, err := os.Stat(folder); err != nil {
		skipOrFail(t, "AWS's signing vectors are not tried: set SIGV4_VECTORS to their folder: %v", err)
	}
	return folder
}

func skipOrFail(t *testing.T, format string, arguments ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, arguments...)
	}
	t.Skipf("SKIPPED: "+format, arguments...)
}

// vector reads one case and makes its signed request.
func vector(t *testing.T, folder string) (*Verifier, *http.Request, []byte) {
	t.Helper()
	var context struct {
		Credentials struct {
			AccessKeyID     string `json:"access_key_id"`
			SecretAccessKey string `json:"secret_access_key"`
			Token           string `json:"token"`
		} `json:"credentials"`
		Region, Service string
		SignBody        bool `json:"sign_body"`
		Timestamp       time.Time
	}
	if err := json.Unmarshal([]byte(read(t, folder, "context.json")), &context); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(read(t, folder, "request.txt"), "\n\n")
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(head, "\n ", " ")), "\n") // unfolds folded headers
	method, target, _ := strings.Cut(lines[0], " ")
	r := &http.Request{
		Method: method, RequestURI: strings.TrimSuffix(target, " HTTP/1.1"), Header: http.Header{},
		ContentLength: int64(len(body)),
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Add(name, value)
		}
	}
	r.Header.Set("X-Amz-Date", context.Timestamp.Format(timeFormat))
	if context.Credentials.Token != "" {
		r.Header.Set("X-Amz-Security-Token", context.Credentials.Token)
	}
	if context.SignBody {
		r.Header.Set("X-Amz-Content-Sha256", hash([]byte(body)))
	}
	canonicalLines := strings.Split(strings.TrimSpace(read(t, folder, "header-canonical-request.txt")), "\n")
	r.Header.Set("Authorization", strings.Join([]string{
		algorithm + " Credential=AKIDEXAMPLE", context.Timestamp.Format(dayFormat), context.Region, context.Service,
		"aws4_request, SignedHeaders=" + canonicalLines[len(canonicalLines)-2] +
			", Signature=" + strings.TrimSpace(read(t, folder, "header-signature.txt")),
	}, "/"))
	return &Verifier{
		Region: context.Region, Service: context.Service,
		Now: func() time.Time { return context.Timestamp },
		Credentials: func(key string) (aws.Credentials, bool) {
			return aws.Credentials{
				AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: context.Credentials.SecretAccessKey,
				SessionToken: context.Credentials.Token,
			}, key == "AKIDEXAMPLE"
		},
	}, r, []byte(body)
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func detail(err error) string {
	if refusal, ok := err.(*Error); ok {
		return refusal.Reason + "\n" + refusal.Details
	}
	return ""
}
