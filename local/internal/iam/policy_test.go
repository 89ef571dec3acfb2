package iam

import (
	"strings"
	"testing"
)

func TestParsePolicyRefuses(t *testing.T) {
	tests := []struct{ name, why, document, message string }{
		{"not an object", "no document", `[]`, "must be an object"},
		{"version", "a version that AWS does not have", `{"Version":"2030-01-01","Statement":[]}`, "unknown policy version 2030-01-01"},
		{"unknown part", "a typing error must not be skipped", `{"Statment":[]}`, `unknown element "Statment"`},
		{"no statement", "nothing to read", `{}`, "statement 1: must be an object"},
		{"unknown element", "a typing error must not be skipped", statement(`"Conditions":{}`), "statement 1: Conditions: unknown element"},
		{"effect", "only two", `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`, "Effect: must be Allow or Deny, not allow"},
		{"no effect", "required", `{"Statement":{"Action":"*","Resource":"*"}}`, "no Effect"},
		{"no action", "required", `{"Statement":{"Effect":"Allow","Resource":"*"}}`, "neither Action nor NotAction"},
		{"both actions", "AWS takes one", statement(`"NotAction":"s3:*"`), "an element and its negation"},
		{"bare action", "AWS refuses it", `{"Statement":{"Effect":"Allow","Action":"Invoke","Resource":"*"}}`, `"Invoke" is not of the form service:action`},
		{"not principal", "not simulated", statement(`"NotPrincipal":"*"`), "NotPrincipal: is not simulated"},
		{"principal with wildcard", "AWS refuses it", statement(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/*/signer"}`), "is no principal"},
		{"principal of a kind", "a typing error", statement(`"Principal":{"Aws":"*"}`), `unknown kind "Aws"`},
		{"operator", "never a silent skip", statement(`"Condition":{"BinaryEquals":{"k":"v"}}`), "Condition: BinaryEquals k: condition operator not simulated"},
		{"set operator", "never a silent skip", statement(`"Condition":{"ForSome:StringEquals":{"k":"v"}}`), "ForSome:StringEquals k: condition operator not simulated"},
		{"null if exists", "AWS has none", statement(`"Condition":{"NullIfExists":{"k":"true"}}`), "condition operator not simulated"},
		{"value of Bool", "neither", statement(`"Condition":{"Bool":{"k":"yes"}}`), `"yes" is neither true nor false`},
		{"value of IpAddress", "no address", statement(`"Condition":{"IpAddress":{"k":"10.0.0"}}`), "Condition: IpAddress k"},
		{"value of Numeric", "no number", statement(`"Condition":{"NumericEquals":{"k":"ten"}}`), "Condition: NumericEquals k"},
		{"value of Date", "no date", statement(`"Condition":{"DateEquals":{"k":"today"}}`), "Condition: DateEquals k"},
		{"value of Arn", "no ARN", statement(`"Condition":{"ArnLike":{"k":"*"}}`), `"*" is not an ARN`},
		{"value null", "a negation would hold for everyone", statement(`"Condition":{"StringNotEquals":{"k":null}}`), "StringNotEquals k: must be a string, number or boolean"},
		{"value an object", "AWS refuses it", statement(`"Condition":{"StringEquals":{"k":{"a":"b"}}}`), "must be a string, number or boolean, not map"},
		{"no value", "a negation would hold for everyone", statement(`"Condition":{"StringNotLike":{"k":[]}}`), "StringNotLike k: has no value"},
		{"variable with default", "not simulated", statement(`"Condition":{"StringEquals":{"k":"${aws:username, 'x'}"}}`), "default value is not simulated"},
		{"empty list", "nothing to match", statement(`"Principal":{"AWS":[]}`), "is empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParsePolicy(document(t, test.document))
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Errorf("%s: got %v, want an error that contains %q", test.why, err, test.message)
			}
		})
	}
}

// statement writes a document with one good statement and something more in it.
func statement(more string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",` + more + `}}`
}

func TestNewRoleRefuses(t *testing.T) {
	trust := policy(t, "trust", permit(`{"Service":"lambda.amazonaws.com"}`, ""))
	noPrincipal := policy(t, "inline", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	noResource := policy(t, "inline", `{"Effect":"Allow","Action":"*"}`)
	tests := []struct {
		name, why string
		config    RoleConfig
		message   string
	}{
		{"arn", "a user is no role", RoleConfig{ARN: "arn:aws:iam::111122223333:user/a", Trust: trust}, "is not the ARN of a role"},
		{"no trust", "every role has one", RoleConfig{ARN: signerARN}, "no trust policy"},
		{"trust without principal", "it would trust everyone", RoleConfig{ARN: signerARN, Trust: noPrincipal}, "no Principal"},
		{"identity with principal", "AWS refuses it", RoleConfig{ARN: signerARN, Trust: trust, Policies: []*Policy{trust}}, "takes no Principal"},
		{"identity without resource", "it would be for all resources", RoleConfig{ARN: signerARN, Trust: trust, Policies: []*Policy{noResource}}, "no Resource"},
		{"boundary with principal", "AWS refuses it", RoleConfig{ARN: signerARN, Trust: trust, Boundary: trust}, "takes no Principal"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewRole(test.config)
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Errorf("%s: got %v, want an error that contains %q", test.why, err, test.message)
			}
		})
	}
}

func TestManagedPolicies(t *testing.T) {
	for name := range managed {
		if _, ok := ManagedPolicy("arn:aws:iam::aws:policy/" + name); !ok {
			t.Errorf("%s: not found", name)
		}
	}
	if _, ok := ManagedPolicy("arn:aws:iam::aws:policy/ReadOnlyAccess"); ok {
		t.Error("ReadOnlyAccess: found, though nothing is known of it")
	}
}

func TestEvaluateRefusesAPolicyWithoutPrincipals(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an identity policy was taken for a resource policy, so for one about everyone")
		}
	}()
	Evaluate(Request{Action: "lambda:InvokeFunction", Resource: functionARN}, policy(t, "inline", `{"Effect":"Allow","Action":"*","Resource":"*"}`))
}
