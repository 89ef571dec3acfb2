package local

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
)

// runnerOf makes a runner of an assembly that serves nothing yet.
func runnerOf(t *testing.T, dir string) *runner {
	t.Helper()
	options := Options{Assembly: dir, Listen: "127.0.0.1:0", Watch: true}
	scratch := t.TempDir()
	r := newRunner(t.Context(), options, lasting{
		scratch: scratch, store: &iam.Store{}, run: cognito.NewRun(scratch), madeUp: &assembly.MadeUp{},
		builds: newBuilds(options),
	})
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// composed makes a generation of the assembly as it is now.
func (r *runner) composed(t *testing.T) *generation {
	t.Helper()
	read, err := r.read()
	if err != nil {
		t.Fatal(err)
	}
	g, err := r.compose(read)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestRolesOfWhatIsServed: the roles of a generation count from the time when it is served. One that is given up, since
// its files are half written, ends no lease and gives no permission.
func TestRolesOfWhatIsServed(t *testing.T) {
	resources := hello()
	resources["Leased"] = role()
	dir := assemble(t, resources, nil)
	r := runnerOf(t, dir)
	first := r.composed(t)
	r.replace(first)
	leased, err := first.composed.roles.At(roleARN(t, first.assembly, "Demo/Leased"))
	if err != nil {
		t.Fatal(err)
	}
	session := iam.Session{Role: leased, Name: "ada", Expires: time.Now().Add(time.Hour)}
	key := r.kept.store.Assume(session).AccessKeyID
	holds := func() bool { _, ok := r.kept.store.Lookup(key); return ok }

	delete(resources, "Leased")
	assembleInto(t, dir, "eu-west-1", resources, nil)
	if err := r.composed(t).close(); err != nil {
		t.Fatal(err)
	}
	if !holds() {
		t.Error("an assembly that is not served ends a lease")
	}
	r.replace(r.composed(t))
	if holds() {
		t.Error("a lease outlives its role")
	}
}

// roleARN is the ARN of a role by its construct path.
func roleARN(t *testing.T, a *assembly.Assembly, path string) string {
	t.Helper()
	for _, resource := range a.Resources("AWS::IAM::Role") {
		if resource.Path == path {
			arn, err := resource.Attribute("Arn")
			if err != nil {
				t.Fatal(err)
			}
			return arn
		}
	}
	t.Fatalf("there is no role %s", path)
	return ""
}

// TestGenerationOfConnection: a distribution's requests belong to its generation. A viewer may have the same port, on a
// connection to another server. The policies of now decide its requests.
func TestGenerationOfConnection(t *testing.T) {
	var servers []net.Addr
	for range 2 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		servers = append(servers, listener.Addr())
	}
	client, err := net.Dial("tcp", servers[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	before, now := newGeneration(nil), newGeneration(nil)
	before.enter()
	before.retire()
	r := &runner{current: now}
	r.callers.Store(journal.ConnectionTo(client), before)
	for _, row := range []struct {
		name, why string
		server    net.Addr
		want      *generation
	}{
		{name: "the distribution's", why: "a request ends where it began", server: servers[0], want: before},
		{name: "a viewer's", why: "it has just begun", server: servers[1], want: now},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx := context.WithValue(t.Context(), http.LocalAddrContextKey, row.server)
			request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
			request.RemoteAddr = client.LocalAddr().String()
			if r.enter(request) != row.want {
				t.Errorf("%s: it is in another generation", row.why)
			}
		})
	}
}
