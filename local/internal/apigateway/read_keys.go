package apigateway

import (
	"crypto/rand"
	"fmt"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// readKeys finds the keys of the usage plans that have the API's stage.
func (r *reader) readKeys() error {
	plans, err := r.usagePlans()
	if err != nil {
		return err
	}
	for _, resource := range r.assembly.Resources("AWS::ApiGateway::UsagePlanKey") {
		var properties struct{ KeyId, UsagePlanId string }
		if err := resource.Decode(&properties); err != nil {
			return err
		}
		if !plans[properties.UsagePlanId] {
			continue
		}
		key, err := r.key(properties.KeyId)
		if err != nil {
			return err
		}
		if key.Value != "" {
			r.config.Keys = append(r.config.Keys, key)
		}
	}
	return nil
}

// usagePlans are the ids of the usage plans that have the API's stage.
func (r *reader) usagePlans() (map[string]bool, error) {
	plans := map[string]bool{}
	for _, resource := range r.assembly.Resources("AWS::ApiGateway::UsagePlan") {
		var properties struct {
			ApiStages []struct {
				ApiId, Stage string
				Throttle     any // of single methods
			}
			Quota, Throttle any
		}
		if err := resource.Decode(&properties); err != nil {
			return nil, err
		}
		id, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		limited := properties.Quota != nil || properties.Throttle != nil
		for _, stage := range properties.ApiStages {
			if stage.ApiId == r.config.ID && stage.Stage == r.config.Stage {
				plans[id], limited = true, limited || stage.Throttle != nil
			}
		}
		if plans[id] && limited {
			r.gaps.Add(resource.Path, "quota and throttle of a usage plan")
		}
	}
	return plans, nil
}

// key is an API key with its value. A key that is not enabled has no value. A key without Enabled counts as not
// enabled. AWS does not document this (API Gateway API Reference, API_CreateApiKey), and CDK always sets it.
func (r *reader) key(id string) (Key, error) {
	for _, resource := range r.assembly.Resources("AWS::ApiGateway::ApiKey") {
		ref, err := resource.Ref()
		if err != nil {
			return Key{}, err
		}
		if ref == id {
			return r.readKey(id, resource)
		}
	}
	return Key{}, fmt.Errorf("API key %s is not in the assembly", id)
}

// readKey reads an AWS::ApiGateway::ApiKey. Where the template has no value, one is made up, once for all APIs.
func (r *reader) readKey(id string, resource *assembly.Resource) (Key, error) {
	var properties struct {
		Enabled bool
		Value   string
	}
	if err := resource.Decode(&properties); err != nil || !properties.Enabled {
		return Key{}, err
	}
	if properties.Value != "" {
		return Key{ID: id, Value: properties.Value}, nil
	}
	value, err := r.needs.MadeUp.Value(resource.Path, func() (string, error) {
		return (rand.Text() + rand.Text())[:40], nil // as long as AWS's
	})
	return Key{ID: id, Value: value, MadeUpFor: resource.Path}, err
}
