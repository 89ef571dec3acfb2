package test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// localApp is an ordinary app of a Stage, as people write them. furl local starts it, lists what it does not know or
// simulate, and answers.
type localApp struct {
	name  string // of the Stage
	build func(t *testing.T, stage constructs.Construct)
	args  []string // of furl local
	said  []string // when it starts
	// listed is what is not simulated. Keys are the beginnings of lines, and values construct paths behind them.
	listed map[string]string
	asks   []ask
	more   func(t *testing.T, local *running)
}

// ask is a request and its answer.
type ask struct {
	name, why string
	of        string // construct path of a distribution, Function URL or REST API, below the Stage
	method    string // GET if it is ""
	target    string
	header    map[string]string
	body      string
	before    int // equal requests that are sent first
	status    int
	want      string // in the answer's body
	wantName  string // of one of the answer's headers
	wantValue string // of that header
	logged    string // by furl local
}

// object is a part of a template.
type object = map[string]any

var localApps = []localApp{
	siteApp, logsApp, vpcApp, valuesApp, runtimesApp, layersApp, restApp, aclApp, edgeApp, grantApp,
}

// TestLocalAppsAlone runs each app as the only one of its assembly.
func TestLocalAppsAlone(t *testing.T) {
	for _, a := range localApps {
		t.Run(a.name, func(t *testing.T) {
			app := newApp(t)
			a.addTo(t, app)
			a.check(t, startLocal(t, *app.Synth(nil).Directory(), a.args...))
		})
	}
}

// TestLocalAppsTogether runs all apps as the Stages of one assembly. None of them changes another.
func TestLocalAppsTogether(t *testing.T) {
	app := newApp(t)
	var args []string
	for _, a := range localApps {
		a.addTo(t, app)
		args = append(args, a.args...)
	}
	local := startLocal(t, *app.Synth(nil).Directory(), args...)
	for _, a := range localApps {
		t.Run(a.name, func(t *testing.T) { a.check(t, local) })
	}
}

func (a localApp) addTo(t *testing.T, app awscdk.App) {
	stage := awscdk.NewStage(app, jsii.String(a.name), nil)
	stage.Node().SetContext(jsii.String("furl:target"), jsii.String("host"))
	a.build(t, stage)
}

func (a localApp) check(t *testing.T, local *running) {
	waitFor(t, "all that it lists", func() bool { return strings.Contains(local.log(), "\nCtrl-C stops it.\n") })
	for _, text := range a.said {
		if !strings.Contains(local.log(), text) {
			t.Errorf("furl local does not say %q when it starts", text)
		}
	}
	for kind, path := range a.listed {
		found := slices.ContainsFunc(strings.Split(local.log(), "\n"), func(line string) bool {
			return strings.HasPrefix(line, "  "+kind) && strings.Contains(line, " "+path)
		})
		if !found {
			t.Errorf("furl local does not list %q of %s", kind, path)
		}
	}
	for _, row := range a.asks {
		t.Run(row.name, func(t *testing.T) {
			base := local.address(t, a.name+"/"+row.of)
			for range row.before {
				row.send(t, base)
			}
			before := len(local.log())
			got := row.send(t, base)
			if got.status != row.status || !got.has(row.want) || got.header.Get(row.wantName) != row.wantValue {
				t.Fatalf("%s: %d %s %v, want %d with %q and %s: %s", row.why, got.status, got.body, got.header,
					row.status, row.want, row.wantName, row.wantValue)
			}
			waitFor(t, row.logged, func() bool { return strings.Contains(local.log()[before:], row.logged) })
		})
	}
	if a.more != nil {
		a.more(t, local)
	}
}

func (row ask) send(t *testing.T, base string) answer {
	t.Helper()
	method := row.method
	if method == "" {
		method = http.MethodGet
	}
	r := request(t, method, base, row.target, []byte(row.body))
	if _, path, found := strings.Cut(strings.TrimPrefix(base, "http://"), "/"); found {
		r.URL.Opaque = "/" + path + r.URL.Opaque // of a REST API, with its stage
	}
	for name, value := range row.header {
		r.Header.Set(name, value)
	}
	r.Host = row.header["Host"] // "": the base's
	return send(t, r)
}

// address is the address of the distribution, Function URL or REST API at a construct path.
func (r *running) address(t *testing.T, path string) string {
	t.Helper()
	all := slices.Concat(r.Distributions, r.RestAPIs)
	for _, u := range r.FunctionURLs {
		all = append(all, struct{ ID, URL string }{u.ID, u.URL})
	}
	for _, at := range all {
		if at.ID == path {
			return at.URL
		}
	}
	t.Fatalf("nothing listens for %s among %v", path, all)
	return ""
}
