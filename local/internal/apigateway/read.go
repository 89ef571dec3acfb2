package apigateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// Needs holds the parts of furl local that REST APIs use.
type Needs struct {
	Function    func(arn string) (*lambda.Function, error)
	Policy      func(arn string) *iam.Policy // of a function or alias; nil for none
	Pool        func(arn string) (*cognito.Pool, bool)
	Credentials *iam.Store
	ACL         func(region, apiID, stage string) (*waf.ACL, error) // in front of a stage; nil for none
	Address     func(*assembly.Resource) (host, address string)     // as in Config
	Localise    func(string) string                                 // puts this machine's addresses in place of AWS's
	MadeUp      *assembly.MadeUp                                    // has the API keys without a value
}

// Read makes the handler of each AWS::ApiGateway::RestApi, by construct path. The failures say why an API cannot be
// served.
func Read(a *assembly.Assembly, needs Needs, gaps *assembly.Gaps) (apis map[string]*API, failures map[string]error) {
	apis, failures = map[string]*API{}, map[string]error{}
	for _, resource := range a.Resources("AWS::ApiGateway::RestApi") {
		r := &reader{assembly: a, needs: needs, gaps: gaps, resource: resource}
		api, err := r.read()
		if err != nil {
			failures[resource.Path] = err
			continue
		}
		apis[resource.Path] = api
	}
	return apis, failures
}

// reader reads one REST API into its Config.
type reader struct {
	assembly *assembly.Assembly
	needs    Needs
	gaps     *assembly.Gaps
	resource *assembly.Resource
	root     string // id of the resource "/"
	config   Config
}

func (r *reader) read() (*API, error) {
	id, err := r.resource.Ref()
	if err != nil {
		return nil, err
	}
	if r.root, err = r.resource.Attribute("RootResourceId"); err != nil {
		return nil, err
	}
	host, address := r.needs.Address(r.resource)
	r.config = Config{
		Path: r.resource.Path, ID: id, Host: host, Address: address,
		Region: r.resource.Stack.Region, Account: r.resource.Stack.Account,
		GatewayResponses: map[string]GatewayResponse{}, Credentials: r.needs.Credentials, Now: time.Now,
	}
	for _, step := range []func() error{
		r.readAPI, r.readStage, r.readWebACL, r.readGatewayResponses, r.readKeys, r.readMethods,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return New(r.config)
}

// own are the resources of a type that belong to the API, sorted by path.
func (r *reader) own(resourceType string) ([]*assembly.Resource, error) {
	var found []*assembly.Resource
	for _, resource := range r.assembly.Resources(resourceType) {
		var properties struct{ RestApiId string }
		if err := resource.Decode(&properties); err != nil {
			return nil, err
		}
		if properties.RestApiId == r.config.ID {
			found = append(found, resource)
		}
	}
	return found, nil
}

func (r *reader) readAPI() error {
	var properties struct {
		ApiKeySourceType          string
		BinaryMediaTypes          []string
		Body, BodyS3Location      any
		DisableExecuteApiEndpoint bool
		EndpointConfiguration     struct{ Types []string }
		MinimumCompressionSize    *int
		Policy                    any
	}
	if err := r.resource.Decode(&properties); err != nil {
		return err
	}
	switch {
	case properties.Body != nil || properties.BodyS3Location != nil:
		return errors.New("an API that is imported from OpenAPI is not simulated")
	case properties.ApiKeySourceType == "AUTHORIZER":
		return errors.New("API keys that an authorizer answers (ApiKeySourceType AUTHORIZER) are not simulated")
	}
	r.config.BinaryMediaTypes = properties.BinaryMediaTypes
	if properties.DisableExecuteApiEndpoint {
		r.gaps.Add(r.resource.Path, "DisableExecuteApiEndpoint, since there is no custom domain here")
	}
	if slices.Contains(properties.EndpointConfiguration.Types, "PRIVATE") {
		r.gaps.Add(r.resource.Path, "private endpoint of a REST API, which is not private here")
	}
	if properties.MinimumCompressionSize != nil {
		r.gaps.Add(r.resource.Path, "compression of a REST API")
	}
	var err error
	r.config.Policy, err = r.resourcePolicy(properties.Policy)
	return err
}

func (r *reader) readWebACL() (err error) {
	r.config.WebACL, err = r.needs.ACL(r.config.Region, r.config.ID, r.config.Stage)
	return err
}

// resourcePolicy reads the API's resource policy. API Gateway makes full ARNs of the short form
// "execute-api:/STAGE/METHOD/PATH" when it is saved (API Gateway Developer Guide,
// apigateway-resource-policies-examples).
func (r *reader) resourcePolicy(document any) (*iam.Policy, error) {
	if document == nil {
		return nil, nil
	}
	object, _ := document.(map[string]any)
	statements, ok := object["Statement"].([]any)
	if !ok {
		statements = []any{object["Statement"]}
	}
	for i, element := range statements {
		statement, ok := element.(map[string]any)
		if !ok {
			continue // an error below
		}
		if statement["Principal"] == nil || statement["Resource"] == nil && statement["NotResource"] == nil {
			return nil, fmt.Errorf("its resource policy, statement %d: it must have a Principal and a Resource", i+1)
		}
		for _, key := range []string{"Resource", "NotResource"} {
			if statement[key] != nil {
				statement[key] = r.fullARNs(statement[key])
			}
		}
	}
	policy, err := iam.ParseNamedPolicy("resource policy of REST API "+r.resource.Path, document)
	if err == nil {
		for _, line := range policy.UnknownKeys() {
			r.gaps.Add(r.resource.Path, "%s", line)
		}
	}
	return policy, err
}

// fullARNs are a statement's resources, one or a list, with the short form written out.
func (r *reader) fullARNs(resources any) any {
	if list, ok := resources.([]any); ok {
		for i := range list {
			list[i] = r.fullARNs(list[i])
		}
		return list
	}
	text, _ := resources.(string)
	if rest, ok := strings.CutPrefix(text, "execute-api:/"); ok {
		return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s", r.config.Region, r.config.Account, r.config.ID, rest)
	}
	return resources
}
