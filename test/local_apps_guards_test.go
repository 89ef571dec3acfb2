package test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// wafResource is a resource of AWS WAF with the scope CLOUDFRONT.
func wafResource(stack awscdk.Stack, id, kind string, properties object) awscdk.CfnResource {
	properties["Scope"] = "CLOUDFRONT"
	if kind == "WebACL" {
		properties["VisibilityConfig"] = visibility(id)
	}
	return awscdk.NewCfnResource(stack, jsii.String(id), &awscdk.CfnResourceProps{
		Type: jsii.String("AWS::WAFv2::" + kind), Properties: &properties,
	})
}

func visibility(name string) object {
	return object{"CloudWatchMetricsEnabled": false, "SampledRequestsEnabled": false, "MetricName": name}
}

// rulesOf are rules in their order. Each blocks, but for the one that labels.
func rulesOf(statements ...object) []any {
	var rules []any
	for i, statement := range statements {
		name := "Rule" + string(rune('A'+i))
		rule := object{
			"Name": name, "Priority": i, "Statement": statement, "Action": object{"Block": object{}},
			"VisibilityConfig": visibility(name),
		}
		if label := statement["label"]; label != nil {
			rule["Statement"], rule["RuleLabels"] = statement["statement"], []any{object{"Name": label}}
			rule["Action"] = object{"Count": object{}}
		}
		rules = append(rules, rule)
	}
	return rules
}

func plainText() []any { return []any{object{"Priority": 0, "Type": "NONE"}} }

func pathIs(path string) object {
	return object{"ByteMatchStatement": object{
		"SearchString": path, "FieldToMatch": object{"UriPath": object{}}, "PositionalConstraint": "EXACTLY",
		"TextTransformations": plainText(),
	}}
}

func both(a, b object) object { return object{"AndStatement": object{"Statements": []any{a, b}}} }
func not(a object) object     { return object{"NotStatement": object{"Statement": a}} }

// aclApp has a web ACL with statements of many kinds. Its viewers come from an address and a country.
var aclApp = localApp{
	name: "Acl",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "us-east-1")
		from := func(id, cidr string) object {
			set := wafResource(stack, id, "IPSet", object{"IPAddressVersion": "IPV4", "Addresses": []any{cidr}})
			arn := set.GetAtt(jsii.String("Arn"), awscdk.ResolutionTypeHint_STRING)
			return object{"IPSetReferenceStatement": object{"Arn": arn}}
		}
		acl := wafResource(stack, "Acl", "WebACL", object{
			"DefaultAction": object{"Allow": object{}},
			"Rules": rulesOf(
				both(pathIs("/office"), not(from("Office", "203.0.113.0/24"))),
				both(pathIs("/branch"), not(from("Branch", "198.51.100.0/24"))),
				both(pathIs("/french"), not(object{"GeoMatchStatement": object{"CountryCodes": []any{"FR"}}})),
				both(pathIs("/german"), not(object{"GeoMatchStatement": object{"CountryCodes": []any{"DE"}}})),
				object{"label": "old", "statement": object{"RegexMatchStatement": object{
					"RegexString": "^/v[0-9]+/old", "FieldToMatch": object{"UriPath": object{}},
					"TextTransformations": plainText(),
				}}},
				object{"LabelMatchStatement": object{"Scope": "LABEL", "Key": "old"}},
				object{"RateBasedStatement": object{
					"Limit": 10, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": []any{object{"Header": object{
						"Name": "x-api-key", "TextTransformations": plainText(),
					}}},
				}},
			),
		})
		awscloudfront.NewDistribution(stack, jsii.String("Cdn"), &awscloudfront.DistributionProps{
			DefaultBehavior: &awscloudfront.BehaviorOptions{
				Origin: urlOrigin(stack, "Function", "return 'let in'", awslambda.FunctionUrlAuthType_NONE),
			},
			WebAclId: acl.GetAtt(jsii.String("Arn"), awscdk.ResolutionTypeHint_STRING).ToString(),
		})
	},
	args:   []string{"--viewer-address", "203.0.113.9", "--viewer-country", "DE"},
	listed: map[string]string{"CloudFront cache: ": "Acl/Stack/Cdn"},
	asks: []ask{
		{name: "allow list", why: "--viewer-address is on it", of: "Stack/Cdn", target: "/office", status: 200},
		{
			name: "other list", why: "--viewer-address is not on it",
			of: "Stack/Cdn", target: "/branch", status: 403, logged: ": rule RuleB",
		},
		{name: "country", why: "--viewer-country", of: "Stack/Cdn", target: "/german", status: 200, want: "let in"},
		{
			name: "other country", why: "--viewer-country",
			of: "Stack/Cdn", target: "/french", status: 403, logged: ": rule RuleC",
		},
		{
			name: "label", why: "an expression gives it, a later rule blocks",
			of: "Stack/Cdn", target: "/v1/old", status: 403, logged: ": rule RuleF",
		},
		{name: "no label", why: "the expression does not fit", of: "Stack/Cdn", target: "/v1/new", status: 200},
		{
			name: "tenth of a key", why: "the rate is for each value of the header", of: "Stack/Cdn", target: "/",
			header: map[string]string{"X-Api-Key": "a"}, before: 9, status: 200, want: "let in",
		},
		{
			name: "eleventh of a key", why: "over the rate", of: "Stack/Cdn", target: "/",
			header: map[string]string{"X-Api-Key": "a"}, status: 403, logged: ": rate rule RuleG",
		},
		{
			name: "another key", why: "it has a rate too", of: "Stack/Cdn", target: "/",
			header: map[string]string{"X-Api-Key": "b"}, status: 200, want: "let in",
		},
	},
}

// allowCode is an authorizer that lets in everybody whose token is "let me in".
const allowCode = `return { principalId: "ada", policyDocument: { Version: "2012-10-17", Statement: [{
	Effect: event.authorizationToken === "let me in" ? "Allow" : "Deny",
	Action: "execute-api:Invoke", Resource: event.methodArn,
}] } }`

func tokenAuthorizer(stack awscdk.Stack) awsapigateway.TokenAuthorizer {
	return awsapigateway.NewTokenAuthorizer(stack, jsii.String("Authorizer"), &awsapigateway.TokenAuthorizerProps{
		Handler: awslambda.NewFunction(stack, jsii.String("Check"), nodeFunction(allowCode)),
	})
}

// grantApp has Furl's two constructs around functions that depend on unknown values. Roles are denied one of the
// functions by its tag.
var grantApp = localApp{
	name: "Grant",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "ap-northeast-1")
		function := func(id string) awslambda.Function {
			props := nodeFunction("return '" + id + " with ' + process.env.DATABASE + ' at ' + process.env.LEVEL")
			props.Environment = &map[string]*string{
				"DATABASE": database(stack, id+"Database"),
				"LEVEL":    jsii.String("{{resolve:ssm:/grant/level}}"),
			}
			return awslambda.NewFunction(stack, jsii.String(id), props)
		}
		closed := func(id string) awslambda.Function {
			closed := function(id)
			awscdk.Tags_Of(closed).Add(jsii.String("env"), jsii.String("closed"), nil)
			return closed
		}
		props := &furl.SecureFunctionUrlProps{Function: function("Open")}
		api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), props)
		api.AddBehavior("/closed", closed("Closed"), nil)
		grant := furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
			Authorizer: furl.LambdaAuthorizer(tokenAuthorizer(stack)), AnyOrigin: true,
			Functions: []furl.GrantFunction{
				{Name: "open", Function: function("Leased")}, {Name: "closed", Function: closed("ClosedLeased")},
			},
		})
		for _, role := range []awsiam.Role{api.Signer().Role(), grant.Role()} {
			role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Effect: awsiam.Effect_DENY, Actions: jsii.Strings("lambda:*"), Resources: jsii.Strings("*"),
				Conditions: &object{"StringEquals": object{"aws:ResourceTag/env": "closed"}},
			}))
		}
	},
	said: []string{
		"    Grant/Stack/OpenDatabase Endpoint.Address  is furl-unknown-Grant-Stack-OpenDatabase-Endpoint.Address\n",
		"    /grant/level  is furl-unknown-grant-level\n",
	},
	listed: map[string]string{
		"resources of type AWS::RDS::DBInstance: ": "Grant/Stack/OpenDatabase",
	},
	asks: []ask{
		{
			name: "open", why: "the signer may call it", of: "Stack/Api/Distribution", target: "/", status: 200,
			want: "Open with furl-unknown-Grant-Stack-OpenDatabase-Endpoint.Address at furl-unknown-grant-level",
		},
		{
			name: "closed", why: "the signer is denied it by its tag", of: "Stack/Api/Distribution", target: "/closed",
			status: 403, logged: "explicit deny by statement",
		},
		{
			name: "no token", why: "the authorizer is not even asked", of: "Stack/Grant/Api", target: "/grant",
			method: "POST", body: `{"function":"open"}`, status: 401,
		},
	},
	more: func(t *testing.T, local *running) {
		for function, want := range map[string]int{"open": 200, "closed": 403} {
			r := grantRequest(t, local.address(t, "Grant/Stack/Grant/Api"), "", `{"function":"`+function+`"}`)
			g := lease(t, withHeader(r, "Authorization", "let me in"))
			if a := send(t, call(t, g, "/", "", time.Now())); a.status != want {
				t.Errorf("with a lease of %s: %d %s, want %d", function, a.status, a.body, want)
			}
		}
	},
}
