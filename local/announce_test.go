package local

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/awsapi"
	"github.com/furl-cdk/furl/local/internal/functionurl"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// told is what announce prints on stdout and stderr.
func told(t *testing.T, at *addresses, c *composition, o Options) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	if err := announce(&generation{assembly: &assembly.Assembly{}, at: at, composed: c}, o, &out, &err); err != nil {
		t.Fatal(err)
	}
	return out.String(), err.String()
}

// TestAnnounceNothing: programs that read the line find lists, never null.
func TestAnnounceNothing(t *testing.T) {
	stdout, _ := told(t, &addresses{}, &composition{gaps: &assembly.Gaps{}}, Options{JSON: true})
	const want = `{"distributions":[],"functionUrls":[],"restApis":[],"userPools":[],"sts":"","secrets":[]}`
	if stdout != want+"\n" {
		t.Errorf("stdout is %swant %s", stdout, want)
	}
}

// TestGapOfSeveralBehaviors: a setting of several cache behaviors is one line.
func TestGapOfSeveralBehaviors(t *testing.T) {
	resources := hello()
	resources["Cdn"] = distribution("")
	config := propertiesOf(resources, "Cdn", "DistributionConfig")
	other := maps.Clone(config["DefaultCacheBehavior"].(object))
	other["PathPattern"] = "/other/*"
	config["CacheBehaviors"] = []any{other}
	s := serveAssembly(t, assemble(t, resources, nil))
	const want = "\n  CloudFront-* request headers other than Forwarded-Proto, Viewer-Http-Version " +
		"and Viewer-Address: Demo/Cdn\n"
	if strings.Count(s.said(), want) != 1 || strings.Count(s.said(), "CloudFront-*") != 1 {
		t.Errorf("not one line:\n%s", s.said())
	}
}

func TestAnnounce(t *testing.T) {
	const host = "abc.lambda-url.eu-west-1.on.aws"
	listening := func(kind, path string) *endpoint {
		listener, err := listenFor(path, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		return &endpoint{&port{kind: kind, path: path, listener: listener}, host}
	}
	distribution := listening(distributionType, "Demo/Cdn")
	functionURL := listening(urlType, "Demo/Url")
	api := listening(restAPIType, "Demo/Api")
	url, err := functionurl.New(functionurl.Config{
		Host: host, AuthType: functionurl.AuthIAM, Credentials: &iam.Store{},
	})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := apigateway.New(apigateway.Config{Stage: "prod", Credentials: &iam.Store{}, Keys: []apigateway.Key{
		{ID: "1", Value: "key", MadeUpFor: "Demo/ApiKey"},
		{ID: "2", Value: "the-team's-own-key"},
		{ID: "1", Value: "key", MadeUpFor: "Demo/ApiKey"}, // in a second usage plan
	}})
	if err != nil {
		t.Fatal(err)
	}
	at := &addresses{endpoints: []*endpoint{distribution, functionURL, api}}
	c := &composition{
		urls: map[string]*functionurl.Handler{"Demo/Url": url},
		apis: map[string]*apigateway.API{"Demo/Api": rest},
		secrets: []awsapi.Secret{
			{Value: "made", MadeUpFor: "Demo/Key"},
			{Value: "the-team's-own"},
		},
		gaps: &assembly.Gaps{},
	}
	c.gaps.Add("Demo/Cdn", "a gap")
	stdout, stderr := told(t, at, c, Options{JSON: true})
	want := `{"distributions":[{"id":"Demo/Cdn","url":"http://` + distribution.address() + `"}],` +
		`"functionUrls":[{"id":"Demo/Url","url":"http://` + functionURL.address() + `","host":"` + host + `"}],` +
		`"restApis":[{"id":"Demo/Api","url":"http://` + api.address() + `/prod"}],"userPools":[],"sts":"",` +
		`"secrets":[{"id":"Demo/Key","value":"made"},{"id":"Demo/ApiKey","value":"key"}]}` + "\n"
	if stdout != want {
		t.Errorf("stdout is\n%swant\n%s", stdout, want)
	}
	for _, line := range []string{
		"  REST API      http://" + api.address() + "/prod  Demo/Api\n",
		"  secret        made  Demo/Key (made up for this run)\n",
		"  secret        key  Demo/ApiKey (made up for this run)\n",
		"\nNot simulated:\n  a gap: Demo/Cdn\n",
		"\nTry:\n  curl -i http://" + distribution.address() + "/    # through CloudFront: what your viewers get\n" +
			"  curl -i http://" + functionURL.address() + "/    # Demo/Url itself, unsigned: 403\n",
	} {
		if !strings.Contains(stderr, line) {
			t.Errorf("stderr does not say %q:\n%s", line, stderr)
		}
	}
	if strings.Contains(stdout+stderr, "the-team's-own") {
		t.Error("a secret that the template holds is told")
	}

	stdout, stderr = told(t, at, c, Options{})
	if stderr != "" || !strings.Contains(stdout, "REST API") || strings.Contains(stdout, `"restApis"`) {
		t.Errorf("without --json: stdout\n%s\nstderr\n%s", stdout, stderr)
	}
}
