package cloudfront

import (
	"errors"
	"fmt"
	"slices"
)

// behavior is one cache behavior.
type behavior struct {
	name            string
	pattern         pathPattern
	allowedMethods  []string
	forwarding      *forwarding
	responseHeaders *responseHeadersPolicy // nil: none
	origin          origin
	functions       viewerFunctions
	edge            edgeFunctions
}

// newBehavior builds a behavior and notes its settings that are not simulated.
func (d *Distribution) newBehavior(config behaviorConfig, origins []originConfig) (*behavior, error) {
	if err := refuseNotSimulated(config); err != nil {
		return nil, err
	}
	b := &behavior{
		name:           config.name(),
		pattern:        newPathPattern(config.PathPattern),
		allowedMethods: config.AllowedMethods,
	}
	if len(b.allowedMethods) == 0 {
		b.allowedMethods = []string{"GET", "HEAD"} // CloudFront's default
	}
	index := slices.IndexFunc(origins, func(o originConfig) bool { return o.Id == config.TargetOriginId })
	if index < 0 {
		return nil, fmt.Errorf(
			"TargetOriginId %q is not an origin of the distribution (origin groups are not simulated)",
			config.TargetOriginId,
		)
	}
	var err error
	if b.origin, err = d.newOrigin(origins[index]); err != nil {
		return nil, err
	}
	if b.functions, err = d.newViewerFunctions(config.FunctionAssociations); err != nil {
		return nil, err
	}
	if b.forwarding, err = d.newForwarding(config); err != nil {
		return nil, err
	}
	if b.edge, err = d.newEdgeFunctions(config.LambdaFunctionAssociations, b.functions); err != nil {
		return nil, err
	}
	if config.ResponseHeadersPolicyId != "" {
		if b.responseHeaders, err = d.newResponseHeadersPolicy(config.ResponseHeadersPolicyId); err != nil {
			return nil, err
		}
	}
	d.notSimulated = slices.Concat(d.notSimulated, b.forwarding.notSimulated(), b.responseHeaders.notSimulated())
	return b, nil
}

// refuseNotSimulated fails on settings that decide whether or how a request reaches the origin.
func refuseNotSimulated(config behaviorConfig) error {
	switch {
	case config.ForwardedValues != nil:
		return errors.New("ForwardedValues is not simulated: use a cache policy and an origin request policy")
	case config.CachePolicyId == "":
		return errors.New("has no CachePolicyId")
	case len(config.TrustedKeyGroups)+len(config.TrustedSigners) > 0:
		return errors.New("signed URLs and cookies (TrustedKeyGroups, TrustedSigners) are not simulated")
	case config.FieldLevelEncryptionId != "":
		return errors.New("field-level encryption is not simulated")
	}
	return nil
}
