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

// grantNamed makes a grant in a construct of its own, so that several find room in one scope.
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

// TestGrantWebAcl: which ACLs stand in front of which stages.
func TestGrantWebAcl(t *testing.T) {
	rows := []struct {
		name, why string
		build     func(scope constructs.Construct)
		want      map[int]int // by limit, the number of stages
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
				grantNamed(scope, "B", rateOf(1000)) // which is the default, said
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

// expectGrantMetrics: each ACL has a metric of its own, with a name that AWS WAF takes.
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

// TestGrantWebAclOfEachStack: an ACL is shared within a stack only, a nested one too.
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

// TestGrantWebAclWithoutRegion: the metric's name has no region in it. The text of a token may differ from one CDK to
// the next.
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

// TestGrantOtherWebAcl: an ACL that is passed in, and none.
func TestGrantOtherWebAcl(t *testing.T) {
	const given = "arn:aws:wafv2:ap-northeast-1:" + account + ":regional/webacl/ours/0a1b2c3d-0000-4000-8000-00ab"
	rows := []struct {
		name, why string
		set       func(awscdk.Stack, *furl.CredentialGrantProps)
		own       int // ACLs that stand in the template
		arn       any // of the association; nil for none
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

// newRegionalAcl is an ACL such as users make themselves.
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

// TestGrantSecondAssociation: a stage has one ACL, and of two associations the one that is deployed last would win.
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
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			props := grantProps(stack)
			if row.set != nil {
				row.set(props)
			}
			row.another(stack, newGrant(stack, props))
			if !row.refused {
				synth(t, app)
				return
			}
			expectText(t, refusal(t, func() { app.Synth(nil) }), "the stage has another web ACL by Demo/Theirs",
				"pass that ACL as WebAclArn", "WithoutWebAcl: true")
		})
	}
}
