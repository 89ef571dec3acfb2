package apigateway

import (
	"slices"
	"strings"
)

// How closely a segment of a resource's path fits, in the order in which API Gateway prefers them.
const (
	greedySegment = iota
	parameterSegment
	literalSegment
)

// anyMethods are those that ANY stands for (API Gateway Developer Guide, how-to-method-settings).
var anyMethods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// route finds the method. For a path or a method that is not there API Gateway answers as for a missing token. AWS does not document how
// it reads slashes; what callers see is that one at the end is passed over, and stays in the path and the method's ARN, and that several
// after the stage count as one. Anywhere else an empty segment fits a {proxy+} only.
func (a *API) route(x *exchange) *refusal {
	if rest, ok := a.onStage(x); ok {
		x.path = "/" + strings.TrimLeft(strings.TrimSuffix(rest, "/"), "/")
		a.find(x, strings.Split(strings.TrimSuffix(x.path[1:], "/"), "/"))
	}
	if x.method == nil {
		return &refusal{
			kind: "MISSING_AUTHENTICATION_TOKEN", message: "Missing Authentication Token",
			reason: "there is no such path and method on stage " + a.config.Stage,
		}
	}
	return nil
}

// onStage gives the path after the stage, with a slash at its end. A path elsewhere is not one of the stage.
func (a *API) onStage(x *exchange) (rest string, ok bool) {
	path, _, _ := strings.Cut(x.RequestURI, "?")
	return strings.CutPrefix(path+"/", "/"+a.config.Stage+"/")
}

// find takes the method whose path fits best from the left on; on one resource, a method of its own before ANY. A resource without
// the request's method leaves the request to one that fits less well.
func (a *API) find(x *exchange, segments []string) {
	var best []int
	for _, m := range a.methods {
		parameters, fit, matches := m.match(segments)
		switch {
		case !matches:
			continue
		case m.HTTPMethod == x.Method:
			fit = append(fit, 1)
		case m.HTTPMethod == "ANY" && slices.Contains(anyMethods, x.Method):
			fit = append(fit, 0)
		default:
			continue
		}
		if x.method == nil || slices.Compare(fit, best) > 0 {
			x.method, x.parameters, best = m, parameters, fit
		}
	}
}

// match tells whether a path fits, with its parameters, which stay encoded as they came, and how closely each segment fits.
func (m *method) match(segments []string) (parameters map[string]string, fit []int, ok bool) {
	parameters = map[string]string{}
	for i, want := range m.segments {
		if i >= len(segments) {
			return nil, nil, false
		}
		name, isParameter := strings.CutPrefix(strings.TrimSuffix(want, "}"), "{")
		greedy, isGreedy := strings.CutSuffix(name, "+")
		switch {
		case !isParameter && segments[i] != want, isParameter && segments[i] == "":
			return nil, nil, false
		case isParameter && isGreedy:
			parameters[greedy] = strings.Join(segments[i:], "/")
			return parameters, append(fit, greedySegment), true
		case isParameter:
			parameters[name] = segments[i]
			fit = append(fit, parameterSegment)
		default:
			fit = append(fit, literalSegment)
		}
	}
	return parameters, fit, len(segments) == len(m.segments)
}
