package apigateway

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// newACL makes a web ACL of scope REGIONAL. Its rate rule has the limit 10.
func newACL(t *testing.T, rateAction object, rules ...object) *waf.ACL {
	t.Helper()
	rate := object{
		"Name": "Rate", "Priority": 9, "Action": rateAction,
		"Statement": object{"RateBasedStatement": object{"Limit": 10, "AggregateKeyType": "IP"}},
	}
	acl, err := waf.New(waf.Config{Path: "Stack/Acl", Scope: waf.Regional, Now: time.Now, Properties: object{
		"Name": "Acl", "Scope": "REGIONAL", "DefaultAction": object{"Allow": object{}}, "Rules": append(rules, rate),
		"CustomResponseBodies": object{"slow": object{"ContentType": "TEXT_PLAIN", "Content": "slow down"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

// TestWebACLComesFirst checks that the web ACL blocks after ten requests, before the authorizer and the resource
// policy are asked.
func TestWebACLComesFirst(t *testing.T) {
	block := object{"Block": object{}}
	slow := object{"Block": object{"CustomResponse": object{
		"ResponseCode": 429, "CustomResponseBodyKey": "slow",
		"ResponseHeaders": []object{{"Name": "retry-after", "Value": "300"}},
	}}}
	cors := map[string]string{"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
	for _, row := range []struct {
		name, why, target string
		rate              object
		change            func(*Config)
		before, after     int
		body              string
		header, value     string // of the blocked answer
	}{
		{
			name: "blocked", why: "API Gateway's own answer", target: "/Prod/x", rate: block, before: 200, after: 403,
			body: `{"message":"Forbidden"}`, header: "X-Amzn-Errortype", value: "ForbiddenException",
		},
		{
			name: "WAF_FILTERED", why: "the API's gateway response for it", target: "/Prod/x", rate: block,
			change: func(c *Config) {
				c.GatewayResponses = map[string]GatewayResponse{
					"WAF_FILTERED": {
						StatusCode: 429, Parameters: cors, Template: `{"kind":"$context.error.responseType"}`,
					},
					"DEFAULT_4XX": {StatusCode: 418},
				}
			},
			before: 200, after: 429, body: `{"kind":"WAF_FILTERED"}`, header: "Access-Control-Allow-Origin", value: "*",
		},
		{
			name: "DEFAULT_4XX", why: "takes the place of the other", target: "/Prod/x", rate: block,
			change: func(c *Config) {
				c.GatewayResponses = map[string]GatewayResponse{"DEFAULT_4XX": {Parameters: cors}}
			},
			before: 200, after: 403, body: `{"message":"Forbidden"}`, header: "Access-Control-Allow-Origin", value: "*",
		},
		{
			name: "resource policy", why: "is asked after it", target: "/Prod/x", rate: block,
			change: func(c *Config) {
				c.Policy = policy(t, object{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})
			},
			before: 403, after: 403, body: `{"message":"Forbidden"}`,
			header: "X-Amzn-Errortype", value: "ForbiddenException",
		},
		{
			name: "signature", why: "is asked for after it", target: "/Prod/x", rate: block,
			change: func(c *Config) { c.Methods[0].Authorization = "AWS_IAM" },
			before: 403, after: 403, body: `{"message":"Forbidden"}`,
			header: "X-Amzn-Errortype", value: "ForbiddenException",
		},
		{
			name: "no such path", why: "counts too", target: "/Prod", rate: block, before: 403, after: 403,
			body: `{"message":"Forbidden"}`, header: "X-Amzn-Errortype", value: "ForbiddenException",
		},
		{
			name: "another stage", why: "has no web ACL", target: "/dev/x", rate: block, before: 403, after: 403,
			body:   `{"message":"Missing Authentication Token"}`,
			header: "X-Amzn-Errortype", value: "MissingAuthenticationTokenException",
		},
		{
			name: "custom response", why: "the rule's own answer", target: "/Prod/x", rate: slow,
			change: func(c *Config) {
				c.GatewayResponses = map[string]GatewayResponse{"WAF_FILTERED": {StatusCode: 418}}
			},
			before: 200, after: 429, body: "slow down", header: "Retry-After", value: "300",
		},
		{
			name: "counted", why: "and goes on", target: "/Prod/x", rate: object{"Count": object{}},
			before: 200, after: 200,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			api := start(t, func(c *Config) {
				c.WebACL = newACL(t, row.rate)
				if row.change != nil {
					row.change(c)
				}
			})
			for i := range 10 {
				response, body := api.send(t, "GET", row.target, "")
				if response.StatusCode != row.before || body == row.body && row.before == 200 {
					t.Fatalf("request %d: %s", i+1, describe(response, body))
				}
			}
			response, body := api.send(t, "GET", row.target+"?token=secret", "")
			if response.StatusCode != row.after || row.body != "" && body != row.body {
				t.Errorf("%s: %s, want %d %s", row.why, describe(response, body), row.after, row.body)
			}
			if got := response.Header.Get(row.header); got != row.value {
				t.Errorf("%s: %s: %q, want %q", row.why, row.header, got, row.value)
			}
		})
	}
}

// TestWebACLIsTold checks the lines for the developer, which have no query.
func TestWebACLIsTold(t *testing.T) {
	common := object{
		"Name": "Common", "Priority": 0, "OverrideAction": object{"None": object{}},
		"Statement": object{"ManagedRuleGroupStatement": object{
			"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet",
			"RuleActionOverrides": []object{
				{"Name": "SizeRestrictions_BODY", "ActionToUse": object{"Count": object{}}},
			},
		}},
	}
	api := start(t, func(c *Config) { c.WebACL = newACL(t, object{"Block": object{}}, common) })
	large := strings.Repeat("b", 9000)
	event := api.event(t, "POST", "/Prod/x?token=secret", large)
	if event["body"] != large {
		t.Error("the body must arrive whole")
	}
	response, body := api.send(t, "GET", "/Prod/y?token=secret", "", "User-Agent: ")
	if response.StatusCode != 403 {
		t.Errorf("%s", describe(response, body))
	}
	want := regexp.MustCompile(`\A\S+ POST /Prod/x 200 \S+ ms  function Stack/integration\n` +
		`  counted by web ACL Stack/Acl: rule SizeRestrictions_BODY of Common\n` +
		`\S+ GET /Prod/y 403 \S+ ms  web ACL Stack/Acl: rule NoUserAgent_HEADER of Common\n\z`)
	if got := api.log.String(); !want.MatchString(got) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
