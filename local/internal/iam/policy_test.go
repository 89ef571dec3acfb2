package iam

import (
	"strings"
	"testing"
)

func TestParsePolicyRefuses(t *testing.T) {
	tests := []struct{ name, why, document, message string }{
		{name: "not an object", why: "no document", document: `[]`, message: "must be an object"},
		{
			name: "version", why: "a version that AWS does not have",
			document: `{"Version":"2030-01-01","Statement":[]}`,
			message:  "unknown policy version 2030-01-01",
		},
		{
			name: "unknown part", why: "a typing error must not be skipped",
			document: `{"Statment":[]}`, message: `unknown element "Statment"`,
		},
		{
			name: "no statement", why: "nothing to read",
			document: `{}`, message: "statement 1: must be an object",
		},
		{
			name: "unknown element", why: "a typing error must not be skipped",
			document: statement(`"Conditions":{}`), message: "statement 1: Conditions: unknown element",
		},
		{
			name: "effect", why: "only two",
			document: `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`,
			message:  "Effect: must be Allow or Deny, not allow",
		},
		{
			name: "no effect", why: "required",
			document: `{"Statement":{"Action":"*","Resource":"*"}}`, message: "no Effect",
		},
		{
			name: "no action", why: "required",
			document: `{"Statement":{"Effect":"Allow","Resource":"*"}}`,
			message:  "neither Action nor NotAction",
		},
		{
			name: "both actions", why: "AWS takes one",
			document: statement(`"NotAction":"s3:*"`), message: "an element and its negation",
		},
		{
			name: "bare action", why: "AWS refuses it",
			document: `{"Statement":{"Effect":"Allow","Action":"Invoke","Resource":"*"}}`,
			message:  `"Invoke" is not of the form service:action`,
		},
		{
			name: "wildcard in the service", why: "IAM refuses it (Vendor lam* is not valid)",
			document: `{"Statement":{"Effect":"Allow","Action":"lam*:InvokeFunction","Resource":"*"}}`,
			message:  `"lam*:InvokeFunction" is not of the form service:action`,
		},
		{
			name: "deny on a text that is no ARN", why: "it would deny nothing",
			document: `{"Statement":{"Effect":"Deny","Action":"*","Resource":"orders"}}`,
			message:  `Resource: "orders" is neither an ARN nor *`,
		},
		{
			name: "allow on all but a text that is no ARN", why: "it would allow everything",
			document: `{"Statement":{"Effect":"Allow","Action":"*","NotResource":"orders"}}`,
			message:  `NotResource: "orders" is neither an ARN nor *`,
		},
		{
			name: "incomplete ARN in a resource policy", why: "AWS completes it in identity policies only",
			document: `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:lambda"}}`,
			message:  `"arn:aws:lambda" has fewer than the six parts of an ARN`,
		},
		{
			name: "not principal", why: "not simulated",
			document: statement(`"NotPrincipal":"*"`), message: "NotPrincipal: is not simulated",
		},
		{
			name: "principal with wildcard", why: "AWS refuses it",
			document: statement(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/*/signer"}`),
			message:  "is no principal",
		},
		{
			name: "principal of a kind", why: "a typing error",
			document: statement(`"Principal":{"Aws":"*"}`), message: `unknown kind "Aws"`,
		},
		{
			name: "operator", why: "never a silent skip",
			document: statement(`"Condition":{"BinaryEquals":{"k":"v"}}`),
			message:  "Condition: BinaryEquals k: condition operator not simulated",
		},
		{
			name: "set operator", why: "never a silent skip",
			document: statement(`"Condition":{"ForSome:StringEquals":{"k":"v"}}`),
			message:  "ForSome:StringEquals k: condition operator not simulated",
		},
		{
			name: "null if exists", why: "AWS has none",
			document: statement(`"Condition":{"NullIfExists":{"k":"true"}}`),
			message:  "condition operator not simulated",
		},
		{
			name: "value of Bool", why: "neither",
			document: statement(`"Condition":{"Bool":{"k":"yes"}}`),
			message:  `"yes" is neither true nor false`,
		},
		{
			name: "value of IpAddress", why: "no address",
			document: statement(`"Condition":{"IpAddress":{"k":"10.0.0"}}`),
			message:  "Condition: IpAddress k",
		},
		{
			name: "IPv6 network with host bits", why: "IAM refuses it",
			document: statement(`"Condition":{"IpAddress":{"k":"2001:db8::5/64"}}`), message: "write 2001:db8::/64",
		},
		{
			name: "value of Numeric", why: "no number",
			document: statement(`"Condition":{"NumericEquals":{"k":"ten"}}`),
			message:  "Condition: NumericEquals k",
		},
		{
			name: "value of Date", why: "no date",
			document: statement(`"Condition":{"DateEquals":{"k":"today"}}`),
			message:  "Condition: DateEquals k",
		},
		{
			name: "value of Arn", why: "no ARN",
			document: statement(`"Condition":{"ArnLike":{"k":"*"}}`), message: `"*" is not an ARN`,
		},
		{
			name: "value null", why: "a negation would hold for everyone",
			document: statement(`"Condition":{"StringNotEquals":{"k":null}}`),
			message:  "StringNotEquals k: must be a string, number or boolean",
		},
		{
			name: "value an object", why: "AWS refuses it",
			document: statement(`"Condition":{"StringEquals":{"k":{"a":"b"}}}`),
			message:  "must be a string, number or boolean, not map",
		},
		{
			name: "no value", why: "a negation would hold for everyone",
			document: statement(`"Condition":{"StringNotLike":{"k":[]}}`),
			message:  "StringNotLike k: has no value",
		},
		{
			name: "variable with default", why: "not simulated",
			document: statement(`"Condition":{"StringEquals":{"k":"${aws:username, 'x'}"}}`),
			message:  "default value is not simulated",
		},
		{
			name: "empty list", why: "nothing to match",
			document: statement(`"Principal":{"AWS":[]}`), message: "is empty",
		},
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

// statement writes a document whose one valid statement has an additional element.
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
		{
			name: "arn", why: "a user is no role",
			config:  RoleConfig{ARN: "arn:aws:iam::111122223333:user/a", Trust: trust},
			message: "is not the ARN of a role",
		},
		{
			name: "no trust", why: "every role has one",
			config: RoleConfig{ARN: signerARN}, message: "no trust policy",
		},
		{
			name: "trust without principal", why: "it would trust everyone",
			config: RoleConfig{ARN: signerARN, Trust: noPrincipal}, message: "no Principal",
		},
		{
			name: "identity with principal", why: "AWS refuses it",
			config:  RoleConfig{ARN: signerARN, Trust: trust, Policies: []*Policy{trust}},
			message: "takes no Principal",
		},
		{
			name: "identity without resource", why: "it would be for all resources",
			config:  RoleConfig{ARN: signerARN, Trust: trust, Policies: []*Policy{noResource}},
			message: "no Resource",
		},
		{
			name: "boundary with principal", why: "AWS refuses it",
			config:  RoleConfig{ARN: signerARN, Trust: trust, Boundary: trust},
			message: "takes no Principal",
		},
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
	for name := range managedStatements {
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
	Evaluate(
		Request{Action: "lambda:InvokeFunction", Resource: functionARN},
		policy(t, "inline", `{"Effect":"Allow","Action":"*","Resource":"*"}`),
	)
}
