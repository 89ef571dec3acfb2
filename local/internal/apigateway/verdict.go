package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// verdict is the answer of a Lambda authorizer.
type verdict struct {
	policy  *iam.Policy
	context map[string]any // requestContext.authorizer of an integration's event, with principalId
}

// readVerdict reads an authorizer's answer (API Gateway Developer Guide, api-gateway-lambda-authorizer-output).
func readVerdict(answer []byte) (*verdict, error) {
	// A map has exact names. For the fields of a struct, encoding/json takes names in any case.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil {
		return nil, errors.New("its answer is not the JSON of an authorizer: principalId, policyDocument, context")
	}
	var principalID string
	if err := json.Unmarshal(fields["principalId"], &principalID); err != nil || principalID == "" {
		return nil, errors.New("its answer has no principalId")
	}
	var document any
	if err := json.Unmarshal(fields["policyDocument"], &document); err != nil {
		return nil, errors.New("its answer has no policyDocument")
	}
	policy, err := iam.ParsePolicy(document)
	if err == nil {
		policy.Name = "the authorizer's policyDocument"
		err = policy.CheckIdentityPolicy()
	}
	if err != nil {
		return nil, fmt.Errorf("its policyDocument: %w", err)
	}
	context, err := readContext(fields["context"])
	if err != nil {
		return nil, err
	}
	context["principalId"] = principalID
	return &verdict{policy, context}, nil
}

func readContext(text json.RawMessage) (map[string]any, error) {
	context := map[string]any{}
	if text == nil {
		return context, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, errors.New("its context is not an object")
	}
	for name, value := range values {
		text, err := contextValue(value)
		if err != nil {
			return nil, fmt.Errorf("its context has %s, which is neither a string nor a number nor a boolean", name)
		}
		context[name] = text
	}
	return context, nil
}

// contextValue is a value of the context as integrations get it. A string is its text, and a number or boolean is
// the text that the authorizer wrote.
func contextValue(value json.RawMessage) (text string, err error) {
	switch value[0] {
	case '"':
		err = json.Unmarshal(value, &text)
		return text, err
	case '{', '[', 'n':
		return "", errors.New("not a scalar")
	}
	return string(value), nil
}

// decide asks the authorizer's policy and the API's. The authorizer's policy is for this caller. An explicit deny
// wins, and one of the policies must allow (API Gateway Developer Guide, apigateway-authorization-flow, table A).
func (v *verdict) decide(request iam.Request, resourcePolicy *iam.Policy) *refusal {
	decision := iam.EvaluateStatements(request, v.policy)
	if decision.Allowed {
		return nil
	}
	if !iam.EvaluateStatements(request, withAllowAll(v.policy)).Allowed {
		return &refusal{
			code: "ACCESS_DENIED", message: "User is not authorized to access this resource with an explicit deny",
			reason: decision.Reason,
		}
	}
	if resourcePolicy != nil && iam.Evaluate(request, resourcePolicy).Allowed {
		return nil
	}
	return &refusal{
		code: "ACCESS_DENIED", message: "User is not authorized to access this resource", reason: decision.Reason,
	}
}
