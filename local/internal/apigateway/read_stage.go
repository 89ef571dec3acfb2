package apigateway

import (
	"fmt"
	"strconv"
)

// An account's limits in most regions (API Gateway Developer Guide, limits). Where a stage sets one of the two, the
// other is the account's.
const (
	accountRate  = 10000
	accountBurst = 5000
)

// methodSetting is the part of AWS::ApiGateway::Stage MethodSetting that changes how requests are answered or logged.
type methodSetting struct {
	HttpMethod, ResourcePath string
	ThrottlingRateLimit      *float64
	ThrottlingBurstLimit     *int
	CachingEnabled           bool
	LoggingLevel             string
}

func (r *reader) readStage() error {
	stages, err := r.own("AWS::ApiGateway::Stage")
	if err != nil {
		return err
	}
	if len(stages) != 1 {
		return fmt.Errorf("it has %d stages: one is simulated", len(stages))
	}
	stage := stages[0]
	var properties struct {
		AccessLogSetting, CanarySetting any
		CacheClusterEnabled             bool
		DeploymentId, StageName         string
		MethodSettings                  []methodSetting
		Variables                       map[string]string
	}
	if err := stage.Decode(&properties); err != nil {
		return err
	}
	r.config.Stage, r.config.DeploymentID = properties.StageName, properties.DeploymentId
	r.config.StageVariables = properties.Variables
	if properties.AccessLogSetting != nil {
		r.gaps.Add(stage.Path, "access logs of a stage")
	}
	if properties.CanarySetting != nil {
		r.gaps.Add(stage.Path, "the canary of a stage")
	}
	if properties.CacheClusterEnabled {
		r.gaps.Add(stage.Path, "the cache of a stage")
	}
	for _, setting := range properties.MethodSettings {
		r.readMethodSetting(setting, stage.Path)
	}
	return nil
}

// readMethodSetting takes the throttle of all methods. One of a single method is a gap.
func (r *reader) readMethodSetting(setting methodSetting, stage string) {
	if setting.LoggingLevel != "" && setting.LoggingLevel != "OFF" {
		r.gaps.Add(stage, "execution logs of a stage")
	}
	throttled := setting.ThrottlingRateLimit != nil || setting.ThrottlingBurstLimit != nil
	switch {
	case (setting.HttpMethod != "*" || setting.ResourcePath != "/*") && (throttled || setting.CachingEnabled):
		r.gaps.Add(stage, "settings of single methods on a stage")
	case throttled:
		throttle := &Throttle{Rate: accountRate, Burst: accountBurst}
		if setting.ThrottlingRateLimit != nil {
			throttle.Rate = *setting.ThrottlingRateLimit
		}
		if setting.ThrottlingBurstLimit != nil {
			throttle.Burst = *setting.ThrottlingBurstLimit
		}
		r.config.Throttle = throttle
	}
}

func (r *reader) readGatewayResponses() error {
	resources, err := r.own("AWS::ApiGateway::GatewayResponse")
	if err != nil {
		return err
	}
	for _, resource := range resources {
		var properties struct {
			ResponseType, StatusCode              string
			ResponseParameters, ResponseTemplates map[string]string
		}
		if err := resource.Decode(&properties); err != nil {
			return err
		}
		for contentType := range properties.ResponseTemplates {
			if contentType != "application/json" {
				return fmt.Errorf("gateway response %s: a template for %s is not simulated", resource.Path, contentType)
			}
		}
		response := GatewayResponse{
			Parameters: map[string]string{}, Template: properties.ResponseTemplates["application/json"],
		}
		if properties.StatusCode != "" {
			if response.StatusCode, err = strconv.Atoi(properties.StatusCode); err != nil {
				return fmt.Errorf("gateway response %s: StatusCode: %w", resource.Path, err)
			}
		}
		for name, value := range properties.ResponseParameters {
			response.Parameters[name] = r.needs.Localise(value)
		}
		r.config.GatewayResponses[properties.ResponseType] = response
	}
	return nil
}
