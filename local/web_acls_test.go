package local

import (
	"maps"
	"strings"
	"testing"
)

// withWebACL puts a web ACL with a rate rule of 10 requests in front of the stage; properties go over the ACL's.
func withWebACL(resources, properties object) {
	acl := object{
		"Scope": "REGIONAL", "DefaultAction": object{"Allow": object{}},
		"Rules": []any{object{
			"Name": "Rate", "Priority": 0, "Action": object{"Block": object{}},
			"Statement": object{"RateBasedStatement": object{"Limit": 10, "AggregateKeyType": "IP"}},
		}},
	}
	maps.Copy(acl, properties)
	resources["Acl"] = object{"Type": "AWS::WAFv2::WebACL", "Properties": acl}
	resources["Association"] = association(stageARN("eu-west-1", ref("Api"), ref("Stage")), getAtt("Acl", "Arn"))
}

func association(resource, acl any) object {
	return object{
		"Type": "AWS::WAFv2::WebACLAssociation", "Properties": object{"ResourceArn": resource, "WebACLArn": acl},
	}
}

// stageARN is the ARN of a stage, as CDK writes it.
func stageARN(region string, api, stage any) object {
	return object{"Fn::Join": []any{"", []any{
		"arn:", ref("AWS::Partition"), ":apigateway:" + region + "::/restapis/", api, "/stages/", stage,
	}}}
}

// TestWebACLOfStages: two APIs share one web ACL, and so its count.
func TestWebACLOfStages(t *testing.T) {
	resources := restResources()
	withWebACL(resources, nil)
	resources["Api2"] = resources["Api"]
	for old, id := range map[string]string{"Stage": "Stage2", "X": "X2", "Get": "Get2"} {
		of := resources[old].(object)
		resources[id] = object{"Type": of["Type"], "Properties": maps.Clone(of["Properties"].(object))}
		set(resources, id, object{"RestApiId": ref("Api2")})
	}
	set(resources, "X2", object{"ParentId": getAtt("Api2", "RootResourceId")})
	set(resources, "Get2", object{"ResourceId": ref("X2")})
	resources["Association2"] = association(object{
		"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api2}/stages/${Stage2}",
	}, getAtt("Acl", "Arn"))
	s := serveAssembly(t, assemble(t, resources, nil))
	for i := range 11 {
		api := s.RestAPIs[i%2]
		status, body := fetch(t, api.URL+"/x")
		if blocked := body == `{"message":"Forbidden"}`; blocked != (i == 10) || blocked != (status == 403) {
			t.Errorf("request %d, to %s: %d %s", i+1, api.ID, status, body)
		}
	}
	s.says(t, " ms  web ACL Demo/Acl: rate rule Rate\n", "it is logged")
	if strings.Contains(s.said(), "Not simulated") {
		t.Errorf("something is not simulated:\n%s", s.said())
	}
}

// TestWebACLAssociations: what an association can be, and what is said of it.
func TestWebACLAssociations(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(object)
		said      string
		err       bool // said is the error of the start
	}{
		{
			"load balancer", "nothing of it runs here", func(r object) {
				balancer := "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1"
				r["Association"] = association(balancer, getAtt("Acl", "Arn"))
			}, "web ACL association with arn:aws:elasticloadbalancing:", false,
		},
		{
			"without a model", "its ARN cannot be told", func(r object) {
				r["Balancer"] = object{"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}
				r["Association"] = association(getAtt("Balancer", "LoadBalancerArn"), getAtt("Acl", "Arn"))
			}, "web ACL association with furl-unknown-Demo-Balancer-LoadBalancerArn: Demo/Association", false,
		},
		{
			"stage from elsewhere", "nothing of it runs here", func(r object) {
				r["Association"] = association(stageARN("eu-west-1", "abc", "dev"), getAtt("Acl", "Arn"))
			}, "web ACL in front of the stage eu-west-1::/restapis/abc/stages/dev, which is not in the assembly", false,
		},
		{
			"another stage", "of this API, not in the assembly", func(r object) {
				r["Association"] = association(stageARN("eu-west-1", ref("Api"), "dev"), getAtt("Acl", "Arn"))
			}, "/stages/dev, which is not in the assembly", false,
		},
		{
			"web ACL from elsewhere", "its rules are not known", func(r object) {
				set(r, "Association", object{"WebACLArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/x/1"})
			}, "regional/webacl/x/1, which is not in the assembly: Demo/Association\n", false,
		},
		{
			"managed group", "is listed as at a distribution", func(r object) {
				set(r, "Acl", object{"Rules": []any{object{
					"Name": "Sql", "Priority": 0, "OverrideAction": object{"None": object{}},
					"Statement": object{"ManagedRuleGroupStatement": object{
						"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet",
					}},
				}}})
			}, "managed rule group AWS/AWSManagedRulesSQLiRuleSet (the rule is left out): Demo/Acl\n", false,
		},
		{
			"scope", "AWS refuses it", func(r object) { set(r, "Acl", object{"Scope": "CLOUDFRONT"}) },
			`Demo/Api: web ACL arn:aws:wafv2:eu-west-1:111122223333:global/webacl/`, true,
		},
		{
			"region", "AWS refuses it", func(r object) {
				set(r, "Association", object{"WebACLArn": "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/1"})
			}, "is in us-east-1, and the stage in eu-west-1", true,
		},
		{
			"two", "AWS takes one", func(r object) { r["Association2"] = r["Association"] },
			"has another web ACL, and AWS takes one", true,
		},
		{
			"rule", "AWS refuses it", func(r object) {
				set(r, "Acl", object{"DefaultAction": object{}})
			}, "DefaultAction is neither Allow nor Block", true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := restResources()
			withWebACL(resources, nil)
			row.change(resources)
			dir := assemble(t, resources, nil)
			if row.err {
				said := refused(t, Options{Assembly: dir, Listen: "127.0.0.1:0"})
				if !strings.Contains(said, row.said) {
					t.Errorf("%s: %q does not say %q", row.why, said, row.said)
				}
				return
			}
			s := serveAssembly(t, dir)
			if !strings.Contains(s.said(), row.said) {
				t.Errorf("%s: %q is not in\n%s", row.why, row.said, s.said())
			}
			for i := range 11 {
				if status, body := fetch(t, s.RestAPIs[0].URL+"/x"); status != 200 {
					t.Errorf("request %d: %d %s", i+1, status, body)
				}
			}
		})
	}
}

// commonACL is a web ACL as the library's WebAcl writes it: the common rule set counts what APIs' clients send, and
// excepts a path.
func commonACL(scope string) object {
	count := func(name string) object { return object{"Name": name, "ActionToUse": object{"Count": object{}}} }
	return object{"Type": "AWS::WAFv2::WebACL", "Properties": object{
		"Scope": scope, "DefaultAction": object{"Allow": object{}},
		"AssociationConfig": object{"RequestBody": object{
			"CLOUDFRONT": object{"DefaultSizeInspectionLimit": "KB_32"},
		}},
		"DataProtectionConfig": object{"DataProtections": []any{
			object{"Action": "SUBSTITUTION", "Field": object{"FieldType": "SINGLE_COOKIE"}},
		}},
		"VisibilityConfig": object{"CloudWatchMetricsEnabled": true},
		"Rules": []any{object{
			"Name": "Common", "Priority": 0, "OverrideAction": object{"None": object{}},
			"Statement": object{"ManagedRuleGroupStatement": object{
				"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet", "Version": "Version_1.0",
				"RuleActionOverrides": []any{
					count("NoUserAgent_HEADER"), count("SizeRestrictions_QUERYSTRING"), count("GenericLFI_BODY"),
				},
				"ScopeDownStatement": object{"NotStatement": object{"Statement": object{"ByteMatchStatement": object{
					"FieldToMatch":         object{"UriPath": object{}},
					"PositionalConstraint": "STARTS_WITH", "SearchString": "/webhooks/",
					"TextTransformations": []any{
						object{"Priority": 0, "Type": "URL_DECODE"}, object{"Priority": 1, "Type": "NORMALIZE_PATH"},
					},
				}}}},
			}},
		}},
	}}
}

// TestCommonRuleSet serves a distribution with such an ACL.
func TestCommonRuleSet(t *testing.T) {
	resources := hello()
	resources["Acl"], resources["Cdn"] = commonACL("CLOUDFRONT"), distribution(getAtt("Acl", "Arn"))
	dir := assemble(t, resources, nil)
	for _, verbose := range []bool{true, false} {
		s := serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true, Verbose: verbose})
		long := strings.Repeat("a", 1100)
		for _, row := range []struct {
			name, why, target string
			status            int
		}{
			{"plain", "no rule matches", "/", 200},
			{"query", "is counted", "/a?" + strings.Repeat("q", 3000), 200},
			{"path", "blocks", "/b/" + long, 403},
			{"excepted path", "does not", "/webhooks/" + long, 200},
			{"out of the excepted path", "blocks", "/webhooks/%2e%2e/" + long, 403},
		} {
			if status, body := fetch(t, s.Distributions[0].URL+row.target); status != row.status {
				t.Errorf("%s %s: %d %s", row.name, row.why, status, body)
			}
		}
		s.says(t, " GET /webhooks/%2e%2e/", "it is logged")
		counted := " ms  function Demo/Fn\n  counted by web ACL Demo/Acl: rule SizeRestrictions_QUERYSTRING of Common\n"
		if strings.Contains(s.said(), counted) != verbose || strings.Count(s.said(), "counted by") > 1 {
			t.Errorf("verbose %t:\n%s", verbose, s.said())
		}
		const blocked = " ms  web ACL Demo/Acl: rule SizeRestrictions_URIPATH of Common\n"
		if got := strings.Count(s.said(), blocked); got != 2 {
			t.Errorf("%d blocked, want 2:\n%s", got, s.said())
		}
		const rest = "WAF rule Common: managed rule group AWS/AWSManagedRulesCommonRuleSet" +
			", but for its rules of sizes and of a missing User-Agent: Demo/Acl\n"
		if strings.Count(s.said(), "WAF rule") != 1 || !strings.Contains(s.said(), rest) {
			t.Errorf("not simulated:\n%s", s.said())
		}
	}
}

// TestWebACLOfTheWrongScope: a distribution takes no regional one.
func TestWebACLOfTheWrongScope(t *testing.T) {
	resources := hello()
	resources["Acl"], resources["Cdn"] = commonACL("REGIONAL"), distribution(getAtt("Acl", "Arn"))
	said := refused(t, Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0"})
	if !strings.Contains(said, `scope is "REGIONAL", and here AWS takes only a web ACL of scope CLOUDFRONT`) {
		t.Error(said)
	}
}
