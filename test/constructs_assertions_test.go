package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unseenByLinters are checks that no template linter makes. Each one reads a whole assembly, since an edge function and
// a web ACL are often in another stack than the distribution. They run over each assembly in synth.
var unseenByLinters = []struct {
	name  string
	check func(*cloudAssembly, func(string, ...any))
}{
	{"edge lambda", checkEdgeLambdas},
	{"function url", checkFunctionUrls},
	{"origin", checkOrigins},
	{"allowed methods", checkAllowedMethods},
	{"web acl", checkWebAcls},
	{"waf rules", checkWafRules},
	{"cycle", checkCycles},
	{"validation report", checkValidationReport},
}

// violations are the findings of all checks, sorted.
func (a *cloudAssembly) violations() []string {
	var found []string
	for _, rule := range unseenByLinters {
		rule.check(a, func(format string, args ...any) {
			found = append(found, rule.name+": "+fmt.Sprintf(format, args...))
		})
	}
	slices.Sort(found)
	return found
}

// checkEdgeLambdas reports edge functions that CloudFront would refuse. An edge function is a numbered version in
// us-east-1, without environment variables and with a timeout of 30 s at most. It is on one of the four events, and has
// the body on request events only (CloudFront Developer Guide, lambda-at-edge-function-restrictions).
func checkEdgeLambdas(a *cloudAssembly, report func(string, ...any)) {
	events := []string{"viewer-request", "origin-request", "origin-response", "viewer-response"}
	a.eachBehavior(func(in *stack, behavior map[string]any) {
		associations, _ := behavior["LambdaFunctionAssociations"].([]any)
		for _, each := range associations {
			association := each.(map[string]any)
			event, _ := association["EventType"].(string)
			if !slices.Contains(events, event) {
				report("%s: EventType %q is none", in.name, event)
			}
			if association["IncludeBody"] == true && !strings.HasSuffix(event, "-request") {
				report("%s: IncludeBody on %s", in.name, event)
			}
			owner, _, version := a.follow(in, association["LambdaFunctionARN"])
			if version == nil || version["Type"] != "AWS::Lambda::Version" {
				report("%s: the edge function is no numbered version: %v", in.name, association["LambdaFunctionARN"])
				continue
			}
			checkEdgeFunction(a, owner, version, report)
		}
	})
}

func checkEdgeFunction(a *cloudAssembly, owner *stack, version map[string]any, report func(string, ...any)) {
	if owner.homeRegion() != "us-east-1" {
		report("%s: the edge function is in %s", owner.name, owner.homeRegion())
	}
	_, id, function := a.follow(owner, properties(version)["FunctionName"])
	if function == nil {
		report("%s: the version is of no function in the app", owner.name)
		return
	}
	if properties(function)["Environment"] != nil {
		report("%s: edge function %s has environment variables", owner.name, id)
	}
	if timeout, _ := properties(function)["Timeout"].(float64); timeout > 30 {
		report("%s: edge function %s has a timeout of %v s", owner.name, id, timeout)
	}
}

// checkFunctionUrls reports Function URLs that are open to everyone.
func checkFunctionUrls(a *cloudAssembly, report func(string, ...any)) {
	a.eachResource("AWS::Lambda::Url", func(in *stack, id string, resource map[string]any) {
		if authType := properties(resource)["AuthType"]; authType != "AWS_IAM" {
			report("%s: %s has AuthType %v", in.name, id, authType)
		}
	})
}

// checkOrigins reports origins that are not a host name. The host name of a Function URL is the third part of its
// address between slashes.
func checkOrigins(a *cloudAssembly, report func(string, ...any)) {
	a.eachResource("AWS::CloudFront::Distribution", func(in *stack, id string, resource map[string]any) {
		origins, _ := properties(resource)["DistributionConfig"].(map[string]any)["Origins"].([]any)
		for _, origin := range origins {
			switch domain := origin.(map[string]any)["DomainName"].(type) {
			case string:
				if !regexp.MustCompile(`^[a-z0-9.-]+$`).MatchString(domain) {
					report("%s: %s has an origin %q, which is no host name", in.name, id, domain)
				}
			case map[string]any:
				text, _ := json.Marshal(domain)
				hostName := strings.HasPrefix(string(text), `{"Fn::Select":[2,{"Fn::Split":["/",`)
				if strings.Contains(string(text), `"FunctionUrl"`) && !hostName {
					report("%s: %s has an origin that is a whole URL: %s", in.name, id, text)
				}
			}
		}
	})
}

// checkAllowedMethods reports methods that are not one of CloudFront's three sets (CloudFront API Reference,
// API_AllowedMethods).
func checkAllowedMethods(a *cloudAssembly, report func(string, ...any)) {
	sets := [][]string{
		{"GET", "HEAD"}, {"GET", "HEAD", "OPTIONS"}, {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"},
	}
	a.eachBehavior(func(in *stack, behavior map[string]any) {
		list, given := behavior["AllowedMethods"].([]any)
		var methods []string
		for _, method := range list {
			methods = append(methods, fmt.Sprint(method))
		}
		slices.Sort(methods)
		if given && !slices.ContainsFunc(sets, func(set []string) bool { return slices.Equal(set, methods) }) {
			report("%s: AllowedMethods %v is none of CloudFront's sets", in.name, methods)
		}
	})
}

// checkWebAcls reports distributions with a web ACL that is not of scope CLOUDFRONT. It also reports ACLs and IP sets
// of that scope outside us-east-1.
func checkWebAcls(a *cloudAssembly, report func(string, ...any)) {
	for _, resourceType := range []string{"AWS::WAFv2::WebACL", "AWS::WAFv2::IPSet"} {
		a.eachResource(resourceType, func(in *stack, id string, resource map[string]any) {
			if properties(resource)["Scope"] == "CLOUDFRONT" && in.homeRegion() != "us-east-1" {
				report("%s: %s has scope CLOUDFRONT in %s", in.name, id, in.homeRegion())
			}
		})
	}
	a.eachResource("AWS::CloudFront::Distribution", func(in *stack, id string, resource map[string]any) {
		acl := properties(resource)["DistributionConfig"].(map[string]any)["WebACLId"]
		if arn, literal := acl.(string); literal || acl == nil {
			global := strings.Contains(arn, ":wafv2:us-east-1:") && strings.Contains(arn, ":global/webacl/")
			if literal && !global {
				report("%s: %s has a web ACL that is not of scope CLOUDFRONT: %s", in.name, id, arn)
			}
			return
		}
		_, aclId, found := a.follow(in, acl)
		if parameters, _ := in.template["Parameters"].(map[string]any); found == nil && parameters[aclId] != nil {
			return // known at deployment only
		}
		if found == nil || found["Type"] != "AWS::WAFv2::WebACL" || properties(found)["Scope"] != "CLOUDFRONT" {
			report("%s: %s has a web ACL that is not of scope CLOUDFRONT: %s", in.name, id, aclId)
		}
	})
}

// managedGroups are AWS's managed rule groups (WAF Developer Guide, aws-managed-rule-groups-list).
var managedGroups = strings.Fields(`
	AWSManagedRulesAdminProtectionRuleSet AWSManagedRulesAmazonIpReputationList AWSManagedRulesAnonymousIpList
	AWSManagedRulesCommonRuleSet AWSManagedRulesKnownBadInputsRuleSet AWSManagedRulesLinuxRuleSet
	AWSManagedRulesPHPRuleSet AWSManagedRulesSQLiRuleSet AWSManagedRulesUnixRuleSet AWSManagedRulesWindowsRuleSet
	AWSManagedRulesWordPressRuleSet`)

// checkWafRules reports rules that AWS WAF would refuse. Each rule has its own priority. A managed group has an
// OverrideAction, and each other rule has an Action. The group is one of managedGroups.
func checkWafRules(a *cloudAssembly, report func(string, ...any)) {
	a.eachResource("AWS::WAFv2::WebACL", func(in *stack, id string, resource map[string]any) {
		taken := map[any]bool{}
		rules, _ := properties(resource)["Rules"].([]any)
		for _, each := range rules {
			rule := each.(map[string]any)
			if taken[rule["Priority"]] {
				report("%s: %s has two rules of priority %v", in.name, id, rule["Priority"])
			}
			taken[rule["Priority"]] = true
			group, managed := rule["Statement"].(map[string]any)["ManagedRuleGroupStatement"].(map[string]any)
			known := group["VendorName"] == "AWS" && slices.Contains(managedGroups, fmt.Sprint(group["Name"]))
			switch {
			case managed && (rule["OverrideAction"] == nil || rule["Action"] != nil):
				report("%s: %s: group %v takes OverrideAction, not Action", in.name, id, rule["Name"])
			case !managed && rule["Action"] == nil:
				report("%s: %s: rule %v has no Action", in.name, id, rule["Name"])
			case managed && !known:
				report("%s: %s: no such group: %v", in.name, id, group["Name"])
			}
		}
	})
}

// validationReports are the names of the report that CDK writes beside the templates. The name depends on CDK's
// version.
var validationReports = []string{"validation-report.json", "policy-validation-report.json"}

// checkValidationReport reports each error in CDK's own validation. CDK always writes a report into the folder of the
// whole app, so a missing report is a violation too. The folders of Stages have none.
func checkValidationReport(a *cloudAssembly, report func(string, ...any)) {
	found := false
	for _, name := range validationReports {
		data, err := os.ReadFile(filepath.Join(a.dir, name))
		if os.IsNotExist(err) {
			continue
		}
		found = true
		var read any
		if err == nil {
			err = json.Unmarshal(data, &read)
		}
		if err != nil {
			report("%v", err)
			continue
		}
		walk(read, func(node map[string]any) {
			severity, _ := node["severity"].(string)
			if strings.EqualFold(severity, "error") || strings.EqualFold(severity, "fatal") {
				report("%v", node)
			}
		})
	}
	if !found {
		report("CDK left none of %v", validationReports)
	}
}

// follow finds the resource that a value refers to. It follows outputs of other stacks, and parameters and outputs of
// nested stacks.
func (a *cloudAssembly) follow(in *stack, value any) (*stack, string, map[string]any) {
	node, _ := value.(map[string]any)
	if output, ok := node["Fn::GetStackOutput"].(map[string]any); ok {
		other := a.stacks[fmt.Sprint(output["StackName"])]
		if other == nil {
			return nil, "", nil
		}
		return a.follow(other, other.output(fmt.Sprint(output["OutputName"])))
	}
	id, _ := node["Ref"].(string)
	if attribute, ok := node["Fn::GetAtt"].([]any); ok {
		id = fmt.Sprint(attribute[0])
		if name, nested := strings.CutPrefix(fmt.Sprint(attribute[1]), "Outputs."); nested {
			for _, child := range a.stacks {
				if child.nestedIn == in && child.nestedAs == id {
					return a.follow(child, child.output(name))
				}
			}
		}
	}
	if resources, _ := in.template["Resources"].(map[string]any); resources[id] != nil {
		return in, id, resources[id].(map[string]any)
	}
	if parameters, _ := in.template["Parameters"].(map[string]any); parameters[id] != nil && in.nestedIn != nil {
		given := inside(in.nestedIn.template, "Resources", in.nestedAs, "Properties", "Parameters")
		return a.follow(in.nestedIn, given[id])
	}
	return nil, id, nil
}

func (s *stack) output(name string) any {
	outputs, _ := s.template["Outputs"].(map[string]any)
	output, _ := outputs[name].(map[string]any)
	return output["Value"]
}

func (a *cloudAssembly) eachResource(resourceType string, visit func(*stack, string, map[string]any)) {
	for _, name := range slices.Sorted(maps.Keys(a.stacks)) {
		resources := a.stacks[name].resources(resourceType)
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			visit(a.stacks[name], id, resources[id])
		}
	}
}

func (a *cloudAssembly) eachBehavior(visit func(*stack, map[string]any)) {
	a.eachResource("AWS::CloudFront::Distribution", func(in *stack, _ string, resource map[string]any) {
		config := properties(resource)["DistributionConfig"].(map[string]any)
		visit(in, config["DefaultCacheBehavior"].(map[string]any))
		more, _ := config["CacheBehaviors"].([]any)
		for _, behavior := range more {
			visit(in, behavior.(map[string]any))
		}
	})
}

func properties(resource map[string]any) map[string]any {
	found, _ := resource["Properties"].(map[string]any)
	return found
}

// walk visits every object within a JSON value.
func walk(value any, visit func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		visit(value)
		for _, key := range slices.Sorted(maps.Keys(value)) {
			walk(value[key], visit)
		}
	case []any:
		for _, item := range value {
			walk(item, visit)
		}
	}
}

// TestUnseenByLinters shows that each check finds the faults that it looks for.
func TestUnseenByLinters(t *testing.T) {
	rule := func(d *doctored, priority int) map[string]any {
		return properties(d.resource("AWS::WAFv2::WebACL"))["Rules"].([]any)[priority].(map[string]any)
	}
	rows := []struct {
		name   string
		doctor func(*doctored)
		want   string
	}{
		{
			name: "edge function on $LATEST",
			doctor: func(d *doctored) {
				latest := map[string]any{"Fn::GetAtt": []any{d.id("AWS::Lambda::Function"), "Arn"}}
				inside(d.edge.template, "Outputs", d.versionOutput())["Value"] = latest
			},
			want: "no numbered version",
		},
		{
			name:   "edge function in another region",
			doctor: func(d *doctored) { d.edge.region = "eu-west-1" },
			want:   "edge function is in eu-west-1",
		},
		{
			name: "environment variables",
			doctor: func(d *doctored) {
				environment := map[string]any{"Variables": map[string]any{"AB": "C"}}
				properties(d.resource("AWS::Lambda::Function"))["Environment"] = environment
			},
			want: "has environment variables",
		},
		{
			name:   "a long timeout",
			doctor: func(d *doctored) { properties(d.resource("AWS::Lambda::Function"))["Timeout"] = 31.0 },
			want:   "timeout of 31 s",
		},
		{
			name:   "a bad EventType",
			doctor: func(d *doctored) { d.association()["EventType"] = "origin_request" },
			want:   `EventType "origin_request" is none`,
		},
		{
			name:   "IncludeBody on a response",
			doctor: func(d *doctored) { d.association()["EventType"] = "origin-response" },
			want:   "IncludeBody on origin-response",
		},
		{
			name:   "AuthType NONE",
			doctor: func(d *doctored) { properties(d.mainResource("AWS::Lambda::Url"))["AuthType"] = "NONE" },
			want:   "has AuthType NONE",
		},
		{
			name:   "an origin with a scheme",
			doctor: func(d *doctored) { d.origin()["DomainName"] = "https://abc.lambda-url.eu-west-1.on.aws" },
			want:   "no host name",
		},
		{
			name: "an origin that is a whole URL",
			doctor: func(d *doctored) {
				d.origin()["DomainName"] = map[string]any{"Fn::GetAtt": []any{"ApiFunctionUrl46E4ABDE", "FunctionUrl"}}
			},
			want: "whole URL",
		},
		{
			name:   "a method short",
			doctor: func(d *doctored) { d.behavior()["AllowedMethods"] = []any{"GET", "HEAD", "POST"} },
			want:   "none of CloudFront's sets",
		},
		{
			name:   "a REGIONAL web ACL",
			doctor: func(d *doctored) { properties(d.resource("AWS::WAFv2::WebACL"))["Scope"] = "REGIONAL" },
			want:   "not of scope CLOUDFRONT",
		},
		{
			name: "a literal REGIONAL web ACL",
			doctor: func(d *doctored) {
				d.config()["WebACLId"] = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/1"
			},
			want: "not of scope CLOUDFRONT",
		},
		{
			name:   "a CLOUDFRONT web ACL elsewhere",
			doctor: func(d *doctored) { d.edge.region = "eu-west-1" },
			want:   "scope CLOUDFRONT in eu-west-1",
		},
		{
			name:   "one priority twice",
			doctor: func(d *doctored) { rule(d, 1)["Priority"] = 0.0 },
			want:   "two rules of priority 0",
		},
		{
			name:   "a rule without Action",
			doctor: func(d *doctored) { delete(rule(d, 0), "Action") },
			want:   "has no Action",
		},
		{
			name: "a group with Action",
			doctor: func(d *doctored) {
				rule(d, 1)["Action"] = map[string]any{"Block": map[string]any{}}
				delete(rule(d, 1), "OverrideAction")
			},
			want: "takes OverrideAction, not Action",
		},
		{
			name: "an unknown group",
			doctor: func(d *doctored) {
				group := inside(rule(d, 1), "Statement", "ManagedRuleGroupStatement")
				group["Name"] = "AWSManagedRulesEverything"
			},
			want: "no such group: AWSManagedRulesEverything",
		},
		{
			name: "a cycle by reference",
			doctor: func(d *doctored) {
				reference := map[string]any{"Fn::Sub": "of ${" + d.id("AWS::Lambda::Function") + ".Arn}"}
				properties(d.resource("AWS::IAM::Role"))["Description"] = reference
			},
			want: "cycle",
		},
		{
			name: "a cycle by DependsOn",
			doctor: func(d *doctored) {
				d.resource("AWS::IAM::Role")["DependsOn"] = d.id("AWS::Lambda::Version")
			},
			want: "cycle",
		},
	}
	app := newApp(t)
	defaultApi(newStack(app, "Demo", "ap-northeast-1"))
	sound := synth(t, app)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			d := doctor(t, sound.dir)
			if found := d.violations(); len(found) != 0 {
				t.Fatalf("there are violations before doctoring: %q", found)
			}
			row.doctor(d)
			found := d.violations()
			if !slices.ContainsFunc(found, func(violation string) bool {
				return strings.Contains(violation, row.want)
			}) {
				t.Errorf("found %q, which does not say %q", found, row.want)
			}
		})
	}
	for _, name := range validationReports {
		t.Run("an error in "+name, func(t *testing.T) {
			d := doctor(t, sound.dir)
			d.dir = t.TempDir()
			report := `{"pluginReports":[{"violations":[{"ruleName":"E3002","severity":"error"}]}]}`
			if err := os.WriteFile(filepath.Join(d.dir, name), []byte(report), 0o600); err != nil {
				t.Fatal(err)
			}
			if len(d.violations()) != 1 {
				t.Errorf("found %q", d.violations())
			}
		})
	}
	t.Run("no validation report", func(t *testing.T) {
		d := doctor(t, sound.dir)
		d.dir = t.TempDir()
		if found := d.violations(); len(found) != 1 || !strings.Contains(found[0], "CDK left none of") {
			t.Errorf("found %q", found)
		}
	})
}

// doctored is an assembly of the default construct in ap-northeast-1. A test changes it.
type doctored struct {
	*cloudAssembly
	t          *testing.T
	main, edge *stack
}

func doctor(t *testing.T, dir string) *doctored {
	a := readAssembly(t, dir)
	return &doctored{cloudAssembly: a, t: t, main: a.stack(t, "Demo"), edge: a.edge(t, "Demo", "ap-northeast-1")}
}

func (d *doctored) id(resourceType string) string {
	id, _ := d.edge.only(d.t, resourceType)
	return id
}

func (d *doctored) resource(resourceType string) map[string]any {
	_, resource := d.edge.only(d.t, resourceType)
	return resource
}

func (d *doctored) mainResource(resourceType string) map[string]any {
	_, resource := d.main.only(d.t, resourceType)
	return resource
}

func (d *doctored) config() map[string]any {
	return properties(d.mainResource("AWS::CloudFront::Distribution"))["DistributionConfig"].(map[string]any)
}

func (d *doctored) behavior() map[string]any {
	return d.config()["DefaultCacheBehavior"].(map[string]any)
}

func (d *doctored) association() map[string]any {
	return d.behavior()["LambdaFunctionAssociations"].([]any)[0].(map[string]any)
}

func (d *doctored) origin() map[string]any {
	return d.config()["Origins"].([]any)[0].(map[string]any)
}

func (d *doctored) versionOutput() string {
	return inside(d.association(), "LambdaFunctionARN", "Fn::GetStackOutput")["OutputName"].(string)
}
