package iam

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	iamRequests = flag.Int("iam-requests", 10_000,
		"how many random requests TestDifferential evaluates (1,000 with -short)")
	iamSeed = flag.Uint64("iam-seed", 1, "the seed of TestDifferential's random requests")
)

// TestDifferential evaluates random requests with random policies, and has npm @cloud-copilot/iam-simulate evaluate
// them too. The two differ only where a row of knownDifferences says why.
func TestDifferential(t *testing.T) {
	count := *iamRequests
	if testing.Short() {
		count = min(count, 1_000)
	}
	begin, g := time.Now(), generator{rand.New(rand.NewPCG(*iamSeed, 0))}
	simulations := make([]*simulation, count)
	for i := range simulations {
		simulations[i] = g.simulation()
	}
	theirs := simulate(t, simulations)
	explained, unexplained, allowed, plain := map[string]int{}, 0, 0, 0
	for i, s := range simulations {
		decision := s.decide(t)
		rows := s.differences()
		if len(rows) == 0 {
			plain++
		}
		if decision.Allowed {
			allowed++
		}
		if decision.Allowed == (theirs[i] == "Allowed") && !strings.HasPrefix(theirs[i], "error") {
			continue
		}
		if len(rows) == 0 {
			if unexplained++; unexplained <= 10 { // more would tell no more
				t.Errorf("request %d: theirs %s, ours %+v\n%s", i, theirs[i], decision, s.json(t))
			}
		}
		for _, name := range rows {
			explained[name]++
		}
	}
	if unexplained > 0 {
		t.Errorf("%d requests differ, and no row says why", unexplained)
	}
	t.Logf("%d requests, seed %d, in %v: %d allowed, %d with nothing of the table in them",
		count, *iamSeed, time.Since(begin).Round(time.Millisecond), allowed, plain)
	for _, row := range knownDifferences {
		t.Logf("%6d differ, with: %s", explained[row.name], row.name)
		if explained[row.name] == 0 && count >= 10_000 && *iamSeed == 1 {
			t.Errorf("no request differs with %s: is the row still right?", row.name)
		}
	}
}

// decide is our decision.
func (s *simulation) decide(t *testing.T) Decision {
	t.Helper()
	read := func(name string, document object) *Policy {
		if document == nil {
			return nil
		}
		policy, err := ParseNamedPolicy(name, document)
		if err != nil {
			t.Fatalf("%v\n%s", err, s.json(t))
		}
		return policy
	}
	request := Request{Action: s.action, Resource: s.resource, ResourceAccount: s.account, Context: s.context}
	onResource := read("resource policy", s.onResource)
	if s.caller == service {
		return EvaluateService(service, request, onResource)
	}
	if s.hasRole() {
		config := RoleConfig{
			ARN: s.caller, Trust: policy(t, "trust", permit(`"*"`, "")),
			Policies: []*Policy{read("identity", s.identity)}, Boundary: read("boundary", s.boundary),
		}
		role, err := NewRole(config)
		if err != nil {
			t.Fatal(err)
		}
		request.Identity = &Identity{Role: role, SessionName: roleSession, Policy: read("session", s.session)}
	}
	if s.action != "sts:AssumeRole" || request.Identity == nil {
		return Evaluate(request, onResource)
	}
	leased, err := NewRole(RoleConfig{ARN: s.resource, Trust: onResource})
	if err != nil {
		t.Fatal(err)
	}
	return EvaluateTrust(request, leased)
}

// simulate has the simulator decide, in as many Node processes as there are processors.
func simulate(t *testing.T, simulations []*simulation) []string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		skipOrFail(t, "policies are not compared with iam-simulate: %v", err)
	}
	if _, err := os.Stat("../../../node_modules/@cloud-copilot/iam-simulate"); err != nil {
		skipOrFail(t, "policies are not compared with iam-simulate, for want of npm ci: %v", err)
	}
	var lines [][]byte
	for _, s := range simulations {
		lines = append(lines, append(s.json(t), '\n'))
	}
	answers := make([]string, len(lines))
	processes := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for i := range processes {
		from, to := len(lines)*i/processes, len(lines)*(i+1)/processes
		group.Go(func() {
			if err := simulateLines(t.Context(), lines[from:to], answers[from:to]); err != nil {
				t.Errorf("simulate.mjs: %v", err)
			}
		})
	}
	if group.Wait(); t.Failed() {
		t.FailNow()
	}
	return answers
}

// simulateLines runs one Node process.
func simulateLines(ctx context.Context, lines [][]byte, answers []string) error {
	node := exec.CommandContext(ctx, "node", "testdata/simulate.mjs")
	node.Stdin, node.Stderr = bytes.NewReader(bytes.Join(lines, nil)), os.Stderr
	output, err := node.Output()
	if err != nil {
		return err
	}
	if count := bytes.Count(output, []byte("\n")); count != len(lines) {
		return fmt.Errorf("%d answers to %d requests", count, len(lines))
	}
	copy(answers, strings.Split(string(output), "\n"))
	return nil
}

// skipOrFail skips a test where its tool is missing. On CI it fails.
func skipOrFail(t *testing.T, format string, arguments ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, arguments...)
	}
	t.Skipf("SKIPPED: "+format, arguments...)
}

// json writes the simulation as the simulator takes it.
func (s *simulation) json(t *testing.T) []byte {
	t.Helper()
	var principal any = s.caller
	switch {
	case s.hasRole():
		principal = sessionARNOf(s.caller)
	case s.caller == "":
		principal = object{"type": "Anonymous"}
	}
	context := object{}
	for key, values := range s.context {
		context[key] = values[0]
		if isMultivalued(key, values) {
			context[key] = values
		}
	}
	simulation := object{
		"request": object{
			"principal": principal, "action": s.action, "contextVariables": context,
			"resource": object{"resource": s.resource, "accountId": s.account},
		},
		"identityPolicies": []any{}, "serviceControlPolicies": []any{}, "resourceControlPolicies": []any{},
	}
	if s.identity != nil {
		simulation["identityPolicies"] = []any{object{"name": "identity", "policy": s.identity}}
	}
	if s.session != nil {
		simulation["sessionPolicy"] = s.session
	}
	if s.boundary != nil {
		simulation["permissionBoundaryPolicies"] = []any{object{"name": "boundary", "policy": s.boundary}}
	}
	if s.onResource != nil {
		simulation["resourcePolicy"] = s.onResource
	}
	text, err := json.Marshal(simulation)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func sortedKeys[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }
