package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// authorizer is an Authorizer with its cache, which all methods that it guards share.
type authorizer struct {
	*Authorizer
	validation *regexp.Regexp // nil for none
	cache      cache
}

const (
	headerSource = "method.request.header."
	querySource  = "method.request.querystring."
)

func newAuthorizer(config *Authorizer) (*authorizer, error) {
	a := &authorizer{Authorizer: config}
	switch {
	case a.Type != "TOKEN" && a.Type != "REQUEST" && a.Type != userPools:
		return nil, fmt.Errorf("authorizer %s: type %s is not simulated", a.Path, a.Type)
	case a.Type != "REQUEST" && (len(a.Identity) != 1 || !strings.HasPrefix(a.Identity[0], headerSource)):
		return nil, fmt.Errorf("authorizer %s: a %s authorizer has one identity source, a header", a.Path, a.Type)
	case a.Type == "REQUEST" && a.TTL > 0 && len(a.Identity) == 0:
		return nil, fmt.Errorf("authorizer %s: a REQUEST authorizer without identity sources cannot be cached: "+
			"set its TTL to 0", a.Path)
	}
	for _, source := range a.Identity {
		if !strings.HasPrefix(source, headerSource) && !strings.HasPrefix(source, querySource) {
			return nil, fmt.Errorf("authorizer %s: the identity source %s is not simulated", a.Path, source)
		}
	}
	if a.Validation == "" || a.Type == "REQUEST" {
		return a, nil
	}
	// AWS does not say whether a part of the text may match. Here the whole text must match, which lets fewer in.
	var err error
	if a.validation, err = regexp.Compile("^(?:" + a.Validation + ")$"); err != nil {
		return nil, fmt.Errorf("authorizer %s: IdentityValidationExpression: %w", a.Path, err)
	}
	return a, nil
}

// authorizeByLambda asks the resource policy for an explicit deny, then the cache or the authorizer. Then both
// policies judge the method's ARN (API Gateway Developer Guide, apigateway-use-lambda-authorizer, and
// apigateway-authorization-flow for the order).
func (a *API) authorizeByLambda(x *exchange) *refusal {
	request := a.request(x, nil)
	if a.config.Policy != nil && denies(a.config.Policy, request) {
		return a.accessDenied(x, "anonymous", "explicit deny by the resource policy, before the authorizer is asked")
	}
	authorizer := x.method.authorizer
	token, key, refused := authorizer.identity(x)
	if refused != nil {
		return refused
	}
	found := authorizer.cache.get(key, a.config.Now())
	if found == nil {
		if found, refused = a.ask(x, token); refused != nil {
			return refused
		}
		authorizer.cache.put(key, found, a.config.Now(), authorizer.TTL)
	}
	if refused := found.decide(request, a.config.Policy); refused != nil {
		refused.by = "authorizer " + authorizer.Path
		return refused
	}
	x.caller.authorizer = found.context
	return nil
}

// identity reads the identity sources, and returns the token of a TOKEN authorizer and the cache's key. A missing
// source or a token of the wrong form is a 401, and the authorizer is not asked. A REQUEST authorizer without a
// cache is asked even if a source is missing. The last value of a repeated source counts, as in the event's
// single-value fields, but the cache's key has all values.
func (a *authorizer) identity(x *exchange) (token, key string, refused *refusal) {
	if a.Type == "REQUEST" && a.TTL == 0 {
		return "", "", nil
	}
	sources := make([][]string, len(a.Identity))
	for i, source := range a.Identity {
		if header, ok := strings.CutPrefix(source, headerSource); ok {
			sources[i] = x.Header.Values(header)
		} else {
			sources[i] = x.query[strings.TrimPrefix(source, querySource)]
		}
		if len(sources[i]) > 0 {
			token = sources[i][len(sources[i])-1]
		}
		if len(sources[i]) == 0 || token == "" {
			return "", "", &refusal{code: "UNAUTHORIZED", message: "Unauthorized", reason: "there is no " + source}
		}
	}
	if a.validation != nil && !a.validation.MatchString(token) {
		return "", "", &refusal{
			code: "UNAUTHORIZED", message: "Unauthorized",
			reason: a.Identity[0] + " does not fit the authorizer's IdentityValidationExpression",
		}
	}
	// JSON keeps any values apart.
	joined, _ := json.Marshal(sources) // strings only, so it cannot fail
	return token, string(joined), nil
}

// ask invokes the authorizer. Any failure is a 500 with the message null. The error "Unauthorized" alone is a 401.
func (a *API) ask(x *exchange, token string) (*verdict, *refusal) {
	authorizer := x.method.authorizer
	broken := func(code string, err error) *refusal {
		return &refusal{code: code, by: "authorizer " + authorizer.Path, reason: authorizer.Lambda.Why(err)}
	}
	if decision := a.invokePermission(x, authorizer.Lambda, a.arnOf("authorizers/"+authorizer.ID)); !decision.Allowed {
		return nil, broken("AUTHORIZER_CONFIGURATION_ERROR", errors.New(decision.Reason))
	}
	answer, err := authorizer.Lambda.call(x.Context(), a.authorizerEvent(x, token))
	if x.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	var reported *lambda.FunctionError
	if errors.As(err, &reported) && reported.Message == "Unauthorized" {
		return nil, &refusal{
			code: "UNAUTHORIZED", message: "Unauthorized",
			by: "authorizer " + authorizer.Path, reason: "it answered Unauthorized",
		}
	}
	if err != nil {
		return nil, broken("AUTHORIZER_FAILURE", err)
	}
	found, err := readVerdict(answer)
	if err != nil {
		return nil, broken("AUTHORIZER_CONFIGURATION_ERROR", err)
	}
	return found, nil
}
