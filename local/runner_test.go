package local

import (
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
	return runnerWith(t, dir, nil)
}

// runnerWith makes one with a log, nil for none.
func runnerWith(t *testing.T, dir string, log *journal.Log) *runner {
	t.Helper()
	options := Options{Assembly: dir, Listen: "127.0.0.1:0", Watch: true}
	scratch := t.TempDir()
	r := newRunner(t.Context(), options, lasting{
		scratch: scratch, log: log, store: &iam.Store{}, run: cognito.NewRun(scratch), madeUp: &assembly.MadeUp{},
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
