package local

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// buildRestAPIs makes the handler of each REST API.
func (c *cloud) buildRestAPIs() error {
	policies, err := c.resourcePolicies()
	if err != nil {
		return err
	}
	for _, e := range c.endpoints {
		if e.resource.Type != restAPIType {
			continue
		}
		if err := c.buildRestAPI(e, policies); err != nil {
			return fmt.Errorf("REST API %s: %w", e.path, err)
		}
	}
	return nil
}

// restAPI is a REST API while it is read.
type restAPI struct {
	*cloud
	id       string
	root     string // id of the resource "/"
	policies map[string]*iam.Policy
	config   apigateway.Config
}

func (c *cloud) buildRestAPI(e *endpoint, policies map[string]*iam.Policy) error {
	id, err := e.resource.Ref()
	if err != nil {
		return err
	}
	root, err := e.resource.Attribute("RootResourceId")
	if err != nil {
		return err
	}
	stack := e.resource.Stack
	a := &restAPI{cloud: c, id: id, root: root, policies: policies, config: apigateway.Config{
		Path: e.path, ID: id, Host: e.host, Region: stack.Region, Account: stack.Account,
		GatewayResponses: map[string]apigateway.GatewayResponse{}, Credentials: c.credentials, Now: time.Now, Log: c.log,
	}}
	if c.options.Verbose {
		a.config.Verbose = c.log
	}
	for _, step := range []func(*assembly.Resource) error{a.readAPI, a.readStage, a.readGatewayResponses, a.readKeys, a.readMethods} {
		if err := step(e.resource); err != nil {
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
		c.notSimulated = append(c.notSimulated, fmt.Sprintf("REST API %s: %s", e.path, line))
	}
	return nil
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

func (a *restAPI) readAPI(api *assembly.Resource) error {
	var properties struct {
		Body, BodyS3Location any
		Policy               any
	}
	if err := decode(api, &properties); err != nil {
		return err
	}
	if properties.Body != nil || properties.BodyS3Location != nil {
		return errors.New("an API that is imported from OpenAPI is not simulated")
	}
	if properties.Policy == nil {
		return nil
	}
	var err error
	a.config.Policy, err = parsePolicy("resource policy", properties.Policy)
	return err
}

func (a *restAPI) readStage(*assembly.Resource) error {
	stages, err := a.own("AWS::ApiGateway::Stage")
	if err != nil {
		return err
	}
	if len(stages) != 1 {
		return fmt.Errorf("it has %d stages: one is simulated", len(stages))
	}
	var properties struct {
		StageName           string
		Variables           map[string]string
		CacheClusterEnabled bool
		MethodSettings      []struct {
			HttpMethod, ResourcePath string
			ThrottlingRateLimit      float64
			ThrottlingBurstLimit     int
			CachingEnabled           bool
		}
	}
	if err := decode(stages[0], &properties); err != nil {
		return err
	}
	a.config.Stage, a.config.StageVariables = properties.StageName, properties.Variables
	if properties.CacheClusterEnabled {
		a.notSimulated = append(a.notSimulated, "the cache of stage "+stages[0].Path)
	}
	for _, setting := range properties.MethodSettings {
		if setting.HttpMethod == "*" && setting.ResourcePath == "/*" {
			a.config.Throttle = apigateway.Throttle{Rate: setting.ThrottlingRateLimit, Burst: setting.ThrottlingBurstLimit}
		} else {
			a.notSimulated = append(a.notSimulated, "settings of single methods on stage "+stages[0].Path)
		}
	}
	return nil
}

func (a *restAPI) readGatewayResponses(*assembly.Resource) error {
	resources, err := a.own("AWS::ApiGateway::GatewayResponse")
	if err != nil {
		return err
	}
	for _, resource := range resources {
		var properties struct {
			ResponseType, StatusCode              string
			ResponseParameters, ResponseTemplates map[string]string
		}
		if err := decode(resource, &properties); err != nil {
			return err
		}
		response := apigateway.GatewayResponse{Parameters: map[string]string{}, Template: properties.ResponseTemplates["application/json"]}
		if properties.StatusCode != "" {
			if response.StatusCode, err = strconv.Atoi(properties.StatusCode); err != nil {
				return fmt.Errorf("gateway response %s: StatusCode: %w", resource.Path, err)
			}
		}
		for name, value := range properties.ResponseParameters {
			response.Parameters[name] = a.localise.Replace(value)
		}
		a.config.GatewayResponses[properties.ResponseType] = response
	}
	return nil
}

// readKeys finds the keys of the usage plans that have the API's stage.
func (a *restAPI) readKeys(*assembly.Resource) error {
	plans := map[string]bool{}
	for _, resource := range a.assembly.Resources("AWS::ApiGateway::UsagePlan") {
		var properties struct {
			ApiStages       []struct{ ApiId, Stage string }
			Quota, Throttle any
		}
		if err := decode(resource, &properties); err != nil {
			return err
		}
		id, err := resource.Ref()
		if err != nil {
			return err
		}
		for _, stage := range properties.ApiStages {
			plans[id] = plans[id] || stage.ApiId == a.id && stage.Stage == a.config.Stage
		}
		if plans[id] && (properties.Quota != nil || properties.Throttle != nil) {
			a.notSimulated = append(a.notSimulated, "quota and throttle of usage plan "+resource.Path)
		}
	}
	for _, resource := range a.assembly.Resources("AWS::ApiGateway::UsagePlanKey") {
		var properties struct{ KeyId, UsagePlanId string }
		if err := decode(resource, &properties); err != nil {
			return err
		}
		if !plans[properties.UsagePlanId] {
			continue
		}
		key, err := a.key(properties.KeyId)
		if err != nil {
			return err
		}
		if key.Value != "" {
			a.config.Keys = append(a.config.Keys, key)
		}
	}
	return nil
}

// key is an enabled API key with its value, which is made up where the template has none; announced as a secret, so that it can be used.
func (a *restAPI) key(id string) (apigateway.Key, error) {
	for _, resource := range a.assembly.Resources("AWS::ApiGateway::ApiKey") {
		ref, err := resource.Ref()
		if err != nil {
			return apigateway.Key{}, err
		}
		if ref != id {
			continue
		}
		properties := struct {
			Enabled bool
			Value   string
		}{}
		if err := decode(resource, &properties); err != nil || !properties.Enabled {
			return apigateway.Key{}, err
		}
		if properties.Value == "" {
			if properties.Value, err = (&generator{PasswordLength: 40, ExcludePunctuation: true}).password(); err != nil {
				return apigateway.Key{}, err
			}
			a.apiKeys = append(a.apiKeys, madeUpSecret{resource.Path, properties.Value})
		}
		return apigateway.Key{ID: id, Value: properties.Value}, nil
	}
	return apigateway.Key{}, fmt.Errorf("API key %s is not in the assembly", id)
}

func (a *restAPI) readMethods(*assembly.Resource) error {
	paths, err := a.resourcePaths()
	if err != nil {
		return err
	}
	authorizers, err := a.authorizers()
	if err != nil {
		return err
	}
	resources, err := a.own("AWS::ApiGateway::Method")
	if err != nil {
		return err
	}
	for _, resource := range resources {
		method, err := a.method(resource, paths, authorizers)
		if err != nil {
			return fmt.Errorf("method %s: %w", resource.Path, err)
		}
		a.config.Methods = append(a.config.Methods, method)
	}
	return nil
}

// resourcePaths are the paths of the API's resources, by id.
func (a *restAPI) resourcePaths() (map[string]string, error) {
	resources, err := a.own("AWS::ApiGateway::Resource")
	if err != nil {
		return nil, err
	}
	type node struct{ ParentId, PathPart string }
	nodes := map[string]node{}
	for _, resource := range resources {
		id, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		var n node
		if err := decode(resource, &n); err != nil {
			return nil, err
		}
		nodes[id] = n
	}
	paths := map[string]string{a.root: "/"}
	for id := range nodes {
		path := ""
		for at := id; at != a.root; at = nodes[at].ParentId {
			if _, known := nodes[at]; !known || len(path) > 8192 {
				return nil, fmt.Errorf("resource %s has a parent that is not in the assembly", id)
			}
			path = "/" + nodes[at].PathPart + path
		}
		paths[id] = path
	}
	return paths, nil
}

// authorizers are the API's, by id; nil for those that are not Lambda authorizers.
func (a *restAPI) authorizers() (map[string]*apigateway.Authorizer, error) {
	resources, err := a.own("AWS::ApiGateway::Authorizer")
	if err != nil {
		return nil, err
	}
	found := map[string]*apigateway.Authorizer{}
	for _, resource := range resources {
		properties := struct {
			AuthorizerUri, IdentitySource, IdentityValidationExpression, Type string
			AuthorizerResultTtlInSeconds                                      int
		}{AuthorizerResultTtlInSeconds: 300}
		if err := decode(resource, &properties); err != nil {
			return nil, err
		}
		id, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		found[id] = nil
		if properties.Type == "COGNITO_USER_POOLS" {
			continue
		}
		authorizer := &apigateway.Authorizer{
			ID: id, Path: resource.Path, Type: properties.Type, Validation: properties.IdentityValidationExpression,
			TTL: time.Duration(properties.AuthorizerResultTtlInSeconds) * time.Second,
		}
		for source := range strings.SplitSeq(properties.IdentitySource, ",") {
			if source = strings.TrimSpace(source); source != "" {
				authorizer.Identity = append(authorizer.Identity, source)
			}
		}
		if authorizer.Lambda, err = a.integrated(properties.AuthorizerUri, resource.Stack); err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", resource.Path, err)
		}
		found[id] = authorizer
	}
	return found, nil
}

func (a *restAPI) method(resource *assembly.Resource, paths map[string]string, authorizers map[string]*apigateway.Authorizer) (apigateway.Method, error) {
	var properties struct {
		ApiKeyRequired                                          bool
		AuthorizationType, AuthorizerId, HttpMethod, ResourceId string
		RequestValidatorId                                      string
		Integration                                             struct {
			Type, Uri            string
			TimeoutInMillis      int
			IntegrationResponses []struct {
				StatusCode                            string
				ResponseParameters, ResponseTemplates map[string]string
			}
		}
	}
	if err := decode(resource, &properties); err != nil {
		return apigateway.Method{}, err
	}
	if properties.RequestValidatorId != "" {
		a.notSimulated = append(a.notSimulated, "request validation of method "+resource.Path)
	}
	method := apigateway.Method{
		HTTPMethod: properties.HttpMethod, ResourceID: properties.ResourceId, ResourcePath: paths[properties.ResourceId],
		Authorization: properties.AuthorizationType, Authorizer: authorizers[properties.AuthorizerId], APIKeyRequired: properties.ApiKeyRequired,
		Timeout: time.Duration(cmp.Or(properties.Integration.TimeoutInMillis, 29000)) * time.Millisecond,
	}
	integration := properties.Integration
	switch {
	case integration.Type == "AWS_PROXY":
		function, err := a.integrated(integration.Uri, resource.Stack)
		method.Lambda = function
		return method, err
	case integration.Type == "MOCK" && len(integration.IntegrationResponses) == 1:
		answer := integration.IntegrationResponses[0]
		mock := &apigateway.PreflightResponse{Headers: map[string]string{}}
		var err error
		if mock.Status, err = strconv.Atoi(answer.StatusCode); err != nil {
			return method, err
		}
		for name, value := range answer.ResponseParameters {
			header, ok := strings.CutPrefix(name, "method.response.header.")
			if !ok || !strings.HasPrefix(value, "'") {
				return method, fmt.Errorf("the response parameter %s = %s is not simulated", name, value)
			}
			mock.Headers[header] = a.localise.Replace(strings.Trim(value, "'"))
		}
		if template := answer.ResponseTemplates["application/json"]; template != "" {
			if mock.Origins, err = apigateway.ParseOriginTemplate(a.localise.Replace(template)); err != nil {
				return method, err
			}
		}
		method.Mock = mock
		return method, nil
	}
	return method, fmt.Errorf("an integration of type %s is not simulated", integration.Type)
}

var invocationURI = regexp.MustCompile(`/functions/(arn:[^/]+)/invocations$`)

// integrated is the function of an integration's or authorizer's URI.
func (a *restAPI) integrated(uri string, stack *assembly.Stack) (*apigateway.Function, error) {
	arn := invocationURI.FindStringSubmatch(uri)
	if arn == nil {
		return nil, fmt.Errorf("the URI %q is not that of a Lambda function", uri)
	}
	function, err := a.function(arn[1], stack.Region)
	if err != nil {
		return nil, err
	}
	return &apigateway.Function{Function: function, ARN: arn[1], Policy: a.policies[arn[1]]}, nil
}
