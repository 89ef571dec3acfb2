package local

import (
	"fmt"
	"strconv"

	"github.com/furl-cdk/furl/local/internal/apigateway"
)

// An account's limits in most regions (API Gateway Developer Guide, limits), which count where a stage sets one of the two.
const (
	accountRate  = 10000
	accountBurst = 5000
)

// methodSetting is the part of AWS::ApiGateway::Stage MethodSetting that changes how requests are answered, and the logging.
type methodSetting struct {
	HttpMethod, ResourcePath string
	ThrottlingRateLimit      *float64
	ThrottlingBurstLimit     *int
	CachingEnabled           bool
	LoggingLevel             string
}

func (a *restAPI) readStage() error {
	stages, err := a.own("AWS::ApiGateway::Stage")
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
	if err := decode(stage, &properties); err != nil {
		return err
	}
	a.config.Stage, a.config.StageVariables, a.config.DeploymentID = properties.StageName, properties.Variables, properties.DeploymentId
	if properties.AccessLogSetting != nil {
		a.lacks("access logs of stage %s", stage.Path)
	}
	if properties.CanarySetting != nil {
		a.lacks("the canary of stage %s", stage.Path)
	}
	if properties.CacheClusterEnabled {
		a.lacks("the cache of stage %s", stage.Path)
	}
	for _, setting := range properties.MethodSettings {
		a.readMethodSetting(setting, stage.Path)
	}
	return nil
}

// readMethodSetting takes the throttle of all methods.
func (a *restAPI) readMethodSetting(setting methodSetting, stage string) {
	if setting.LoggingLevel != "" && setting.LoggingLevel != "OFF" {
		a.lacks("execution logs of stage %s", stage)
	}
	throttled := setting.ThrottlingRateLimit != nil || setting.ThrottlingBurstLimit != nil
	switch {
	case (setting.HttpMethod != "*" || setting.ResourcePath != "/*") && (throttled || setting.CachingEnabled):
		a.lacks("settings of single methods on stage %s", stage)
	case throttled:
		throttle := &apigateway.Throttle{Rate: accountRate, Burst: accountBurst}
		if setting.ThrottlingRateLimit != nil {
			throttle.Rate = *setting.ThrottlingRateLimit
		}
		if setting.ThrottlingBurstLimit != nil {
			throttle.Burst = *setting.ThrottlingBurstLimit
		}
		a.config.Throttle = throttle
	}
}

func (a *restAPI) readGatewayResponses() error {
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
		for contentType := range properties.ResponseTemplates {
			if contentType != "application/json" {
				return fmt.Errorf("gateway response %s: a template for %s is not simulated", resource.Path, contentType)
			}
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
