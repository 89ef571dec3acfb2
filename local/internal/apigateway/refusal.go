package apigateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// refusal is an answer of the gateway instead of the integration's. Its status is the one of its response type
// (API Gateway Developer Guide, supported-gateway-response-types).
type refusal struct {
	code           string       // response type
	message        string       // "" for null
	by             string       // who refused; "" for the API itself
	reason         string       // for the developer only; "" if the message says it all
	details        string       // for the developer only, may have several lines
	errorType      string       // x-amzn-ErrorType; "" for the response type's
	customResponse *waf.Verdict // of the web ACL's rule that blocked; nil if the rule has none
}

// responseType has the status and the x-amzn-ErrorType of a response type. AWS does not document the
// x-amzn-ErrorType, but callers see it.
type responseType struct {
	status    int
	errorType string
}

// responseTypes are AWS's response types (API Gateway API Reference, API_GatewayResponse). Some of them never
// occur here.
var responseTypes = map[string]responseType{
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

// These response types are furl local's. A gateway response does not change their status. A request for no host or
// another host is for no API, so it gets nothing of this API's gateway responses.
const (
	notSimulated = "NOT_SIMULATED"
	noHost       = "NO_HOST"
	unknownHost  = "UNKNOWN_HOST"
)

var ownResponseTypes = map[string]responseType{
	notSimulated: {501, "NotSimulatedException"},
	noHost:       {400, "BadRequestException"},
	unknownHost:  {403, "ForbiddenException"},
}

// variables are the variables of a template. The message is escaped, since a template has it within quotes,
// though AWS does not document this.
func (r refusal) variables(requestID string) map[string]string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(r.message) // a string, so it cannot fail
	quoted := strings.TrimSpace(out.String())
	escaped := quoted[1 : len(quoted)-1]
	if r.message == "" {
		quoted = "null"
	}
	return map[string]string{
		"$context.error.message": escaped, "$context.error.messageString": quoted,
		"$context.error.responseType": r.code, "$context.requestId": requestID,
	}
}

// refuse answers with the API's gateway response for the response type, else with its default one, else as API
// Gateway does.
func (a *API) refuse(w http.ResponseWriter, x *exchange, refused refusal) {
	defaults, own := ownResponseTypes[refused.code]
	if !own {
		defaults = responseTypes[refused.code]
	}
	a.tell(x, refused)
	if refused.customResponse != nil {
		a.writeCustomResponse(w, refused)
		return
	}
	response := a.gatewayResponse(refused.code, defaults.status)
	status := defaults.status
	if response.StatusCode != 0 && !own {
		status = response.StatusCode
	}
	w.Header().Set("X-Amzn-Errortype", cmp.Or(refused.errorType, defaults.errorType))
	w.Header().Set("Content-Type", "application/json")
	for name, value := range response.Parameters {
		text, literal := literalText(value)
		if !literal {
			text = x.Header.Get(strings.TrimPrefix(value, headerSource))
		}
		if text != "" {
			w.Header().Set(strings.TrimPrefix(name, headerParameter), text)
		}
	}
	w.WriteHeader(status)
	variables := refused.variables(x.id)
	_, _ = w.Write([]byte(contextVariable.ReplaceAllStringFunc(response.Template, func(name string) string {
		return variables[name]
	})))
}

// tell notes who refused a request, and why.
func (a *API) tell(x *exchange, refused refusal) {
	record, reason := journal.From(x.Context()), cmp.Or(refused.reason, refused.message)
	if refused.by == "" {
		refused.by, reason = "REST API "+a.config.Path, refused.code+": "+reason
	}
	record.Decide(refused.by, reason)
	record.Detail(refused.details)
}
