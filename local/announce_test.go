package local

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/awsapi"
)

// TestAnnounceNothing: programs that read the line find lists, never null.
func TestAnnounceNothing(t *testing.T) {
	c := &cloud{assembly: &assembly.Assembly{}, options: Options{JSON: true}}
	var stdout, stderr bytes.Buffer
	if err := c.announce(&stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	if want := `{"distributions":[],"functionUrls":[],"restApis":[],"secrets":[]}` + "\n"; stdout.String() != want {
		t.Errorf("stdout is %swant %s", &stdout, want)
	}
}

func TestAnnounce(t *testing.T) {
	at := func(resourceType, path, stage string) *endpoint {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		return &endpoint{resource: &assembly.Resource{Type: resourceType}, path: path, stage: stage, listener: listener, host: "abc.lambda-url.eu-west-1.on.aws"}
	}
	distribution, functionURL, api := at(distributionType, "Demo/Cdn", ""), at(urlType, "Demo/Url", ""), at(restAPIType, "Demo/Api", "prod")
	c := &cloud{
		assembly: &assembly.Assembly{}, options: Options{JSON: true}, endpoints: []*endpoint{distribution, functionURL, api},
		secrets: []secret{
			{Secret: awsapi.Secret{Value: "made"}, path: "Demo/Key", madeUp: true},
			{Secret: awsapi.Secret{Value: "the-team's-own"}, path: "Demo/Own"},
		},
		apiKeys: []madeUpSecret{{"Demo/ApiKey", "key"}},
	}
	var stdout, stderr bytes.Buffer
	if err := c.announce(&stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	want := `{"distributions":[{"id":"Demo/Cdn","url":"http://` + distribution.address() + `"}],` +
		`"functionUrls":[{"id":"Demo/Url","url":"http://` + functionURL.address() + `","host":"abc.lambda-url.eu-west-1.on.aws"}],` +
		`"restApis":[{"id":"Demo/Api","url":"http://` + api.address() + `/prod"}],` +
		`"secrets":[{"id":"Demo/Key","value":"made"},{"id":"Demo/ApiKey","value":"key"}]}` + "\n"
	if stdout.String() != want {
		t.Errorf("stdout is\n%swant\n%s", &stdout, want)
	}
	for _, line := range []string{
		"  REST API      http://" + api.address() + "/prod  Demo/Api\n", "  secret        made  Demo/Key (made up for this run)\n", "  secret        key  Demo/ApiKey (made up for this run)\n",
	} {
		if !strings.Contains(stderr.String(), line) {
			t.Errorf("stderr does not say %q:\n%s", line, &stderr)
		}
	}
	if strings.Contains(stdout.String()+stderr.String(), "the-team's-own") {
		t.Error("a secret that the template holds is told")
	}

	c.options.JSON = false
	stdout.Reset()
	stderr.Reset()
	if err := c.announce(&stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	if stderr.Len() != 0 || !strings.Contains(stdout.String(), "REST API") || strings.Contains(stdout.String(), `"restApis"`) {
		t.Errorf("without --json: stdout\n%s\nstderr\n%s", &stdout, &stderr)
	}
}
