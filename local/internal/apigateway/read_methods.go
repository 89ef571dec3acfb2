package apigateway

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

func (r *reader) readMethods() error {
	paths, err := r.resourcePaths()
	if err != nil {
		return err
	}
	authorizers, err := r.authorizers()
	if err != nil {
		return err
	}
	resources, err := r.own("AWS::ApiGateway::Method")
	if err != nil {
		return err
	}
	for _, resource := range resources {
		method, err := r.method(resource, paths, authorizers)
		if err != nil {
			return fmt.Errorf("method %s: %w", resource.Path, err)
		}
		r.config.Methods = append(r.config.Methods, method)
	}
	return nil
}

// resourcePaths are the paths of the API's resources, by id.
func (r *reader) resourcePaths() (map[string]string, error) {
	resources, err := r.own("AWS::ApiGateway::Resource")
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
		if err := resource.Decode(&n); err != nil {
			return nil, err
		}
		nodes[id] = n
	}
	paths := map[string]string{r.root: "/"}
	for id := range nodes {
		path := ""
		for at := id; at != r.root; at = nodes[at].ParentId {
			if _, known := nodes[at]; !known || len(path) > 8192 {
				return nil, fmt.Errorf("resource %s has a parent that is not in the assembly", id)
			}
			path = "/" + nodes[at].PathPart + path
		}
		paths[id] = path
	}
	return paths, nil
}

// methodIntegration is the part of AWS::ApiGateway::Method Integration that is simulated, or checked since it would
// change the answer.
type methodIntegration struct {
	Type, Uri, Credentials string
	IntegrationHttpMethod  string
	ResponseTransferMode   string
	TimeoutInMillis        int
	IntegrationResponses   []struct {
		StatusCode                            string
		ResponseParameters, ResponseTemplates map[string]string
	}
}

// method reads an AWS::ApiGateway::Method. The paths of resources and the authorizers are by id.
func (r *reader) method(
	resource *assembly.Resource, paths map[string]string, authorizers map[string]*Authorizer,
) (Method, error) {
	var properties struct {
		ApiKeyRequired                                          bool
		AuthorizationType, AuthorizerId, HttpMethod, ResourceId string
		AuthorizationScopes                                     []string
		RequestValidatorId                                      string
		Integration                                             methodIntegration
	}
	if err := resource.Decode(&properties); err != nil {
		return Method{}, err
	}
	if properties.RequestValidatorId != "" {
		r.gaps.Add(resource.Path, "request validation")
	}
	method := Method{
		HTTPMethod: properties.HttpMethod,
		ResourceID: properties.ResourceId, ResourcePath: paths[properties.ResourceId],
		Authorization: properties.AuthorizationType, Authorizer: authorizers[properties.AuthorizerId],
		Scopes: properties.AuthorizationScopes, APIKeyRequired: properties.ApiKeyRequired,
		Timeout: time.Duration(cmp.Or(properties.Integration.TimeoutInMillis, 29000)) * time.Millisecond,
	}
	var err error
	switch properties.Integration.Type {
	case "AWS_PROXY":
		method.Lambda, err = r.proxied(properties.Integration)
	case "MOCK":
		method.Mock, err = r.preflight(properties.Integration)
	default:
		err = fmt.Errorf("an integration of type %s is not simulated", properties.Integration.Type)
	}
	return method, err
}

// proxied is the function of a Lambda proxy integration.
func (r *reader) proxied(i methodIntegration) (*Function, error) {
	switch {
	case i.Credentials != "":
		return nil, errors.New("an integration with Credentials is not simulated: leave them out, " +
			"and let the function's policy allow API Gateway")
	case i.IntegrationHttpMethod != "POST":
		const message = "IntegrationHttpMethod is %q: API Gateway invokes functions with POST only"
		return nil, fmt.Errorf(message, i.IntegrationHttpMethod)
	case i.ResponseTransferMode == "STREAM":
		return nil, errors.New("ResponseTransferMode STREAM is not simulated")
	}
	return r.integrated(i.Uri)
}

// preflight is the answer of a MOCK integration as CDK's AddCorsPreflight makes it.
func (r *reader) preflight(i methodIntegration) (*PreflightResponse, error) {
	if len(i.IntegrationResponses) != 1 {
		return nil, fmt.Errorf("a MOCK integration with %d responses is not simulated", len(i.IntegrationResponses))
	}
	answer := i.IntegrationResponses[0]
	mock := &PreflightResponse{Headers: map[string]string{}}
	var err error
	if mock.Status, err = strconv.Atoi(answer.StatusCode); err != nil || mock.Status < 200 || mock.Status > 599 {
		return nil, fmt.Errorf("the response's status code %q is not one from 200 to 599", answer.StatusCode)
	}
	for name, value := range answer.ResponseParameters {
		header, ok := strings.CutPrefix(name, "method.response.header.")
		if !ok || len(value) < 2 || value[0] != '\'' || value[len(value)-1] != '\'' {
			return nil, fmt.Errorf("the response parameter %s = %s is not simulated", name, value)
		}
		mock.Headers[header] = r.needs.Localise(value[1 : len(value)-1])
	}
	for contentType, template := range answer.ResponseTemplates {
		if contentType != "application/json" {
			return nil, fmt.Errorf("a response template for %s is not simulated", contentType)
		}
		if template == "" {
			continue
		}
		if mock.Origins, err = ParseOriginTemplate(r.needs.Localise(template)); err != nil {
			return nil, err
		}
	}
	return mock, nil
}

var invocationURI = regexp.MustCompile(`/functions/(arn:[^/]+)/invocations$`)

// integrated is the function of an integration's or authorizer's URI.
func (r *reader) integrated(uri string) (*Function, error) {
	arn := invocationURI.FindStringSubmatch(uri)
	if arn == nil {
		return nil, fmt.Errorf("the URI %q is not that of a Lambda function", uri)
	}
	function, err := r.needs.Function(arn[1])
	if err != nil {
		return nil, err
	}
	return &Function{Function: function, ARN: arn[1], Policy: r.needs.Policy(arn[1])}, nil
}
