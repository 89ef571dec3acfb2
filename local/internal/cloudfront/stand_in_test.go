package cloudfront

import (
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// newAssembly writes an assembly of a bucket and a distribution with two origins, and reads it. One origin is the
// bucket, and the other one is elsewhere.
func newAssembly(t *testing.T) *assembly.Assembly {
	t.Helper()
	const template = `{"Resources": {
		"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "content"}},
		"Cdn": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {
			"Origins": [
				{
					"Id": "Web1", "DomainName": "www.example.org",
					"CustomOriginConfig": {"OriginProtocolPolicy": "http-only"}
				},
				{"Id": "Bucket1", "DomainName": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]}, "S3OriginConfig": {}}
			],
			"DefaultCacheBehavior": {
				"TargetOriginId": "Web1", "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
				"AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
				"OriginRequestPolicyId": "216adef6-5c7f-47e4-b989-5492eafa07d3"
			},
			"CacheBehaviors": [{
				"PathPattern": "/bucket/*", "TargetOriginId": "Bucket1",
				"CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
			}]
		}}}
	}}`
	dir := t.TempDir()
	const manifest = `{"version": "54.0.0", "artifacts": {"Demo": {
		"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1",
		"properties": {"templateFile": "Demo.template.json"}
	}}}`
	for name, text := range map[string]string{"Demo.template.json": template, "manifest.json": manifest} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := assembly.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// readWith reads the distribution of newAssembly with stand-ins.
func readWith(t *testing.T, standIns map[string]string) (*Distribution, *assembly.Gaps, error) {
	t.Helper()
	gaps := &assembly.Gaps{}
	distributions, failures, err := Read(newAssembly(t), Needs{
		Sign:     func(iam.Service) aws.Credentials { return aws.Credentials{} },
		Localise: func(text string) string { return text },
		StandIns: standIns,
	}, gaps)
	return distributions["Demo/Cdn"], gaps, cmp.Or(err, failures["Demo/Cdn"])
}

// fetch asks a distribution.
func fetch(t *testing.T, d *Distribution, method, path, body string) (status int, got string, header http.Header) {
	t.Helper()
	server := httptest.NewServer(d)
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

func TestFolderStandsIn(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"index.html": "home", "bucket/a.txt": "a", "docs/index.html": "docs"} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"Bucket1", "content.s3.eu-west-1.amazonaws.com", "Demo/Bucket"} {
		d, gaps, err := readWith(t, map[string]string{key: folder, "www.example.org": folder})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			path, why string
			status    int
			body      string
		}{
			{path: "/", why: "a website has an index document", status: 200, body: "home"},
			{path: "/docs/", why: "a website has one in each folder", status: 200, body: "docs"},
			{path: "/none", why: "a website says what is missing", status: 404, body: "NoSuchKey"},
			{path: "/bucket/a.txt", why: "the bucket's file", status: 200, body: "a"},
			{path: "/bucket/", why: "a bucket has no index document", status: 403, body: "AccessDenied"},
			{path: "/bucket/none", why: "a bucket does not say what is missing", status: 403, body: "AccessDenied"},
		} {
			status, body, _ := fetch(t, d, "GET", row.path, "")
			if status != row.status || !strings.Contains(body, row.body) {
				t.Errorf("%s: %d %s, want %d %s: %s", row.path, status, body, row.status, row.body, row.why)
			}
		}
		if said := strings.Join(gaps.Lines(), "\n"); strings.Contains(said, "answered with 502") {
			t.Errorf("an origin with a stand-in is listed: %s", said)
		}
	}
}

func TestServerStandsIn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Host", r.Host)
		w.Header().Set("X-Target", r.RequestURI)
		w.WriteHeader(http.StatusCreated)
		io.Copy(w, r.Body)
	}))
	defer server.Close()
	d, _, err := readWith(t, map[string]string{"Web1": server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	status, body, header := fetch(t, d, "POST", "/a%20b?c=d", "body")
	if status != 201 || body != "body" || header.Get("X-Target") != "/a%20b?c=d" {
		t.Errorf("%d %s %v", status, body, header)
	}
	if got := header.Get("X-Host"); got != server.Listener.Addr().String() {
		t.Errorf("Host %s: many development servers refuse other names than their own", got)
	}
	if status, _, _ := fetch(t, d, "GET", "/bucket/a", ""); status != 502 {
		t.Errorf("the other origin has no stand-in: %d", status)
	}
}

func TestStandInsRefused(t *testing.T) {
	for _, row := range []struct{ name, why, key, value, want string }{
		{
			name: "unknown key", why: "a typing mistake", key: "Demo/Buket", value: ".",
			want: "the assembly has Bucket1, Demo/Bucket, Web1, content.s3.eu-west-1.amazonaws.com, www.example.org",
		},
		{
			name: "no folder", why: "a typing mistake",
			key: "Web1", value: "./none", want: "--origin Web1=./none: open the folder",
		},
		{
			name: "other machine", why: "furl calls nothing outside of this one",
			key: "Web1", value: "http://192.0.2.1:80", want: "192.0.2.1 is not on this machine",
		},
		{
			name: "name", why: "it may be anywhere",
			key: "Web1", value: "http://example.org", want: "example.org is not on this machine",
		},
		{name: "HTTPS", why: "no certificate is checked here", key: "Web1", value: "https://127.0.0.1", want: "want a folder"},
		{name: "path", why: "the origin's path is the template's", key: "Web1", value: "http://[::1]:1/x", want: "want a folder"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, _, err := readWith(t, map[string]string{row.key: row.value})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q: %s", err, row.want, row.why)
			}
		})
	}
}
