package local

import (
	"fmt"

	"github.com/furl-cdk/furl/local/internal/apigateway"
)

// readKeys finds the keys of the usage plans that have the API's stage.
func (a *restAPI) readKeys() error {
	plans := map[string]bool{}
	for _, resource := range a.assembly.Resources("AWS::ApiGateway::UsagePlan") {
		var properties struct {
			ApiStages []struct {
				ApiId, Stage string
				Throttle     any // of single methods
			}
			Quota, Throttle any
		}
		if err := decode(resource, &properties); err != nil {
			return err
		}
		id, err := resource.Ref()
		if err != nil {
			return err
		}
		limited := properties.Quota != nil || properties.Throttle != nil
		for _, stage := range properties.ApiStages {
			if stage.ApiId == a.id && stage.Stage == a.config.Stage {
				plans[id], limited = true, limited || stage.Throttle != nil
			}
		}
		if plans[id] && limited {
			a.lacks("quota and throttle of usage plan %s", resource.Path)
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

// key is an API key with its value, which is made up where the template has none; announced as a secret, so that it can be used. One that
// is not enabled has no value, and a key without Enabled is not (API Gateway API Reference, API_CreateApiKey, does not say; CDK sets it).
func (a *restAPI) key(id string) (apigateway.Key, error) {
	for _, resource := range a.assembly.Resources("AWS::ApiGateway::ApiKey") {
		ref, err := resource.Ref()
		if err != nil {
			return apigateway.Key{}, err
		}
		if ref != id {
			continue
		}
		var properties struct {
			Enabled bool
			Value   string
		}
		if err := decode(resource, &properties); err != nil || !properties.Enabled {
			return apigateway.Key{}, err
		}
		if properties.Value == "" {
			properties.Value, err = a.madeUpKey(resource.Path)
		}
		return apigateway.Key{ID: id, Value: properties.Value}, err
	}
	return apigateway.Key{}, fmt.Errorf("API key %s is not in the assembly", id)
}

// madeUpKey makes up a key's value, once: a key may be in the plans of several APIs.
func (a *restAPI) madeUpKey(path string) (string, error) {
	for _, made := range a.apiKeys {
		if made.ID == path {
			return made.Value, nil
		}
	}
	value, err := (&generator{PasswordLength: 40, ExcludePunctuation: true}).password()
	if err == nil {
		a.apiKeys = append(a.apiKeys, madeUpSecret{path, value})
	}
	return value, err
}
