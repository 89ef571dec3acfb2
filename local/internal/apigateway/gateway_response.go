package apigateway

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

var contextVariable = regexp.MustCompile(`\$context(\.[A-Za-z]+)+`)

// check refuses a response type that AWS does not know, and a template or mapping that is not simulated. A
// response type that never occurs here is declared in vain.
func (g GatewayResponse) check(code string) error {
	if _, known := responseTypes[code]; !known {
		return fmt.Errorf("gateway response %s: AWS has no such response type", code)
	}
	for _, variable := range contextVariable.FindAllString(g.Template, -1) {
		if _, ok := (refusal{}).variables("")[variable]; !ok {
			return fmt.Errorf("gateway response %s: %s in its template is not simulated", code, variable)
		}
	}
	if strings.ContainsAny(contextVariable.ReplaceAllString(g.Template, ""), "#$") ||
		strings.Contains(g.Template, "method.request.") {
		return fmt.Errorf("gateway response %s: other than $context variables are not simulated in its template", code)
	}
	for name, value := range g.Parameters {
		_, literal := literalText(value)
		if !strings.HasPrefix(name, headerParameter) || !literal && !strings.HasPrefix(value, headerSource) {
			return fmt.Errorf("gateway response %s: the mapping %s = %s is not simulated", code, name, value)
		}
	}
	return nil
}

const headerParameter = "gatewayresponse.header."

// literalText returns the text of a literal, without its single quotes. It reports whether the value of a mapping
// is one.
func literalText(value string) (string, bool) {
	if len(value) < 2 || value[0] != '\'' || value[len(value)-1] != '\'' {
		return "", false
	}
	return value[1 : len(value)-1], true
}

// gatewayResponse is the API's gateway response for a response type, or else for its default type, with a
// template. The response to a body over 10 MB cannot be changed (API Gateway Developer Guide,
// api-gateway-known-issues).
func (a *API) gatewayResponse(code string, status int) GatewayResponse {
	response, custom := a.config.GatewayResponses[code]
	switch {
	case code == "REQUEST_TOO_LARGE", code == noHost, code == unknownHost:
		response = GatewayResponse{}
	case !custom && status < 500:
		response = a.config.GatewayResponses["DEFAULT_4XX"]
	case !custom:
		response = a.config.GatewayResponses["DEFAULT_5XX"]
	}
	response.Template = cmp.Or(response.Template, `{"message":$context.error.messageString}`)
	return response
}
