package test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// grantNamed makes a grant in a new construct, so one scope can have several grants.
func grantNamed(scope constructs.Construct, id string, set func(*furl.CredentialGrantProps)) *furl.CredentialGrant {
	own := constructs.NewConstruct(scope, jsii.String(id))
	props := grantProps(own)
	if set != nil {
		set(props)
	}
	return newGrant(own, props)
}

func rateOf(limit int) func(*furl.CredentialGrantProps) {
	return func(p *furl.CredentialGrantProps) { p.RateLimit = limit }
}

// grantAcls are the limits of a stack's web ACLs, each with the number of stages that are associated with it.
func grantAcls(t *testing.T, s *stack) map[int]int {
	t.Helper()
	limits, found := map[string]int{}, map[int]int{}
	for id, acl := range s.resources("AWS::WAFv2::WebACL") {
		p := properties(acl)
		if p["Scope"] != "REGIONAL" || p["Name"] != nil || fmt.Sprint(p["DefaultAction"]) != "map[Allow:map[]]" {
			t.Errorf("%s: scope %v, name %v, default action %v", id, p["Scope"], p["Name"], p["DefaultAction"])
		}
		rules := p["Rules"].([]any)
		if len(rules) != 1 {
			t.Fatalf("%s has %d rules", id, len(rules))
		}
		rule := rules[0].(map[string]any)
		if fmt.Sprint(rule["Action"]) != "map[Block:map[]]" {
			t.Errorf("%s: the rule's action is %v", id, rule["Action"])
		}
		rate := rule["Statement"].(map[string]any)["RateBasedStatement"].(map[string]any)
		if rate["AggregateKeyType"] != "IP" || rate["EvaluationWindowSec"] != 300.0 {
			t.Errorf("%s counts %v", id, rate)
		}
		limits[id] = int(rate["Limit"].(float64))
		found[limits[id]] = 0
	}
	stages := s.resources("AWS::ApiGateway::Stage")
	for id, association := range s.resources("AWS::WAFv2::WebACLAssociation") {
		p := properties(association)
		api, stage := stageOf(t, p["ResourceArn"])
		if stages[stage] == nil || fmt.Sprint(properties(stages[stage])["RestApiId"]) != "map[Ref:"+api+"]" {
			t.Fatalf("%s is for the stage %q of %q, which is not there or has another by now", id, stage, api)
		}
		delete(stages, stage)
		acl, _ := p["WebACLArn"].(map[string]any)["Fn::GetAtt"].([]any)
		if len(acl) != 2 || limits[fmt.Sprint(acl[0])] == 0 || acl[1] != "Arn" {
			t.Fatalf("%s has the ACL %v", id, p["WebACLArn"])
		}
		found[limits[fmt.Sprint(acl[0])]]++
	}
	if len(stages) > 0 {
		t.Errorf("without a web ACL are the stages %q", slices.Sorted(maps.Keys(stages)))
	}
	return found
}

// stageOf are the logical ids of the API and the stage that an association's ARN refers to.
func stageOf(t *testing.T, arn any) (api, stage string) {
	t.Helper()
	text := fmt.Sprint(arn)
	parts := regexp.MustCompile(`apigateway:\S*( map\[Ref:AWS::Region\])? ?::/restapis/ map\[Ref:(\w+)\] ` +
		`/stages/ map\[Ref:(\w+)\]`).FindStringSubmatch(text)
	if parts == nil {
		t.Fatalf("%s is not the ARN of a stage", text)
	}
	return parts[2], parts[3]
}

// TestGrantWebAcl checks the number of stages behind each ACL.
func TestGrantWebAcl(t *testing.T) {
	rows := []struct {
		name, why string
		build     func(scope constructs.Construct)
		want      map[int]int // number of stages, by the ACL's limit
	}{
		{
			name: "one", why: "an ACL by default",
			build: func(scope constructs.Construct) { grantNamed(scope, "A", nil) },
			want:  map[int]int{1000: 1},
		},
		{
			name: "three alike", why: "an ACL has a price: they share it",
			build: func(scope constructs.Construct) {
				grantNamed(scope, "A", nil)
				grantNamed(scope, "B", rateOf(1000)) // the default, written out
				grantNamed(scope, "C", nil)
			},
			want: map[int]int{1000: 3},
		},
		{
			name: "two limits", why: "an ACL has one rule of its kind",
			build: func(scope constructs.Construct) {
				grantNamed(scope, "A", rateOf(10))
				grantNamed(scope, "B", rateOf(2_000_000_000))
				grantNamed(scope, "C", rateOf(10))
			},
			want: map[int]int{10: 2, 2_000_000_000: 1},
		},
		{
			name: "edge-optimized", why: "its ACL is a REGIONAL one too",
			build: func(scope constructs.Construct) {
				grantNamed(scope, "A", func(p *furl.CredentialGrantProps) {
					p.EndpointType, p.StageName = awsapigateway.EndpointType_EDGE, "v2"
				})
			},
			want: map[int]int{1000: 1},
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				row.build(newStack(app, "Demo", region))
				assembly := synth(t, app)
				expectNoExports(t, assembly)
				if len(assembly.stacks) != 1 {
					t.Errorf("%d stacks: a REGIONAL ACL needs none in us-east-1", len(assembly.stacks))
				}
				main := assembly.stack(t, "Demo")
				if got := grantAcls(t, main); !maps.Equal(got, row.want) {
					t.Errorf("%s: ACLs by limit %v, want %v", row.why, got, row.want)
				}
				expectGrantMetrics(t, main)
			})
		}
	}
}

// expectGrantMetrics wants a different metric for each ACL, with a name that AWS WAF takes.
func expectGrantMetrics(t *testing.T, stacks ...*stack) {
	t.Helper()
	names := map[any]string{}
	for _, s := range stacks {
		for id, acl := range s.resources("AWS::WAFv2::WebACL") {
			name := properties(acl)["VisibilityConfig"].(map[string]any)["MetricName"]
			if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`).MatchString(fmt.Sprint(name)) {
				t.Errorf("%s: the metric's name is %v", id, name)
			}
			if other := names[name]; other != "" {
				t.Errorf("%s and %s have the same metric, %v", id, other, name)
			}
			names[name] = s.name + " " + id
		}
	}
}

// TestGrantWebAclOfEachStack checks that grants share an ACL within one stack only. A nested stack has its own.
func TestGrantWebAclOfEachStack(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			long := newStack(app, strings.Repeat("L", 128), region)
			grantNamed(long, "A", nil)
			grantNamed(long, "B", rateOf(200))
			other := newStack(app, "Other", region)
			grantNamed(other, "A", nil)
			nested := awscdk.NewNestedStack(other, jsii.String("Nested"), nil)
			grantNamed(nested, "A", nil) // the same logical ids as in its parent
			assembly := synth(t, app)
			expectNoExports(t, assembly)
			a, b, c := assembly.stack(t, *long.StackName()), assembly.stack(t, "Other"), nestedStackOf(t, assembly)
			for _, row := range []struct {
				stack *stack
				want  map[int]int
			}{{a, map[int]int{1000: 1, 200: 1}}, {b, map[int]int{1000: 1}}, {c, map[int]int{1000: 1}}} {
				if got := grantAcls(t, row.stack); !maps.Equal(got, row.want) {
					t.Errorf("%s: ACLs by limit %v, want %v", row.stack.name, got, row.want)
				}
			}
			expectGrantMetrics(t, a, b, c)
		})
	}
}

// TestGrantWebAclWithoutRegion checks that the metric's name has no region in it. The region may be a token, whose text
// may differ from one CDK to the next.
func TestGrantWebAclWithoutRegion(t *testing.T) {
	var names []any
	for _, env := range []*awscdk.Environment{nil, {Region: jsii.String("eu-west-1")}} {
		app := newApp(t)
		grantNamed(awscdk.NewStack(app, jsii.String("Demo"), &awscdk.StackProps{Env: env}), "A", nil)
		main := synth(t, app).stack(t, "Demo")
		grantAcls(t, main)
		_, acl := main.only(t, "AWS::WAFv2::WebACL")
		names = append(names, properties(acl)["VisibilityConfig"].(map[string]any)["MetricName"])
	}
	if names[0] != names[1] {
		t.Errorf("the metric is called %v without a region, and %v with one", names[0], names[1])
	}
}

// TestGrantOtherWebAcl checks grants with the user's ACL, and without one.
func TestGrantOtherWebAcl(t *testing.T) {
	const given = "arn:aws:wafv2:ap-northeast-1:" + account + ":regional/webacl/ours/0a1b2c3d-0000-4000-8000-00ab"
	rows := []struct {
		name, why string
		set       func(awscdk.Stack, *furl.CredentialGrantProps)
		own       int // ACLs in the template
		arn       any // of the association, or nil for no association
	}{
		{
			name: "an ARN", why: "of scope REGIONAL, in the stack's region",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.WebAclArn = jsii.String(given) },
			arn: given,
		},
		{
			name: "an ACL of the app", why: "its ARN is known at deployment only",
			set: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				p.WebAclArn = newRegionalAcl(s).AttrArn()
			},
			own: 1, arn: map[string]any{"Fn::GetAtt": []any{"Own", "Arn"}},
		},
		{
			name: "an imported value", why: "it cannot be looked into",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.WebAclArn = awscdk.Fn_ImportValue(jsii.String("their-acl"))
			},
			arn: map[string]any{"Fn::ImportValue": "their-acl"},
		},
		{
			name: "a part that is known at deployment only", why: "likewise",
			set: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				ours := *awscdk.Fn_Ref(jsii.String("AWS::AccountId"))
				p.WebAclArn = jsii.String("arn:aws:wafv2:ap-northeast-1:" + ours + ":regional/webacl/a/b")
			},
			arn: assertions.Match_AnyValue(),
		},
		{
			name: "none", why: "said explicitly",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.WithoutWebAcl = true },
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			props := grantProps(stack)
			row.set(stack, props)
			if grant := newGrant(stack, props); grant.CfnWebAcl() != nil {
				t.Error("an ACL was made")
			}
			main := synth(t, app).stack(t, "Demo")
			expectCount(t, main, "AWS::WAFv2::WebACL", row.own)
			if row.arn == nil {
				expectCount(t, main, "AWS::WAFv2::WebACLAssociation", 0)
				return
			}
			expectCount(t, main, "AWS::WAFv2::WebACLAssociation", 1)
			main.has(t, "AWS::WAFv2::WebACLAssociation", map[string]any{"WebACLArn": row.arn})
		})
	}
}

// newRegionalAcl is an ACL as a user may make it.
func newRegionalAcl(scope constructs.Construct) awswafv2.CfnWebACL {
	return awswafv2.NewCfnWebACL(scope, jsii.String("Own"), &awswafv2.CfnWebACLProps{
		Scope: jsii.String("REGIONAL"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{
			Allow: &awswafv2.CfnWebACL_AllowActionProperty{},
		},
		VisibilityConfig: &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: jsii.Bool(true), MetricName: jsii.String("own"),
			SampledRequestsEnabled: jsii.Bool(false),
		},
	})
}

// TestGrantSecondAssociation checks that a second association of a grant's stage is refused. A stage has one ACL, so
// the association that is deployed last would win.
func TestGrantSecondAssociation(t *testing.T) {
	associate := func(scope constructs.Construct, api awsapigateway.RestApi) {
		awswafv2.NewCfnWebACLAssociation(scope, jsii.String("Theirs"), &awswafv2.CfnWebACLAssociationProps{
			ResourceArn: api.DeploymentStage().StageArn(), WebAclArn: awscdk.Fn_ImportValue(jsii.String("their-acl")),
		})
	}
	rows := []struct {
		name, why string
		set       func(*furl.CredentialGrantProps)
		another   func(awscdk.Stack, *furl.CredentialGrant)
		refused   bool
	}{
		{
			name: "by a hand-written ARN", why: "it names the API and the stage all the same",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				api, stage := *g.RestApi().RestApiId(), *g.RestApi().DeploymentStage().StageName()
				associateArn(s, "arn:aws:apigateway:"+*s.Region()+"::/restapis/"+api+"/stages/"+stage)
			},
			refused: true,
		},
		{
			name: "by an ARN with pseudo parameters", why: "the stage's name is known",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				associateArn(s, "arn:"+*awscdk.Aws_PARTITION()+":apigateway:"+*awscdk.Aws_REGION()+
					"::/restapis/"+*g.RestApi().RestApiId()+"/stages/Prod")
			},
			refused: true,
		},
		{
			name: "by Fn::Sub", why: "the API stands within a text",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				api := *s.GetLogicalId(g.RestApi().Node().DefaultChild().(awscdk.CfnElement))
				associateArn(s, map[string]any{
					"Fn::Sub": "arn:aws:apigateway:${AWS::Region}::/restapis/${" + api + ".RestApiId}/stages/Prod",
				})
			},
			refused: true,
		},
		{
			name: "by a condition", why: "one side is the stage",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				awscdk.NewCfnCondition(s, jsii.String("Choice"),
					&awscdk.CfnConditionProps{Expression: awscdk.Fn_ConditionEquals("a", "b")})
				associateArn(s, map[string]any{"Fn::If": []any{
					"Choice", g.RestApi().DeploymentStage().StageArn(),
					"arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/Prod",
				}})
			},
			refused: true,
		},
		{
			name: "by override", why: "the constructs do not show it",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				topic := awscdk.NewCfnResource(s, jsii.String("Theirs"),
					&awscdk.CfnResourceProps{Type: jsii.String("AWS::SNS::Topic")})
				topic.AddOverride(jsii.String("Type"), "AWS::WAFv2::WebACLAssociation")
				topic.AddPropertyOverride(jsii.String("ResourceArn"), g.RestApi().DeploymentStage().StageArn())
				topic.AddPropertyOverride(jsii.String("WebACLArn"), awscdk.Fn_ImportValue(jsii.String("their-acl")))
			},
			refused: true,
		},
		{
			name: "in another stack", why: "the API's id is an import there",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				other := newStack(s.Node().Root().(awscdk.App), "Other", *s.Region())
				associateArn(other, g.RestApi().DeploymentStage().StageArn())
			},
			refused: true,
		},
		{
			name: "in a nested stack", why: "the API's id is a parameter there",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				associate(awscdk.NewNestedStack(s, jsii.String("Nested"), nil), g.RestApi())
			},
			refused: true,
		},
		{
			name: "of another stage of the API", why: "each stage has its own",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				api := *g.RestApi().RestApiId()
				associateArn(s, "arn:aws:apigateway:"+*s.Region()+"::/restapis/"+api+"/stages/test")
			},
		},
		{
			name: "of one logical id in another Stage", why: "it is another API, though the stacks have one name",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) {
				stage := awscdk.NewStage(s.Node().Root().(awscdk.App), jsii.String("Prod"), nil)
				other := newStack(stage, "Demo", *s.Region())
				props := grantProps(other)
				props.WithoutWebAcl = true
				associate(other, newGrant(other, props).RestApi())
			},
		},
		{
			name: "of the same stage", why: "as users had to write while there was no prop for it",
			another: func(s awscdk.Stack, g *furl.CredentialGrant) { associate(s, g.RestApi()) },
			refused: true,
		},
		{
			name: "beside WebAclArn", why: "likewise",
			set: func(p *furl.CredentialGrantProps) {
				p.WebAclArn = awscdk.Fn_ImportValue(jsii.String("our-acl"))
			},
			another: func(s awscdk.Stack, g *furl.CredentialGrant) { associate(s, g.RestApi()) },
			refused: true,
		},
		{
			name: "WithoutWebAcl", why: "then it is the only one",
			set:     func(p *furl.CredentialGrantProps) { p.WithoutWebAcl = true },
			another: func(s awscdk.Stack, g *furl.CredentialGrant) { associate(s, g.RestApi()) },
		},
		{
			name: "of another API", why: "it does not touch the grant's stage",
			another: func(s awscdk.Stack, _ *furl.CredentialGrant) {
				api := awsapigateway.NewRestApi(s, jsii.String("Api"), nil)
				api.Root().AddMethod(jsii.String("GET"), nil, nil)
				associate(s, api)
			},
		},
		{
			name: "of the same logical id in a nested stack", why: "there it is another stage",
			another: func(s awscdk.Stack, _ *furl.CredentialGrant) {
				nested := awscdk.NewNestedStack(s, jsii.String("Nested"), nil)
				props := grantProps(nested)
				props.WithoutWebAcl = true
				associate(nested, newGrant(nested, props).RestApi())
			},
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				props := grantProps(stack)
				if row.set != nil {
					row.set(props)
				}
				row.another(stack, newGrant(stack, props))
				found, failed := validate(t, app)
				if !row.refused {
					if len(found) > 0 || failed != "" {
						t.Errorf("found %v, %s", found, failed)
					}
					return
				}
				expectText(t, failed, "Validation failed")
				if len(found) != 1 || len(found[0].ViolatingConstructs) != 2 {
					t.Fatalf("found %v", found)
				}
				expectText(t, found[0].RuleName+" "+found[0].Severity, "secondWebAcl fatal")
				expectText(t, found[0].ViolatingConstructs[0].ConstructPath, "/Theirs")
				expectText(t, found[0].ViolatingConstructs[1].ConstructPath, "Demo/Grant/WebAclAssociation")
				expectText(t, found[0].SuggestedFix, "Pass that ACL as WebAclArn", "WithoutWebAcl: true")
			})
		}
	}
}

// associateArn makes an association as a raw resource.
func associateArn(stack awscdk.Stack, arn any) {
	awscdk.NewCfnResource(stack, jsii.String("Theirs"), &awscdk.CfnResourceProps{
		Type:       jsii.String("AWS::WAFv2::WebACLAssociation"),
		Properties: &map[string]any{"ResourceArn": arn, "WebACLArn": awscdk.Fn_ImportValue(jsii.String("their-acl"))},
	})
}
