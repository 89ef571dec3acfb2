package apigateway

import (
	"slices"
	"strings"
)

// These are the kinds of segments in a resource's path. API Gateway prefers a later kind to an earlier one.
const (
	greedySegment = iota
	parameterSegment
	literalSegment
)

// anyMethods are the methods of ANY (API Gateway Developer Guide, how-to-method-settings).
var anyMethods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// route finds the method of a request. For an unknown path or method API Gateway answers as for a missing token.
//
// AWS does not document how it reads slashes, and callers see these rules. A slash at the end is passed over, but
// stays in the path and in the ARN that policies and authorizers judge. Several slashes after the stage count as one.
// Anywhere else an empty segment fits {proxy+} only.
func (a *API) route(x *exchange) *refusal {
	if rest, ok := a.onStage(x); ok {
		x.path = "/" + strings.TrimLeft(strings.TrimSuffix(rest, "/"), "/")
		a.find(x, strings.Split(strings.TrimSuffix(x.path[1:], "/"), "/"))
	}
	if x.method == nil {
		return &refusal{
			code: "MISSING_AUTHENTICATION_TOKEN", message: "Missing Authentication Token",
			reason: "there is no such path and method on stage " + a.config.Stage,
		}
	}
	return nil
}

// onStage returns the path after the stage, with a slash at its end. It reports whether the request is for the stage.
func (a *API) onStage(x *exchange) (rest string, ok bool) {
	return strings.CutPrefix(x.wirePath()+"/", "/"+a.config.Stage+"/")
}

// find takes the method whose path fits best from the left on. On one resource the named method comes before ANY. A
// resource without the request's method leaves the request to a resource that fits less well.
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

// match reports whether a path fits the method's resource. It returns the parameters, encoded as they came, and how
// closely each segment fits.
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
