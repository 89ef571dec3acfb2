package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// refusal is an answer of the gateway itself, by response type (API Gateway Developer Guide, supported-gateway-response-types).
// Its reason is for the developer only.
type refusal struct {
	kind    string
	message string
	reason  string
}

// kinds are the statuses and the values of x-amzn-ErrorType.
var kinds = map[string]struct {
	status    int
	errorType string
}{
	"ACCESS_DENIED":                  {403, "AccessDeniedException"},
	"API_CONFIGURATION_ERROR":        {500, "InternalServerErrorException"},
	"AUTHORIZER_CONFIGURATION_ERROR": {500, "AuthorizerConfigurationException"},
	"AUTHORIZER_FAILURE":             {500, "AuthorizerConfigurationException"},
	"BAD_REQUEST_BODY":               {400, "BadRequestException"},
	"DEFAULT_4XX":                    {400, "BadRequestException"},
	"DEFAULT_5XX":                    {502, "InternalServerErrorException"},
	"EXPIRED_TOKEN":                  {403, "ExpiredTokenException"},
	"INTEGRATION_FAILURE":            {504, "InternalServerErrorException"},
	"INTEGRATION_TIMEOUT":            {504, "InternalServerErrorException"},
	"INVALID_API_KEY":                {403, "ForbiddenException"},
	"INVALID_SIGNATURE":              {403, "InvalidSignatureException"},
	"MISSING_AUTHENTICATION_TOKEN":   {403, "MissingAuthenticationTokenException"},
	"NOT_SIMULATED":                  {501, "NotSimulatedException"}, // ours
	"REQUEST_TOO_LARGE":              {413, "RequestTooLargeException"},
	"THROTTLED":                      {429, "TooManyRequestsException"},
	"UNAUTHORIZED":                   {401, "UnauthorizedException"},
}

var contextVariable = regexp.MustCompile(`\$context\.[A-Za-z.]+`)

// check refuses what is not simulated of a gateway response.
func (g GatewayResponse) check(kind string) error {
	for _, variable := range contextVariable.FindAllString(g.Template, -1) {
		if _, ok := (refusal{}).variables("")[variable]; !ok {
			return fmt.Errorf("gateway response %s: %s in its template is not simulated", kind, variable)
		}
	}
	if strings.ContainsAny(contextVariable.ReplaceAllString(g.Template, ""), "#$") {
		return fmt.Errorf("gateway response %s: other than $context variables are not simulated in its template", kind)
	}
	for name, value := range g.Parameters {
		literal := len(value) >= 2 && strings.HasPrefix(value, "'") && strings.HasSuffix(value, "'")
		if !strings.HasPrefix(name, "gatewayresponse.header.") || !literal && !strings.HasPrefix(value, "method.request.header.") {
			return fmt.Errorf("gateway response %s: the mapping %s = %s is not simulated", kind, name, value)
		}
	}
	return nil
}

// variables are what a template may name.
func (r refusal) variables(requestID string) map[string]string {
	quoted, _ := json.Marshal(r.message) // a string: cannot fail
	return map[string]string{
		"$context.error.message": r.message, "$context.error.messageString": string(quoted), "$context.error.responseType": r.kind,
		"$context.requestId": requestID,
	}
}

// refuse answers, by the API's own gateway response of that type, else by its default one, else as API Gateway does.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, requestID string, refused refusal) {
	kind := kinds[refused.kind]
	status := kind.status
	response, custom := a.config.GatewayResponses[refused.kind]
	if !custom {
		response = a.config.GatewayResponses[map[bool]string{true: "DEFAULT_4XX", false: "DEFAULT_5XX"}[status < 500]]
	} else if response.StatusCode != 0 {
		status = response.StatusCode
	}
	variables := refused.variables(requestID)
	body := `{"message":` + variables["$context.error.messageString"] + `}`
	if response.Template != "" {
		body = contextVariable.ReplaceAllStringFunc(response.Template, func(name string) string { return variables[name] })
	}
	w.Header().Set("X-Amzn-Errortype", kind.errorType)
	w.Header().Set("Content-Type", "application/json")
	for name, value := range response.Parameters {
		header := strings.TrimPrefix(name, "gatewayresponse.header.")
		if from, mapped := strings.CutPrefix(value, "method.request.header."); mapped {
			value = r.Header.Get(from)
		} else {
			value = strings.Trim(value, "'")
		}
		if value != "" {
			w.Header().Set(header, value)
		}
	}
	a.tell(r, status, refused)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// tell says to the developer why a request was refused; failures of functions also without --verbose.
func (a *API) tell(r *http.Request, status int, refused refusal) {
	log := a.config.Verbose
	if log == nil && status >= 500 {
		log = a.config.Log
	}
	if log == nil {
		return
	}
	reason := refused.reason
	if reason == "" {
		reason = refused.message
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	fmt.Fprintf(log, "%s: %d %s to %s %s\n  %s\n", a.config.Path, status, refused.kind, r.Method, path, reason)
}

// PreflightResponse is the answer of a MOCK integration as CDK's AddCorsPreflight makes it.
type PreflightResponse struct {
	Status  int
	Headers map[string]string
	Origins []string // that the response template answers with, besides the one in Headers
}

var (
	preflightTemplate = regexp.MustCompile(`^#set\(\$origin = \$input\.params\(\)\.header\.get\("Origin"\)\)\n` +
		`#if\(\$origin == ""\)\n\s*#set\(\$origin = \$input\.params\(\)\.header\.get\("origin"\)\)\n#end\n` +
		`#if\((.*)\)\n\s*#set\(\$context\.responseOverride\.header\.Access-Control-Allow-Origin = \$origin\)\n#end$`)
	originMatch = regexp.MustCompile(`^\$origin == "([^"]*)"$`)
)

// ParseOriginTemplate reads the response template with which CDK's AddCorsPreflight chooses among several origins; any other one
// is not simulated.
func ParseOriginTemplate(template string) ([]string, error) {
	parts := preflightTemplate.FindStringSubmatch(template)
	if parts == nil {
		return nil, errors.New("mapping templates other than that of CDK's AddCorsPreflight are not simulated")
	}
	var origins []string
	for _, condition := range strings.Split(parts[1], " || ") {
		origin := originMatch.FindStringSubmatch(condition)
		if origin == nil {
			return nil, errors.New("the condition " + condition + " in its mapping template is not simulated")
		}
		origins = append(origins, origin[1])
	}
	return origins, nil
}

func (p *PreflightResponse) write(w http.ResponseWriter, r *http.Request) {
	for name, value := range p.Headers {
		w.Header().Set(name, value)
	}
	origin := r.Header.Get("Origin")
	if slices.Contains(p.Origins, origin) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
	}
	w.WriteHeader(p.Status)
}
