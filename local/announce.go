package local

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// listening is what --json prints. The ids are construct paths. The urls have no trailing slash, and a REST API's
// ends with its stage. The host is the Function URL's name on AWS. The value of a secret is made up for this run, and
// so is the password of all users of the user pools. The STS is "" where nothing listens.
type listening struct {
	Distributions []listeningResource    `json:"distributions"`
	FunctionURLs  []listeningFunctionURL `json:"functionUrls"`
	RestAPIs      []listeningResource    `json:"restApis"`
	UserPools     []listeningUserPool    `json:"userPools"`
	Issuers       []string               `json:"issuers,omitempty"`
	Password      string                 `json:"password,omitempty"`
	STS           string                 `json:"sts"`
	Secrets       []madeUpSecret         `json:"secrets"`
}

type listeningResource struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

type listeningFunctionURL struct {
	ID   string `json:"id"`
	URL  string `json:"url"`
	Host string `json:"host"`
}

type madeUpSecret struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// announce says where things listen. With --json that is one line on stdout, and everything for people goes to stderr.
func announce(g *generation, o Options, stdout, stderr io.Writer) error {
	where := whereListening(g.at, g.composed)
	out := &printer{to: stdout}
	if o.JSON {
		out.to = stderr
	}
	out.print("\nfurl local runs %s on this machine. Nothing here is on AWS.\n\n", o.Assembly)
	out.describe(g, o, where)
	out.print("\nCtrl-C stops it.\n")
	if out.err != nil || !o.JSON {
		return out.err
	}
	// This comes last, so that a program with the line on stdout can read all on stderr.
	if err := json.NewEncoder(stdout).Encode(where); err != nil {
		return fmt.Errorf("print where things listen: %w", err)
	}
	return nil
}

// whereListening collects the addresses, and the secrets that were made up for this run.
func whereListening(at *addresses, c *composition) listening {
	where := listening{
		Distributions: []listeningResource{}, FunctionURLs: []listeningFunctionURL{}, RestAPIs: []listeningResource{},
		UserPools: []listeningUserPool{}, Secrets: []madeUpSecret{},
	}
	if address := at.own(awsAPIs); address != "" {
		where.STS = "http://" + address
	}
	if c.pools != nil {
		where.addUserPools(c.pools, "http://"+at.own(userPools))
	}
	for _, secret := range c.secrets {
		where.addSecret(secret.MadeUpFor, secret.Value)
	}
	for _, e := range at.endpoints {
		url := "http://" + e.address()
		switch e.kind {
		case distributionType:
			where.Distributions = append(where.Distributions, listeningResource{e.path, url})
		case restAPIType:
			if api := c.apis[e.path]; api != nil {
				url += "/" + api.Stage()
				for _, key := range api.Keys() {
					where.addSecret(key.MadeUpFor, key.Value)
				}
			}
			where.RestAPIs = append(where.RestAPIs, listeningResource{e.path, url})
		case urlType:
			where.FunctionURLs = append(where.FunctionURLs, listeningFunctionURL{e.path, url, e.host})
		}
	}
	return where
}

// addSecret adds a secret once. One whose value the template holds has no id, and is not told.
func (l *listening) addSecret(id, value string) {
	if secret := (madeUpSecret{id, value}); id != "" && !slices.Contains(l.Secrets, secret) {
		l.Secrets = append(l.Secrets, secret)
	}
}

// announceChanges prints the lines that are new in a generation, and those of addresses that are gone.
func announceChanges(before, g *generation, o Options, to io.Writer) {
	old := &printer{to: io.Discard}
	old.describe(before, o, whereListening(before.at, before.composed))
	out := &printer{to: to, told: old.lines}
	out.describe(g, o, whereListening(g.at, g.composed))
	for _, e := range before.at.endpoints {
		if g.handlers[e.port] == nil {
			out.print("  gone          http://%s  %s\n", e.address(), e.path)
		}
	}
}

// describe prints the addresses, the stacks' outputs, the gaps, and lines to paste next.
func (out *printer) describe(g *generation, o Options, where listening) {
	for _, d := range where.Distributions {
		out.line("  distribution  " + d.URL + "  " + d.ID)
	}
	for _, u := range where.FunctionURLs {
		out.line("  function URL  " + u.URL + "  " + u.ID)
	}
	for _, api := range where.RestAPIs {
		out.line("  REST API      " + api.URL + "  " + api.ID)
	}
	where.describeUserPools(out)
	if where.STS != "" {
		out.line("  STS           " + where.STS)
	}
	for _, secret := range where.Secrets {
		out.line("  secret        " + secret.Value + "  " + secret.ID + " (made up for this run)")
	}
	if g.at.socketError != nil {
		out.line("\nfurl token and furl credentials do not ask this furl local: " + g.at.socketError.Error())
	}
	out.list("Outputs", outputs(g))
	out.list("Answered with 502", unserved(g.composed))
	out.list("Functions that cannot run", unrun(g.composed))
	out.list("Not watched, since cdk synth copied it (--staging=false leaves code in the app)",
		unwatched(g.assembly, o))
	out.list("Unknown values, with a placeholder in their place", unknowns(g.assembly))
	out.list("Not simulated", g.composed.gaps.Lines())
	out.list("Try", suggestions(g, where, o))
}

// outputs are the stacks' outputs, with addresses on this machine in place of AWS's. One that cannot be resolved is a
// gap.
func outputs(g *generation) []string {
	var lines []string
	for _, stack := range g.assembly.Stacks {
		resolved, err := stack.ResolvedOutputs()
		if err != nil {
			g.composed.gaps.Add(stack.Path, "%v", err)
		}
		for _, output := range resolved {
			// CDK makes these for references between stacks. They are not the app's for its users.
			if !strings.HasPrefix(output.Name, "PublishOutput") {
				lines = append(lines, stack.Name+"."+output.Name+" = "+g.at.localise(output.Value))
			}
		}
	}
	return lines
}

// unserved are the distributions, Function URLs and REST APIs that cannot be served, with the reason.
func unserved(c *composition) []string {
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(c.unserved)) {
		lines = append(lines, path+": "+c.unserved[path].Error())
	}
	return lines
}

// unrun are the functions that cannot run, with the reason and the flag that helps.
func unrun(c *composition) []string {
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(c.unrun)) {
		reason := c.unrun[path].Error()
		lines = append(lines, reason)
		if !strings.Contains(reason, "--run") {
			lines = append(lines, "  --run '"+path+"=COMMAND'")
		}
	}
	return lines
}

// unknowns are the values that only AWS knows, by kind, and the values that were given and that nothing asks for.
func unknowns(a *assembly.Assembly) []string {
	var lines []string
	kind := ""
	for _, unknown := range a.Unknowns() {
		if unknown.Kind != kind {
			kind = unknown.Kind
			lines = append(lines, kind+":")
		}
		lines = append(lines, "  "+unknown.Name+"  is "+unknown.Placeholder)
	}
	if len(lines) > 0 {
		lines = append(lines,
			"--parameter NAME=VALUE gives a parameter or value, --env PATH:NAME=VALUE a function's variable.")
	}
	for _, name := range a.Unused() {
		lines = append(lines, "--parameter "+name+"=…: nothing asks for it")
	}
	return lines
}

// announceNothing says what an assembly has in which nothing listens.
func announceNothing(a *assembly.Assembly, o Options, stdout, stderr io.Writer) error {
	counts := map[string]int{}
	for _, resource := range a.Resources() {
		counts[resource.Type]++
	}
	out := &printer{to: stdout}
	if o.JSON {
		out.to = stderr
	}
	out.print("\n%s has no CloudFront distribution, Function URL or REST API to serve.\n", o.Assembly)
	if len(o.Only) > 0 {
		out.print("Only %s was asked for.\n", strings.Join(o.Only, ", "))
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("%d %s", counts[name], name))
	}
	out.list("It has", lines)
	if o.JSON && out.err == nil {
		return json.NewEncoder(stdout).Encode(whereListening(&addresses{}, &composition{}))
	}
	return out.err
}
