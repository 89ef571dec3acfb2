package local

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/awsapi"
	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/cloudfrontjs"
	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/functionurl"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// composition holds what answers at each address.
type composition struct {
	urls      map[string]*functionurl.Handler // by construct path, as sites and apis
	sites     map[string]*cloudfront.Distribution
	apis      map[string]*apigateway.API
	awsAPIs   *awsapi.Handler
	functions *lambda.Functions
	log       *journal.Log
	roles     *iam.Roles
	users     *iam.Users
	pools     *cognito.Pools
	signIn    *cognito.Handler
	control   http.Handler // answers furl's other commands
	secrets   []awsapi.Secret
	closers   []io.Closer
	gaps      *assembly.Gaps // what is not simulated

	unserved map[string]error // distributions, URLs and APIs that cannot be served, by construct path
	unrun    map[string]error // functions that cannot run, by construct path
}

// lasting is what stays when the assembly is read again.
type lasting struct {
	scratch string // folder for temporary files
	log     *journal.Log
	store   *iam.Store
	run     *cognito.Run
	madeUp  *assembly.MadeUp
	builds  *builds
}

// compose builds what answers at the addresses. Each part reads its own resources, and takes from the parts before it.
// Functions are made when a part asks for them. Those of the generation before go on where they stay as they are.
func compose(
	a *assembly.Assembly, at *addresses, o Options, kept lasting, before *generation, dial cloudfront.Dial,
) (c *composition, err error) {
	c = &composition{log: kept.log, gaps: listUnmodelled(a), unserved: map[string]error{}}
	defer func() {
		if err != nil {
			c, err = nil, errors.Join(err, c.close())
		}
	}()
	log, store := kept.log, kept.store
	if c.roles, err = iam.ReadRoles(a, c.gaps); err != nil {
		return c, err
	}
	if c.users, err = iam.ReadUsers(a, c.gaps); err != nil {
		return c, err
	}
	policies, err := lambda.ReadPolicies(a, c.gaps)
	if err != nil {
		return c, err
	}
	if c.secrets, err = awsapi.ReadSecrets(a, kept.madeUp); err != nil {
		return c, err
	}
	if c.pools, err = cognito.Read(a, kept.run, c.gaps); err != nil {
		return c, err
	}
	commands, err := o.commands(a)
	if err != nil {
		return c, err
	}
	debug, err := o.debug(a, commands)
	if err != nil {
		return c, err
	}
	if err := o.checkVariables(a); err != nil {
		return c, err
	}
	if err := o.checkBuilds(a); err != nil {
		return c, err
	}
	functions, err := lambda.NewFunctions(a, lambda.Needs{
		Scratch: kept.scratch, Log: log, Commands: commands, Debug: debug, Layers: o.Layers,
		Environment: at.environment, Redirects: at.redirects(kept.run, c.pools.Hosts()),
		Role: c.roles.At, Issue: store.Issue, Previous: before.functions(), Build: kept.builds.of,
	}, c.gaps)
	if err != nil {
		return c, err
	}
	viewers := cloudfrontjs.NewFunctions(a, kept.scratch, log, c.gaps)
	c.functions, c.closers = functions, []io.Closer{functions, viewers}
	acls, err := waf.NewACLs(a, waf.Needs{ViewerAddress: o.ViewerAddress, ViewerCountry: o.ViewerCountry}, c.gaps)
	if err != nil {
		return c, err
	}
	var failures [3]map[string]error
	c.urls, failures[0] = functionurl.Read(a, functionurl.Needs{
		Function: functions.At, Policy: policies.At, Credentials: store,
		Address: at.of, Localise: at.localise,
	})
	c.apis, failures[1] = apigateway.Read(a, apigateway.Needs{
		Function: functions.At, Policy: policies.At, Pool: c.pools.At, Credentials: store,
		ACL: acls.Of, Address: at.of, Localise: at.localise, MadeUp: kept.madeUp,
	}, c.gaps)
	c.sites, failures[2], err = cloudfront.Read(a, cloudfront.Needs{
		Edge: functions.Edge, Viewer: viewers.At, ACL: acls.At, Sign: store.IssueService,
		Origins: at.origins(), StandIns: o.Origins, Localise: at.localise, Dial: dial,
	}, c.gaps)
	if err != nil {
		return c, err
	}
	for _, site := range c.sites {
		c.closers = append(c.closers, site)
	}
	for _, failed := range failures {
		maps.Copy(c.unserved, failed)
	}
	c.awsAPIs = awsapi.Read(a, awsapi.Needs{
		Role: c.roles.At, Function: functions.At, Policy: policies.At, Credentials: store, Secrets: c.secrets,
		SessionLimit: o.SessionDuration,
	})
	c.signIn = cognito.NewHandler(c.pools, at.own(userPools), time.Now)
	c.control = newControl(controlParts{a, at, c.pools, c.roles, c.users, store})
	c.unrun = functions.Failures()
	return c, nil
}

// listUnmodelled notes each type of resources that is not simulated.
func listUnmodelled(a *assembly.Assembly) *assembly.Gaps {
	gaps := &assembly.Gaps{}
	resources := a.Resources()
	slices.SortStableFunc(resources, func(x, y *assembly.Resource) int { return cmp.Compare(x.Type, y.Type) })
	for _, resource := range resources {
		if !resource.Modelled() {
			gaps.Add(resource.Path, "resources of type %s", resource.Type)
		}
	}
	for _, stack := range a.Stacks {
		if stack.AnyRegion {
			gaps.Add(stack.Path, "region of a stack that has none, which is %s here (AWS_REGION changes it)",
				stack.Region)
		}
	}
	return gaps
}

// handler is what answers at an endpoint. Each request has a line in the log.
func (c *composition) handler(e *endpoint) http.Handler { return c.log.Handler(e.path, c.answering(e)) }

// answering is what answers at an endpoint.
func (c *composition) answering(e *endpoint) http.Handler {
	if err := c.unserved[e.path]; err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			journal.From(r.Context()).Decide("furl local", "it cannot serve "+e.path+": "+err.Error())
			http.Error(w, fmt.Sprintf("furl local cannot serve %s: %v", e.path, err), http.StatusBadGateway)
		})
	}
	switch e.kind {
	case distributionType:
		return c.sites[e.path]
	case restAPIType:
		return c.apis[e.path]
	case urlType:
		return c.urls[e.path]
	case userPools, userPoolsByTLS:
		return c.signIn
	case otherCommands:
		return c.control
	}
	return c.awsAPIs
}

// failsMoreThan reports whether a part cannot run here that could in another composition.
func (c *composition) failsMoreThan(other *composition) bool {
	isNew := func(now, before map[string]error) bool {
		for path := range now {
			if before[path] == nil {
				return true
			}
		}
		return false
	}
	return isNew(c.unrun, other.unrun) || isNew(c.unserved, other.unserved)
}

// close ends every process, but for those of functions that go on in another composition.
func (c *composition) close() error {
	var errs []error
	for _, closer := range c.closers {
		errs = append(errs, closer.Close())
	}
	return errors.Join(errs...)
}
