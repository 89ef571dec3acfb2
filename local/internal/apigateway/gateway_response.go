package apigateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// refusal is an answer of the gateway itself, by response type (API Gateway Developer Guide, supported-gateway-response-types).
type refusal struct {
	kind      string
	message   string       // "": null
	reason    string       // for the developer only
	errorType string       // x-amzn-ErrorType; "": the kind's
	custom    *waf.Verdict // of a web ACL's rule with an answer of its own; nil: none
}

// responseType is the status of a type and its x-amzn-ErrorType, which AWS does not document and callers see.
type responseType struct {
	status    int
	errorType string
}

// kinds are AWS's response types (API Gateway API Reference, API_GatewayResponse). Nothing here is ever refused as a part of them.
var kinds = map[string]responseType{
	"ACCESS_DENIED":                  {403, "AccessDeniedException"},
	"API_CONFIGURATION_ERROR":        {500, "InternalServerErrorException"},
	"AUTHORIZER_CONFIGURATION_ERROR": {500, "AuthorizerConfigurationException"},
	"AUTHORIZER_FAILURE":             {500, "AuthorizerConfigurationException"},
	"BAD_REQUEST_BODY":               {400, "BadRequestException"},
	"BAD_REQUEST_PARAMETERS":         {400, "BadRequestException"},
	"DEFAULT_4XX":                    {400, "BadRequestException"},
	"DEFAULT_5XX":                    {502, "InternalServerErrorException"},
	"EXPIRED_TOKEN":                  {403, "ExpiredTokenException"},
	"INTEGRATION_FAILURE":            {504, "InternalServerErrorException"},
	"INTEGRATION_TIMEOUT":            {504, "InternalServerErrorException"},
	"INVALID_API_KEY":                {403, "ForbiddenException"},
	"INVALID_SIGNATURE":              {403, "InvalidSignatureException"},
	"MISSING_AUTHENTICATION_TOKEN":   {403, "MissingAuthenticationTokenException"},
	"QUOTA_EXCEEDED":                 {429, "LimitExceededException"},
	"REQUEST_TOO_LARGE":              {413, "RequestTooLargeException"},
	"RESOURCE_NOT_FOUND":             {404, "NotFoundException"},
	"THROTTLED":                      {429, "TooManyRequestsException"},
	"UNAUTHORIZED":                   {401, "UnauthorizedException"},
	"UNSUPPORTED_MEDIA_TYPE":         {415, "BadRequestException"},
	"WAF_FILTERED":                   {403, "ForbiddenException"},
}

// The kinds of our own. A gateway response does not change their status.
const (
	notSimulated = "NOT_SIMULATED"
	unknownHost  = "UNKNOWN_HOST"
)

var ownKinds = map[string]responseType{notSimulated: {501, "NotSimulatedException"}, unknownHost: {403, "ForbiddenException"}}

var contextVariable = regexp.MustCompile(`\$context(\.[A-Za-z]+)+`)

// check refuses what AWS does not know, and what is not simulated, of a gateway response. Types that never occur here are declared in vain.
func (g GatewayResponse) check(kind string) error {
	if _, known := kinds[kind]; !known {
		return fmt.Errorf("gateway response %s: AWS has no such response type", kind)
	}
	for _, variable := range contextVariable.FindAllString(g.Template, -1) {
		if _, ok := (refusal{}).variables("")[variable]; !ok {
			return fmt.Errorf("gateway response %s: %s in its template is not simulated", kind, variable)
		}
	}
	if strings.ContainsAny(contextVariable.ReplaceAllString(g.Template, ""), "#$") || strings.Contains(g.Template, "method.request.") {
		return fmt.Errorf("gateway response %s: other than $context variables are not simulated in its template", kind)
	}
	for name, value := range g.Parameters {
		_, literal := unquoted(value)
		if !strings.HasPrefix(name, headerParameter) || !literal && !strings.HasPrefix(value, headerSource) {
			return fmt.Errorf("gateway response %s: the mapping %s = %s is not simulated", kind, name, value)
		}
	}
	return nil
}

const headerParameter = "gatewayresponse.header."

// unquoted is the text of a literal, which mappings have in single quotes.
func unquoted(value string) (string, bool) {
	if len(value) < 2 || value[0] != '\'' || value[len(value)-1] != '\'' {
		return "", false
	}
	return value[1 : len(value)-1], true
}

// variables are what a template may name. The message is escaped, though AWS does not say so: a template has it within quotes.
func (r refusal) variables(requestID string) map[string]string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(r.message) // a string: cannot fail
	quoted := strings.TrimSpace(out.String())
	escaped := quoted[1 : len(quoted)-1]
	if r.message == "" {
		quoted = "null"
	}
	return map[string]string{
		"$context.error.message": escaped, "$context.error.messageString": quoted, "$context.error.responseType": r.kind, "$context.requestId": requestID,
	}
}

// refuse answers, by the API's own gateway response of that type, else by its default one, else as API Gateway does.
func (a *API) refuse(w http.ResponseWriter, x *exchange, refused refusal) {
	defaults, ours := ownKinds[refused.kind]
	if !ours {
		defaults = kinds[refused.kind]
	}
	if refused.custom != nil {
		a.answerCustom(w, x, refused)
		return
	}
	response := a.gatewayResponse(refused.kind, defaults.status)
	status := defaults.status
	if response.StatusCode != 0 && !ours {
		status = response.StatusCode
	}
	if refused.errorType == "" {
		refused.errorType = defaults.errorType
	}
	w.Header().Set("X-Amzn-Errortype", refused.errorType)
	w.Header().Set("Content-Type", "application/json")
	for name, value := range response.Parameters {
		text, literal := unquoted(value)
		if !literal {
			text = x.Header.Get(strings.TrimPrefix(value, headerSource))
		}
		if text != "" {
			w.Header().Set(strings.TrimPrefix(name, headerParameter), text)
		}
	}
	a.tell(x, status, defaults.status, refused)
	w.WriteHeader(status)
	variables := refused.variables(x.id)
	_, _ = w.Write([]byte(contextVariable.ReplaceAllStringFunc(response.Template, func(name string) string { return variables[name] })))
}

// gatewayResponse is the API's for a type, with the default template where it has none. That of a body over 10 MB cannot be changed
// (api-gateway-known-issues).
func (a *API) gatewayResponse(kind string, status int) GatewayResponse {
	response, custom := a.config.GatewayResponses[kind]
	switch {
	case kind == "REQUEST_TOO_LARGE":
		response = GatewayResponse{}
	case !custom && status < 500:
		response = a.config.GatewayResponses["DEFAULT_4XX"]
	case !custom:
		response = a.config.GatewayResponses["DEFAULT_5XX"]
	}
	if response.Template == "" {
		response.Template = `{"message":$context.error.messageString}`
	}
	return response
}

// tell says to the developer why a request was refused; failures also without --verbose.
func (a *API) tell(x *exchange, status, uncustomised int, refused refusal) {
	log := a.config.Verbose
	if log == nil && uncustomised >= 500 {
		log = a.config.Log
	}
	if log == nil {
		return
	}
	reason := refused.reason
	if reason == "" {
		reason = refused.message
	}
	path, _, _ := strings.Cut(x.RequestURI, "?")
	fmt.Fprintf(log, "%s: %d %s to %s %s\n  %s\n", a.config.Path, status, refused.kind, x.Method, path, reason)
}
