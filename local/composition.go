package local

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/awsapi"
	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/cloudfrontjs"
	"github.com/furl-cdk/furl/local/internal/functionurl"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// composition holds what answers at each address.
type composition struct {
	urls    map[string]*functionurl.Handler // by construct path, as sites and apis
	sites   map[string]*cloudfront.Distribution
	apis    map[string]*apigateway.API
	awsAPIs *awsapi.Handler
	secrets []awsapi.Secret
	closers []io.Closer
	gaps    *assembly.Gaps // what is not simulated
}

// compose builds what answers at the addresses. Each part reads its own resources, and takes from the parts before it.
// Functions are made when a part asks for them. One that cannot run is an error here, after all parts were read.
func compose(
	a *assembly.Assembly, at *addresses, o Options, scratch string, log io.Writer,
) (c *composition, err error) {
	c = &composition{gaps: listUnmodelled(a)}
	defer func() {
		if err != nil {
			c, err = nil, errors.Join(err, c.close())
		}
	}()
	var verbose io.Writer
	if o.Verbose {
		verbose = log
	}
	store := &iam.Store{}
	roles, err := iam.ReadRoles(a, c.gaps)
	if err != nil {
		return c, err
	}
	policies, err := lambda.ReadPolicies(a, c.gaps)
	if err != nil {
		return c, err
	}
	if c.secrets, err = awsapi.ReadSecrets(a); err != nil {
		return c, err
	}
	functions, err := lambda.NewFunctions(a, lambda.Needs{
		Scratch: scratch, Log: log, Commands: o.Commands,
		Environment: at.environment, Role: roles.At, Issue: store.Issue,
	}, c.gaps)
	if err != nil {
		return c, err
	}
	viewers := cloudfrontjs.NewFunctions(a, log, c.gaps)
	c.closers = []io.Closer{functions, viewers}
	acls, err := waf.NewACLs(a, c.gaps)
	if err != nil {
		return c, err
	}
	if c.urls, err = functionurl.Read(a, functionurl.Needs{
		Function: functions.At, Policy: policies.At, Credentials: store,
		Address: at.of, Localise: at.localise, Log: log, Verbose: verbose,
	}); err != nil {
		return c, err
	}
	if c.apis, err = apigateway.Read(a, apigateway.Needs{
		Function: functions.At, Policy: policies.At, Credentials: store, ACL: acls.Of,
		Address: at.of, Localise: at.localise, Log: log, Verbose: verbose,
	}, c.gaps); err != nil {
		return c, err
	}
	if c.sites, err = cloudfront.Read(a, cloudfront.Needs{
		Edge: functions.Edge, Viewer: viewers.At, ACL: acls.At, Sign: store.IssueService,
		Origins: at.origins(), Localise: at.localise, Log: log, Verbose: verbose,
	}, c.gaps); err != nil {
		return c, err
	}
	c.awsAPIs = awsapi.Read(a, awsapi.Needs{
		Role: roles.At, Function: functions.At, Policy: policies.At, Credentials: store, Secrets: c.secrets,
		SessionLimit: o.SessionDuration, Verbose: verbose,
	})
	return c, functions.Err()
}

// listUnmodelled notes each type of resources that is not simulated.
func listUnmodelled(a *assembly.Assembly) *assembly.Gaps {
	var types []string
	for _, resource := range a.Resources() {
		if !resource.Modelled() {
			types = append(types, resource.Type)
		}
	}
	slices.Sort(types)
	gaps := &assembly.Gaps{}
	for _, name := range types {
		gaps.Add("resources of type %s", name)
	}
	return gaps
}

// handler is what answers at an endpoint.
func (c *composition) handler(e *endpoint) http.Handler {
	switch e.kind {
	case distributionType:
		return c.sites[e.path]
	case restAPIType:
		return c.apis[e.path]
	case urlType:
		return c.urls[e.path]
	}
	return c.awsAPIs
}

// close ends every process.
func (c *composition) close() error {
	var errs []error
	for _, closer := range c.closers {
		errs = append(errs, closer.Close())
	}
	return errors.Join(errs...)
}
