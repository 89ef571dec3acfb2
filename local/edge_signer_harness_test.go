package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// signed is a furl local with the real edge signer. A distribution has an authorizer at each of the paths /0, /1 and so
// on, all before one function. The test itself answers for the issuers' keys.
type signed struct {
	url   string // of the distribution
	calls string // a file with a line for each call of the function, the path
	log   func() string
}

// serveSigned starts one. The settings of an authorizer are by header. The keys answer the signer's own requests by
// HTTPS.
func serveSigned(t *testing.T, authorizers []map[string]string, keys http.Handler) *signed {
	t.Helper()
	s := &signed{calls: filepath.Join(t.TempDir(), "calls")}
	if err := os.WriteFile(s.calls, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var lines bytes.Buffer
	s.log = func() string {
		mu.Lock()
		defer mu.Unlock()
		return lines.String()
	}
	log := journal.New(journal.Options{To: lockedWriter{&mu, &lines}, Verbose: true})
	r := runnerWith(t, assembleIn(t, "us-east-1", signedResources(t, authorizers, s.calls), nil), log)
	g := r.composed(t)
	for _, e := range g.at.endpoints {
		switch e.kind {
		case userPoolsByTLS:
			g.handlers[e.port] = keys
		case distributionType:
			s.url = "http://" + e.address()
		}
	}
	r.replace(g)
	return s
}

// signedResources are the edge signer as it is shipped, a function that only the signer's role may call, and a
// distribution.
func signedResources(t *testing.T, authorizers []map[string]string, calls string) object {
	t.Helper()
	resources := hello()
	resources["Fn"] = function(`require('node:fs').appendFileSync(process.env.CALLS, event.rawPath + '\n');
		return event.headers['x-furl-verified'];`, object{"CALLS": calls})
	resources["Url"] = url(getAtt("Fn", "Arn"), "AWS_IAM")
	for _, id := range []string{"OpenUrl", "OpenFunction"} {
		set(resources, id, object{"Principal": getAtt("EdgeRole", "Arn")})
	}
	set(resources, "OpenUrl", object{"FunctionUrlAuthType": "AWS_IAM"})
	edge(resources, func(properties object) {
		properties["Timeout"] = 30
		properties["Role"] = getAtt("EdgeRole", "Arn")
	})
	addAsset(t, t.TempDir(), resources, "Edge", "Code", signerModules(t))
	resources["EdgeRole"] = edgeRole()
	var patterns []string
	for i := range authorizers {
		patterns = append(patterns, fmt.Sprint("/", i))
	}
	addOrigins(resources, append([]map[string]string{authorizers[0]}, authorizers...), patterns)
	return resources
}

// with is an object with some of its properties replaced.
func with(o, changed object) object {
	all := maps.Clone(o)
	maps.Copy(all, changed)
	return all
}

// signerModules are the files of the edge signer's asset, by name.
func signerModules(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../lambdas/edge-signer/*.mjs")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no modules of the edge signer: %v", err)
	}
	modules := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		modules[filepath.Base(path)] = string(text)
	}
	return modules
}

// signedAnswer is an answer of the distribution.
type signedAnswer struct {
	status int
	code   string // of the signer's refusal, "" for none
	body   string
	header http.Header
}

// get sends a request to the authorizer of a number.
func (s *signed) get(t *testing.T, authorizer int, header http.Header) signedAnswer {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, fmt.Sprint(s.url, "/", authorizer), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var refusal struct{ Error string }
	_ = json.Unmarshal(body, &refusal) // the function's answer is no JSON
	return signedAnswer{response.StatusCode, refusal.Error, string(body), response.Header}
}

// called are the paths for which the function was called, in their order.
func (s *signed) called(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(s.calls)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.FieldsSeq(string(text)))
}
