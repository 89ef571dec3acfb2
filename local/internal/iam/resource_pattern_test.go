package iam

import (
	"strings"
	"testing"
)

// TestResourcePattern checks which ARNs a text of Resource matches.
func TestResourcePattern(t *testing.T) {
	const alias = functionARN + ":live"
	for _, row := range []struct {
		name, why, text, arn string
		matches              bool
	}{
		{name: "everything", why: "* is all resources", text: "*", arn: functionARN, matches: true},
		{name: "itself", why: "compared whole", text: functionARN, arn: functionARN, matches: true},
		{name: "its alias", why: "is another resource", text: functionARN, arn: alias},
		{name: "its qualifiers", why: "* matches them", text: functionARN + ":*", arn: alias, matches: true},
		{
			name: "variable", why: "stands for its value", text: "arn:aws:lambda:*:*:function:${aws:PrincipalTag/fn}",
			arn: functionARN, matches: true,
		},
		{
			name: "variable before the fifth colon", why: "it is literal text there",
			text: "arn:aws:lambda:*:${aws:PrincipalAccount}:function:*", arn: functionARN,
		},
		{
			name: "variable with a *", why: "it is a character",
			text: "arn:aws:lambda:*:*:function:${aws:PrincipalTag/star}", arn: functionARN,
		},
		{
			name: "incomplete ARN", why: "AWS adds a * for each part that it lacks", text: "arn:aws:lambda",
			arn: functionARN, matches: true,
		},
		{name: "incomplete ARN of another service", why: "that part it has", text: "arn:aws:s3", arn: functionARN},
		{
			name: "* at the end of a part", why: "reaches over colons", text: "arn:aws:lambda:*:function:orders",
			arn: functionARN, matches: true,
		},
		{
			name: "* at the end of a part, and too much", why: "the last part is another",
			text: "arn:aws:lambda:*:function:orders", arn: alias,
		},
		{
			name: "* at the end of two parts", why: "each reaches over colons", text: "arn:aws:*:ap-*:*:orders:live",
			arn: alias, matches: true,
		},
		{
			name: "* within a part", why: "reaches over no colon", text: "arn:aws:lambda:ap*3:function:orders",
			arn: functionARN,
		},
		{
			name: "two * in a part", why: "the first reaches over no colon",
			text: "arn:aws:lambda:ap*2222*:function:orders", arn: functionARN,
		},
		{
			name: "? for a colon", why: "it stands for no colon before the fifth",
			text: "arn:aws:lambda:ap-northeast-1?" + account + ":*", arn: functionARN,
		},
		{
			name: "* behind the fifth colon", why: "reaches over colons (seen live)",
			text: "arn:aws:lambda:*:*:f*:live", arn: alias, matches: true,
		},
		{
			name: "many colons", why: "matching stays quick", text: "arn:*:*:*:*:x*x",
			arn: "arn" + strings.Repeat(":aaaa", 5_000),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := parseResource(row.text, true, true)
			if err != nil {
				t.Fatal(err)
			}
			context := newContextKeys(map[string][]string{
				"aws:PrincipalTag/fn": {"orders"}, "aws:PrincipalTag/star": {"*"}, "aws:PrincipalAccount": {account},
			})
			if p.match(row.arn, context) != row.matches {
				t.Errorf("%s: %s matches %s: %t", row.why, row.text, row.arn, !row.matches)
			}
		})
	}
}

// TestResourceThatIsNoARN checks that it allows nothing.
func TestResourceThatIsNoARN(t *testing.T) {
	p := policy(t, "p", `{"Effect":"Allow","Action":"*","Resource":["*:function:orders","ar?"]}`)
	if p.Statements[0].resources.match(functionARN, nil, false) {
		t.Errorf("it matches %s", functionARN)
	}
}

// TestNotResourceWithoutValue checks that a variable without a value never lets a request pass.
func TestNotResourceWithoutValue(t *testing.T) {
	const everything = `{"Effect":"Allow","Action":"*","Resource":"*"},`
	const others = `"Action":"*","NotResource":"arn:aws:lambda:*:*:function:${aws:username}"}`
	for name, statements := range map[string]string{
		"allow": `{"Effect":"Allow",` + others, "deny": everything + `{"Effect":"Deny",` + others,
	} {
		request := Request{Action: "lambda:InvokeFunction", Resource: functionARN}
		if decision := EvaluateStatements(request, policy(t, "p", statements)); decision.Allowed {
			t.Errorf("%s: %s", name, decision.Reason)
		}
	}
}
