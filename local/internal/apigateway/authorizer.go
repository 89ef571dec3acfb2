package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// verdict is what a Lambda authorizer answered.
type verdict struct {
	policy  *iam.Policy
	context map[string]any // with principalId; what integrations see as requestContext.authorizer
}

// cache keeps an authorizer's verdicts by the values of its identity sources.
type cache struct {
	mu      sync.Mutex
	entries map[string]cached
}

type cached struct {
	verdict *verdict
	until   time.Time
}

func (a *Authorizer) check() error {
	if a.Type != "TOKEN" && a.Type != "REQUEST" {
		return fmt.Errorf("authorizer %s: type %s is not simulated", a.Path, a.Type)
	}
	if _, err := regexp.Compile(a.Validation); err != nil {
		return fmt.Errorf("authorizer %s: IdentityValidationExpression: %w", a.Path, err)
	}
	if a.Type == "TOKEN" && len(a.Identity) != 1 {
		return fmt.Errorf("authorizer %s: a TOKEN authorizer has one identity source", a.Path)
	}
	for _, source := range a.Identity {
		if !strings.HasPrefix(source, "method.request.header.") && !strings.HasPrefix(source, "method.request.querystring.") {
			return fmt.Errorf("authorizer %s: the identity source %s is not simulated", a.Path, source)
		}
	}
	return nil
}

// authorizeByLambda asks the cache or the authorizer, then holds the policy of the answer against the method's ARN (API Gateway
// Developer Guide, apigateway-use-lambda-authorizer).
func (a *API) authorizeByLambda(x *exchange) *refusal {
	authorizer := x.method.Authorizer
	values, refused := authorizer.identity(x)
	if refused != nil {
		return refused
	}
	key := strings.Join(values, "\x00")
	found := x.method.cache.get(key, a.config.Now())
	if found == nil {
		if found, refused = a.ask(x, values); refused != nil {
			return refused
		}
		if authorizer.TTL > 0 && len(values) > 0 {
			x.method.cache.put(key, found, a.config.Now(), authorizer.TTL)
		}
	}
	decision := found.decide(a.arn(x), a.conditionKeys(x, nil))
	if !decision.Allowed {
		message := "User is not authorized to access this resource"
		if strings.Contains(decision.Reason, "explicit deny") {
			message += " with an explicit deny"
		}
		return &refusal{kind: "ACCESS_DENIED", message: message, reason: "the authorizer's policy: " + decision.Reason}
	}
	x.caller.authorizer = found.context
	return nil
}

// identity reads the identity sources; one that is missing, or a token of the wrong form, is 401 without asking the authorizer.
func (a *Authorizer) identity(x *exchange) ([]string, *refusal) {
	var values []string
	for _, source := range a.Identity {
		value := x.URL.Query().Get(strings.TrimPrefix(source, "method.request.querystring."))
		if header, ok := strings.CutPrefix(source, "method.request.header."); ok {
			value = x.Header.Get(header)
		}
		if value == "" {
			return nil, &refusal{kind: "UNAUTHORIZED", message: "Unauthorized", reason: "there is no " + source}
		}
		values = append(values, value)
	}
	if a.Validation != "" && !regexp.MustCompile("^(?:"+a.Validation+")$").MatchString(values[0]) {
		return nil, &refusal{kind: "UNAUTHORIZED", message: "Unauthorized", reason: a.Identity[0] + " does not fit the authorizer's IdentityValidationExpression"}
	}
	return values, nil
}

// ask invokes the authorizer.
func (a *API) ask(x *exchange, values []string) (*verdict, *refusal) {
	authorizer := x.method.Authorizer
	broken := func(kind string, err error) *refusal {
		return &refusal{kind: kind, message: "Internal server error", reason: "authorizer " + authorizer.Path + ": " + err.Error()}
	}
	if decision := a.permitted(authorizer.Lambda, a.arnOf("authorizers/"+authorizer.ID)); !decision.Allowed {
		return nil, broken("AUTHORIZER_CONFIGURATION_ERROR", errors.New(decision.Reason))
	}
	event, err := a.authorizerEvent(x, values)
	if err != nil {
		return nil, broken("AUTHORIZER_FAILURE", err)
	}
	response, err := authorizer.Lambda.Invoke(x.Context(), event)
	var reported *lambda.FunctionError
	if errors.As(err, &reported) && reported.Message == "Unauthorized" {
		return nil, &refusal{kind: "UNAUTHORIZED", message: "Unauthorized", reason: "the authorizer " + authorizer.Path + " answered Unauthorized"}
	}
	if err != nil {
		return nil, broken("AUTHORIZER_FAILURE", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil {
		var found *verdict
		if found, err = readVerdict(answer); err == nil {
			return found, nil
		}
	}
	return nil, broken("AUTHORIZER_CONFIGURATION_ERROR", err)
}

func (a *API) authorizerEvent(x *exchange, values []string) ([]byte, error) {
	if x.method.Authorizer.Type == "TOKEN" {
		return json.Marshal(map[string]string{"type": "TOKEN", "authorizationToken": values[0], "methodArn": a.arn(x)})
	}
	event := a.proxyEvent(x)
	event.Type, event.MethodARN = "REQUEST", a.arn(x)
	return json.Marshal(event)
}

// readVerdict reads an authorizer's answer (API Gateway Developer Guide, api-gateway-lambda-authorizer-output).
func readVerdict(answer []byte) (*verdict, error) {
	var output struct {
		PrincipalID    string         `json:"principalId"`
		PolicyDocument any            `json:"policyDocument"`
		Context        map[string]any `json:"context"`
	}
	if err := json.Unmarshal(answer, &output); err != nil {
		return nil, errors.New("its answer is not the JSON of an authorizer")
	}
	if output.PrincipalID == "" {
		return nil, errors.New("its answer has no principalId")
	}
	policy, err := iam.ParsePolicy(output.PolicyDocument)
	if err == nil {
		err = policy.CheckIdentityPolicy()
	}
	if err != nil {
		return nil, fmt.Errorf("its policyDocument: %w", err)
	}
	policy.Name = "policyDocument"
	seen := map[string]any{"principalId": output.PrincipalID}
	for name, value := range output.Context {
		switch value.(type) {
		case string, float64, bool:
			seen[name] = fmt.Sprint(value) // integrations get strings
		default:
			return nil, fmt.Errorf("its context has %s, which is neither a string nor a number nor a boolean", name)
		}
	}
	seen["principalId"] = output.PrincipalID
	return &verdict{policy, seen}, nil
}

// decide asks the policy alone: the caller is whom it was written for.
func (v *verdict) decide(methodARN string, context map[string][]string) iam.Decision {
	return iam.EvaluateStatements(iam.Request{Action: "execute-api:Invoke", Resource: methodARN, Context: context}, v.policy)
}

func (c *cache) get(key string, now time.Time) *verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, ok := c.entries[key]; ok && now.Before(entry.until) {
		return entry.verdict
	}
	return nil
}

func (c *cache) put(key string, found *verdict, now time.Time, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]cached{}
	}
	for other, entry := range c.entries {
		if !now.Before(entry.until) {
			delete(c.entries, other)
		}
	}
	c.entries[key] = cached{found, now.Add(ttl)}
}
