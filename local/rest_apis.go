package local

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// buildRestAPIs makes the handler of each REST API.
func (c *cloud) buildRestAPIs() (err error) {
	if c.stageWebACLs, err = c.stageACLs(); err != nil {
		return err
	}
	for _, e := range c.endpoints {
		if e.resource.Type != restAPIType {
			continue
		}
		if err := c.buildRestAPI(e); err != nil {
			return fmt.Errorf("REST API %s: %w", e.path, err)
		}
	}
	c.listOtherStages()
	return nil
}

// restAPI is a REST API while it is read.
type restAPI struct {
	*cloud
	resource *assembly.Resource
	id       string
	root     string // id of the resource "/"
	config   apigateway.Config
}

func (c *cloud) buildRestAPI(e *endpoint) error {
	id, err := e.resource.Ref()
	if err != nil {
		return err
	}
	root, err := e.resource.Attribute("RootResourceId")
	if err != nil {
		return err
	}
	stack := e.resource.Stack
	a := &restAPI{cloud: c, resource: e.resource, id: id, root: root, config: apigateway.Config{
		Path: e.path, ID: id, Host: e.host, Address: e.address(), Region: stack.Region, Account: stack.Account,
		GatewayResponses: map[string]apigateway.GatewayResponse{}, Credentials: c.credentials, Now: time.Now,
		Log: c.log, Verbose: c.verbose(),
	}}
	for _, step := range []func() error{
		a.readAPI, a.readStage, a.readWebACL, a.readGatewayResponses, a.readKeys, a.readMethods,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	e.stage = a.config.Stage
	handler, err := apigateway.New(a.config)
	if err != nil {
		return err
	}
	e.handler = handler
	for _, line := range handler.NotSimulated() {
		a.lacks("REST API %s: %s", e.path, line)
	}
	return nil
}

// lacks lists something as not simulated.
func (a *restAPI) lacks(format string, arguments ...any) {
	a.notSimulated = append(a.notSimulated, fmt.Sprintf(format, arguments...))
}

// own are the resources of a type that belong to the API, sorted by path.
func (a *restAPI) own(resourceType string) ([]*assembly.Resource, error) {
	var found []*assembly.Resource
	for _, resource := range a.assembly.Resources(resourceType) {
		var properties struct{ RestApiId string }
		if err := decode(resource, &properties); err != nil {
			return nil, err
		}
		if properties.RestApiId == a.id {
			found = append(found, resource)
		}
	}
	return found, nil
}

func (a *restAPI) readAPI() error {
	var properties struct {
		ApiKeySourceType          string
		BinaryMediaTypes          []string
		Body, BodyS3Location      any
		DisableExecuteApiEndpoint bool
		EndpointConfiguration     struct{ Types []string }
		MinimumCompressionSize    *int
		Policy                    any
	}
	if err := decode(a.resource, &properties); err != nil {
		return err
	}
	switch {
	case properties.Body != nil || properties.BodyS3Location != nil:
		return errors.New("an API that is imported from OpenAPI is not simulated")
	case properties.ApiKeySourceType == "AUTHORIZER":
		return errors.New("API keys that an authorizer answers (ApiKeySourceType AUTHORIZER) are not simulated")
	}
	a.config.BinaryMediaTypes = properties.BinaryMediaTypes
	if properties.DisableExecuteApiEndpoint {
		a.lacks("REST API %s: DisableExecuteApiEndpoint: it answers here, where there is no custom domain", a.resource.Path)
	}
	if slices.Contains(properties.EndpointConfiguration.Types, "PRIVATE") {
		a.lacks("REST API %s: its endpoint is private, and here it is not", a.resource.Path)
	}
	if properties.MinimumCompressionSize != nil {
		a.lacks("REST API %s: compression", a.resource.Path)
	}
	var err error
	a.config.Policy, err = a.resourcePolicy(properties.Policy)
	return err
}

// resourcePolicy reads the API's resource policy. API Gateway makes full ARNs of the short form "execute-api:/STAGE/METHOD/PATH" when
// it is saved (API Gateway Developer Guide, apigateway-resource-policies-examples).
func (a *restAPI) resourcePolicy(document any) (*iam.Policy, error) {
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
				statement[key] = a.fullARNs(statement[key])
			}
		}
	}
	return parsePolicy("resource policy of REST API "+a.resource.Path, document)
}

// fullARNs are a statement's resources, one or a list, with the short form written out.
func (a *restAPI) fullARNs(resources any) any {
	if list, ok := resources.([]any); ok {
		for i := range list {
			list[i] = a.fullARNs(list[i])
		}
		return list
	}
	text, _ := resources.(string)
	if rest, ok := strings.CutPrefix(text, "execute-api:/"); ok {
		return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s", a.config.Region, a.config.Account, a.id, rest)
	}
	return resources
}
