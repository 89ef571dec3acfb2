package apigateway

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// PreflightResponse is the answer of a MOCK integration as CDK's AddCorsPreflight makes it.
type PreflightResponse struct {
	Status  int
	Headers map[string]string
	Origins []string // of the response template, besides the one in Headers
}

var (
	preflightTemplate = regexp.MustCompile(`^#set\(\$origin = \$input\.params\(\)\.header\.get\("Origin"\)\)\n` +
		`#if\(\$origin == ""\)\n\s*#set\(\$origin = \$input\.params\(\)\.header\.get\("origin"\)\)\n#end\n` +
		`#if\((.*)\)\n\s*#set\(\$context\.responseOverride\.header\.Access-Control-Allow-Origin = \$origin\)\n#end$`)
	originMatch = regexp.MustCompile(`^\$origin == "([^"]*)"$`)
)

// ParseOriginTemplate reads the origins of a response template. CDK's AddCorsPreflight writes this template for
// several origins. Any other template is an error, since it is not simulated.
func ParseOriginTemplate(template string) ([]string, error) {
	parts := preflightTemplate.FindStringSubmatch(template)
	if parts == nil {
		return nil, errors.New("mapping templates other than that of CDK's AddCorsPreflight are not simulated")
	}
	var origins []string
	for condition := range strings.SplitSeq(parts[1], " || ") {
		origin := originMatch.FindStringSubmatch(condition)
		if origin == nil {
			return nil, errors.New("the condition " + condition + " in its mapping template is not simulated")
		}
		origins = append(origins, origin[1])
	}
	return origins, nil
}

func (p *PreflightResponse) write(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json") // as on every integration's answer (api-gateway-known-issues)
	for name, value := range p.Headers {
		w.Header().Set(name, value)
	}
	if origin := r.Header.Get("Origin"); slices.Contains(p.Origins, origin) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
	}
	w.WriteHeader(p.Status)
}
