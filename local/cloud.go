package local

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// cloud is an assembly on this machine.
type cloud struct {
	assembly  *assembly.Assembly
	options   Options
	scratch   string    // folder for unpacked code
	log       io.Writer // whole lines, from many goroutines
	localise  *strings.Replacer
	endpoints []*endpoint
	awsAPIs   *endpoint // what the functions' SDK calls reach
	secrets   []secret
	apiKeys   []madeUpSecret

	credentials  *iam.Store
	roles        map[string]roleOrError      // by ARN
	policies     map[string]*iam.Policy      // of functions and aliases, by ARN
	functions    map[string]*lambda.Function // by ARN, with a version's or alias' qualifier; CloudFront Functions too
	running      []*lambda.Function          // each once
	webACLs      map[string]*waf.ACL         // by scope and ARN
	stageWebACLs map[string]string           // ARNs of the web ACLs in front of stages that no REST API has taken yet
	notSimulated []string                    // what the assembly has and this does not do
}

// newCloud builds all that the endpoints need. What it returns must be closed, with an error too.
func newCloud(loaded *assembly.Assembly, options Options, scratch string, log io.Writer) (*cloud, error) {
	c := &cloud{
		assembly: loaded, options: options, scratch: scratch, log: log,
		credentials: &iam.Store{}, roles: map[string]roleOrError{}, policies: map[string]*iam.Policy{}, functions: map[string]*lambda.Function{}, webACLs: map[string]*waf.ACL{},
	}
	for _, step := range []func() error{
		c.checkCommands, c.listUnmodelled, c.listen, c.listenForAPIs, c.buildRoles, c.buildPolicies, c.buildSecrets,
		c.buildFunctionURLs, c.buildRestAPIs, c.buildDistributions, c.buildAPIs,
	} {
		if err := step(); err != nil {
			return c, err
		}
	}
	return c, nil
}

// modelled are the types that this package does something about, or that have no effect at run time.
var modelled = []string{
	distributionType, restAPIType, secretType, urlType,
	"AWS::ApiGateway::Account", "AWS::ApiGateway::ApiKey", "AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::GatewayResponse",
	"AWS::ApiGateway::Method", "AWS::ApiGateway::Resource", "AWS::ApiGateway::Stage", "AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::UsagePlanKey",
	"AWS::CDK::Metadata", "AWS::CloudFormation::Stack",
	"AWS::CloudFront::CachePolicy", viewerFunctionType, "AWS::CloudFront::OriginAccessControl", "AWS::CloudFront::OriginRequestPolicy",
	"AWS::CloudFront::ResponseHeadersPolicy",
	"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role",
	"AWS::Lambda::Alias", "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Lambda::Version",
	"AWS::Logs::LogGroup",
	"AWS::WAFv2::IPSet", webACLType, associationType,
}

// listUnmodelled notes each type of resource that is not simulated, once.
func (c *cloud) listUnmodelled() error {
	var types []string
	for _, resource := range c.assembly.Resources() {
		if !slices.Contains(modelled, resource.Type) {
			types = append(types, resource.Type)
		}
	}
	slices.Sort(types)
	for _, name := range slices.Compact(types) {
		c.notSimulated = append(c.notSimulated, "resources of type "+name)
	}
	return nil
}

// verbose is the log of what --verbose asks for, nil where it was not given.
func (c *cloud) verbose() io.Writer {
	if c.options.Verbose {
		return c.log
	}
	return nil
}

// close ends every process and listener.
func (c *cloud) close() error {
	var errs []error
	for _, function := range c.running {
		errs = append(errs, function.Close())
	}
	for _, e := range c.listeners() {
		e.listener.Close() // closed by its server already, where that ran
	}
	return errors.Join(errs...)
}

// listeners are all that listen.
func (c *cloud) listeners() []*endpoint {
	if c.awsAPIs == nil {
		return c.endpoints
	}
	return append(slices.Clone(c.endpoints), c.awsAPIs)
}
