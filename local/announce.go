package local

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// listening is what --json prints: ids are construct paths, urls have no trailing slash (a REST API's ends with its stage), host
// is the Function URL's name on AWS, value is made up for this run.
type listening struct {
	Distributions []listeningResource    `json:"distributions"`
	FunctionURLs  []listeningFunctionURL `json:"functionUrls"`
	RestAPIs      []listeningResource    `json:"restApis"`
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
func (c *cloud) announce(stdout, stderr io.Writer) error {
	where := listening{
		Distributions: []listeningResource{}, FunctionURLs: []listeningFunctionURL{}, RestAPIs: []listeningResource{}, Secrets: []madeUpSecret{},
	}
	for _, e := range c.endpoints {
		switch e.resource.Type {
		case distributionType:
			where.Distributions = append(where.Distributions, listeningResource{e.path, e.url()})
		case restAPIType:
			where.RestAPIs = append(where.RestAPIs, listeningResource{e.path, e.url()})
		default:
			where.FunctionURLs = append(where.FunctionURLs, listeningFunctionURL{e.path, e.url(), e.host})
		}
	}
	for _, s := range c.secrets {
		if s.madeUp {
			where.Secrets = append(where.Secrets, madeUpSecret{s.path, s.Value})
		}
	}
	where.Secrets = append(where.Secrets, c.apiKeys...)
	if !c.options.JSON {
		return c.describe(stdout, where)
	}
	if err := c.describe(stderr, where); err != nil { // first, so that who has the line on stdout can read all of this
		return err
	}
	if err := json.NewEncoder(stdout).Encode(where); err != nil {
		return fmt.Errorf("print where things listen: %w", err)
	}
	return nil
}

// describe prints what runs, what is not simulated, the stacks' outputs, and what to paste next.
func (c *cloud) describe(to io.Writer, where listening) error {
	out := &printer{to: to}
	out.print("\nfurl local runs %s on this machine. Nothing here is on AWS.\n\n", c.options.Assembly)
	for _, d := range where.Distributions {
		out.print("  distribution  %s  %s\n", d.URL, d.ID)
	}
	for _, u := range where.FunctionURLs {
		out.print("  function URL  %s  %s\n", u.URL, u.ID)
	}
	for _, api := range where.RestAPIs {
		out.print("  REST API      %s  %s\n", api.URL, api.ID)
	}
	for _, secret := range where.Secrets {
		out.print("  secret        %s  %s (made up for this run)\n", secret.Value, secret.ID)
	}
	c.describeOutputs(out)
	if len(c.notSimulated) > 0 {
		out.print("\nNot simulated:\n")
		said := map[string]bool{} // what several parts need is noted by each
		for _, line := range c.notSimulated {
			if !said[line] {
				out.print("  %s\n", line)
			}
			said[line] = true
		}
	}
	c.suggest(out)
	out.print("\nCtrl-C stops it.\n")
	return out.err
}

// suggest prints what to paste next: the first distribution, and the first Function URL that refuses what is unsigned.
func (c *cloud) suggest(out *printer) {
	first := func(kind string, iam bool) *endpoint {
		for _, e := range c.endpoints {
			if e.resource.Type == kind && e.iam == iam {
				return e
			}
		}
		return nil
	}
	out.print("\nTry:\n")
	if e := first(distributionType, false); e != nil {
		out.print("  curl -i %s/    # through CloudFront: what your viewers get\n", e.url())
	}
	if e := first(urlType, true); e != nil {
		out.print("  curl -i %s/    # the Function URL itself, unsigned: 403\n", e.url())
	}
}

// describeOutputs prints the stacks' outputs, with addresses on this machine in place of AWS's.
func (c *cloud) describeOutputs(out *printer) {
	title := "\nOutputs:\n"
	for _, stack := range c.assembly.Stacks {
		outputs, err := stack.ResolvedOutputs()
		if err != nil {
			c.notSimulated = append(c.notSimulated, err.Error())
		}
		for _, output := range outputs {
			if strings.HasPrefix(output.Name, "PublishOutput") {
				continue // made by CDK for a reference between stacks, not by the app for its users
			}
			out.print("%s  %s.%s = %s\n", title, stack.Name, output.Name, c.localise.Replace(output.Value))
			title = ""
		}
	}
}

// printer keeps the first error of a run of prints.
type printer struct {
	to  io.Writer
	err error
}

func (p *printer) print(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.to, format, args...)
	}
}
