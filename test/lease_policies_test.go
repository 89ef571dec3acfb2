package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// leasePolicies has the roles and functions of one grant in a template.
type leasePolicies struct {
	*stack
	role, caller string   // logical ids of the leased role and of the grant Lambda's role
	leased       []string // the functions' and aliases' ARNs
	report       func(string, ...any)
}

var (
	assumeActions = []string{
		"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:AssumeRoleWithSAML",
		"sts:AssumeRoleWithWebIdentity",
	}

	// someActions stand for all actions. They are of several services.
	someActions = append(strings.Fields(`
		lambda:InvokeFunctionUrl lambda:InvokeFunction lambda:InvokeAsync lambda:GetFunction
		lambda:GetFunctionConfiguration lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration
		lambda:AddPermission lambda:RemovePermission lambda:CreateFunctionUrlConfig lambda:UpdateFunctionUrlConfig
		lambda:DeleteFunctionUrlConfig lambda:DeleteFunction lambda:ListFunctions lambda:PublishVersion
		lambda:GetPolicy
		iam:PassRole iam:GetRole iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateAssumeRolePolicy
		sts:GetCallerIdentity sts:GetFederationToken secretsmanager:GetSecretValue execute-api:Invoke
		logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents s3:GetObject s3:PutObject
		dynamodb:GetItem kms:Decrypt ssm:GetParameter sqs:SendMessage cloudformation:DescribeStacks`),
		assumeActions...)
)

// principals are all roles of the template, and others that a trust policy could name.
func (p *leasePolicies) principals() []string {
	found := []string{
		"AWS:*", "AWS:arn:aws:iam::111122223333:root", "AWS:111122223333", "AWS:arn:aws:iam::444455556666:root",
		"AWS:arn:aws:iam::111122223333:role/other", "AWS:arn:aws:iam::111122223333:user/somebody",
		"AWS:arn:aws:iam::444455556666:role/theirs",
		"Service:lambda.amazonaws.com", "Service:edgelambda.amazonaws.com", "Service:apigateway.amazonaws.com",
		"Service:ec2.amazonaws.com",
		"Federated:cognito-identity.amazonaws.com", "Federated:accounts.google.com",
	}
	for id := range p.resources("AWS::IAM::Role") {
		found = append(found, "AWS:${"+id+".Arn}")
	}
	slices.Sort(found)
	return found
}

// mayAssume reports whether a trust policy's statements let a principal in. An account in the policy counts for all of
// its principals, since their own policies decide. A condition counts as fulfilled.
func mayAssume(trust []policyStatement, principal, action string) bool {
	return slices.ContainsFunc(trust, func(s policyStatement) bool {
		s.conditions = nil
		return s.allows(action, "", nil) && slices.ContainsFunc(s.principals, func(named string) bool {
			who, ok := strings.CutPrefix(named, "AWS:")
			return named == principal || ok && (who == "*" || isAccount(who)) && strings.HasPrefix(principal, "AWS:")
		})
	})
}

// isAccount reports whether a principal is a whole account, by its number or as its root.
func isAccount(principal string) bool {
	return principal == "111122223333" || principal == "${AWS::AccountId}" || strings.HasSuffix(principal, ":root")
}

// checkTrust checks who may assume the leased role. Only the grant Lambda's role may, by the first three of
// assumeActions.
func (p *leasePolicies) checkTrust() {
	role := p.resources("AWS::IAM::Role")[p.role]
	trust := readStatements(properties(role)["AssumeRolePolicyDocument"], p.report)
	principals := p.principals()
	for _, principal := range principals {
		for _, action := range assumeActions {
			want := principal == "AWS:${"+p.caller+".Arn}" && slices.Contains(assumeActions[:3], action)
			if mayAssume(trust, principal, action) != want {
				p.report("%s by %s is allowed %t by the leased role's trust policy, want %t",
					action, principal, !want, want)
			}
		}
	}
	for _, statement := range trust {
		for _, named := range statement.principals {
			if !slices.Contains(principals, named) {
				p.report("the leased role's trust policy names %s", named)
			}
		}
	}
}

// granted are the statements of a role's own policies, and those of functions' policies that let it in. Policies that
// are not in the template are reported, except those in known.
func (p *leasePolicies) granted(role string, known ...string) []policyStatement {
	own := properties(p.resources("AWS::IAM::Role")[role])
	var found []policyStatement
	inline, _ := own["Policies"].([]any)
	for _, policy := range inline {
		found = append(found, readStatements(policy.(map[string]any)["PolicyDocument"], p.report)...)
	}
	managed, _ := own["ManagedPolicyArns"].([]any)
	for _, arn := range managed {
		text := textOf(arn)
		if !slices.ContainsFunc(known, func(name string) bool { return strings.HasSuffix(text, name) }) {
			p.report("role %s has the policy %s, which is not in the template", role, text)
		}
	}
	for _, kind := range []string{"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"} {
		for _, policy := range p.resources(kind) {
			if roles := properties(policy)["Roles"]; roles != nil && slices.Contains(textsOf(roles), "${"+role+"}") {
				found = append(found, readStatements(properties(policy)["PolicyDocument"], p.report)...)
			}
		}
	}
	return append(found, p.permissions(role)...)
}

// permissions are the statements of functions' policies that name the role, its account or everyone.
func (p *leasePolicies) permissions(role string) []policyStatement {
	var found []policyStatement
	for _, permission := range p.resources("AWS::Lambda::Permission") {
		own := properties(permission)
		principal := textOf(own["Principal"])
		if principal != "*" && principal != "${"+role+".Arn}" && !isAccount(principal) {
			continue
		}
		statement := policyStatement{
			actions: textsOf(own["Action"]), resources: textsOf(own["FunctionName"]), conditions: map[string]string{},
		}
		if !slices.Contains(p.targets(), statement.resources[0]) {
			p.report("a permission is for %s, which this evaluator does not know", statement.resources[0])
		}
		if authType := own["FunctionUrlAuthType"]; authType != nil {
			statement.conditions["lambda:FunctionUrlAuthType"] = textOf(authType)
		}
		if via := own["InvokedViaFunctionUrl"]; via != nil {
			statement.conditions["lambda:InvokedViaFunctionUrl"] = textOf(via)
		}
		found = append(found, statement)
	}
	return found
}

// targets are the ARNs of the template's resources, of other versions and aliases, and of resources elsewhere.
func (p *leasePolicies) targets() []string {
	found := []string{
		"*",
		"arn:aws:lambda:ap-northeast-1:111122223333:function:anything",
		"arn:aws:lambda:us-east-1:444455556666:function:theirs",
		"arn:aws:iam::111122223333:role/anything",
		"arn:aws:s3:::bucket/key",
		"arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/lambda/x",
		"arn:aws:execute-api:ap-northeast-1:111122223333:abc/Prod/POST/grant",
		"arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:x-abcdef",
	}
	for id := range p.resources("AWS::Lambda::Function") {
		found = append(found, "${"+id+".Arn}", "${"+id+".Arn}:1", "${"+id+".Arn}:live", "${"+id+".Arn}:$LATEST")
	}
	for _, kind := range []string{"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::SecretsManager::Secret"} {
		for id := range p.resources(kind) {
			found = append(found, "${"+id+"}")
		}
	}
	for id := range p.resources("AWS::IAM::Role") {
		found = append(found, "${"+id+".Arn}")
	}
	slices.Sort(found)
	return found
}

// contexts are the ways to call a function. A call comes by a URL of either auth type, or by the Invoke API.
func contexts() []map[string]string {
	var all []map[string]string
	for _, authType := range []string{"AWS_IAM", "NONE", ""} {
		for _, via := range []string{"true", "false", ""} {
			context := map[string]string{}
			if authType != "" {
				context["lambda:FunctionUrlAuthType"] = authType
			}
			if via != "" {
				context["lambda:InvokedViaFunctionUrl"] = via
			}
			all = append(all, context)
		}
	}
	return all
}

// checkRole checks the rights of the leased role. It may call the leased functions by URL, and do nothing else.
func (p *leasePolicies) checkRole() {
	granted := p.granted(p.role)
	for _, target := range p.targets() {
		for _, action := range someActions {
			for _, context := range contexts() {
				want := slices.Contains(p.leased, target) &&
					(action == "lambda:InvokeFunctionUrl" && context["lambda:FunctionUrlAuthType"] == "AWS_IAM" ||
						action == "lambda:InvokeFunction" && context["lambda:InvokedViaFunctionUrl"] == "true")
				if anyAllows(granted, action, target, context) != want {
					p.report("%s on %s with %v is allowed %t to the leased role, want %t",
						action, target, context, !want, want)
				}
			}
		}
	}
}

// anyAllows reports whether one of the statements allows the action.
func anyAllows(statements []policyStatement, action, target string, context map[string]string) bool {
	return slices.ContainsFunc(statements, func(s policyStatement) bool { return s.allows(action, target, context) })
}

// checkCaller checks the rights of the grant Lambda's role. It may assume the leased role and write logs, no more.
func (p *leasePolicies) checkCaller() {
	byUrl := map[string]string{"lambda:FunctionUrlAuthType": "AWS_IAM", "lambda:InvokedViaFunctionUrl": "true"}
	granted := p.granted(p.caller, ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
	for _, target := range p.targets() {
		for _, action := range someActions {
			want := target == "${"+p.role+".Arn}" && slices.Contains(assumeActions[:3], action)
			if anyAllows(granted, action, target, byUrl) != want {
				p.report("%s on %s is allowed %t to the grant Lambda's role, want %t", action, target, !want, want)
			}
		}
	}
}

// checkUse reports other resources of the template that refer to the leased role.
func (p *leasePolicies) checkUse() {
	all, _ := p.template["Resources"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		resource := all[id].(map[string]any)
		uses := false
		walk(resource, func(node map[string]any) {
			uses = uses || strings.HasPrefix(textOf(node), "${"+p.role)
		})
		runsAsCaller := textOf(properties(resource)["Role"]) == "${"+p.caller+".Arn}"
		own := resource["Type"] == "AWS::IAM::Policy" || resource["Type"] == "AWS::Lambda::Function" && runsAsCaller
		if uses && !own {
			p.report("%s, a %v, refers to the leased role", id, resource["Type"])
		}
	}
}

// leaseViolations are the findings of the checks of a grant's policies.
func leaseViolations(s *stack, grant string, leased ...string) []string {
	var found []string
	p := &leasePolicies{
		stack: s, leased: leased,
		report: func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) },
	}
	for id := range s.resources("AWS::IAM::Role") {
		switch {
		case strings.HasPrefix(id, grant+"HandlerServiceRole"):
			p.caller = id
		case strings.HasPrefix(id, grant+"Role"):
			p.role = id
		}
	}
	if p.role == "" || p.caller == "" {
		return []string{"the grant's roles are not there"}
	}
	p.checkTrust()
	p.checkRole()
	p.checkCaller()
	p.checkUse()
	return found
}

// arnOf is the ARN of a resource as textOf writes it. The resource has this type, and its logical id begins so.
func arnOf(t *testing.T, s *stack, resourceType, prefix, attribute string) string {
	t.Helper()
	for id := range s.resources(resourceType) {
		if strings.HasPrefix(id, prefix) {
			return "${" + id + attribute + "}"
		}
	}
	t.Fatalf("no %s that begins with %s", resourceType, prefix)
	return ""
}

// TestLeasePolicies evaluates the policies of the demo, and of a grant of a function and an alias. The matrix has
// principals, actions, targets and ways of calling.
func TestLeasePolicies(t *testing.T) {
	for _, region := range regions {
		t.Run("demo "+region, func(t *testing.T) {
			main := readAssembly(t, demoAssembly(t, region, "")).stack(t, "FurlDemo")
			leased := arnOf(t, main, "AWS::Lambda::Function", "Leased", ".Arn")
			for _, violation := range leaseViolations(main, "Grant", leased) {
				t.Error(violation)
			}
		})
		t.Run("function and alias "+region, func(t *testing.T) {
			main, leased := leasedPair(t, region)
			for _, violation := range leaseViolations(main, "Grant", leased...) {
				t.Error(violation)
			}
		})
	}
}

// leasedPair is a stack with a leased function, a leased alias, and a function that is not leased. The ARNs are those
// of the two leased ones.
func leasedPair(t *testing.T, region string) (*stack, []string) {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Demo", region)
	props := grantProps(stack)
	props.Functions = append(props.Functions, furl.GrantFunction{
		Name: "live", Function: newFunction(stack, "Other").AddAlias(jsii.String("live"), nil),
	})
	newGrant(stack, props)
	awslambda.NewFunction(stack, jsii.String("Closed"), nodeFunction("return {}"))
	main := synth(t, app).stack(t, "Demo")
	return main, []string{
		arnOf(t, main, "AWS::Lambda::Function", "Function", ".Arn"),
		arnOf(t, main, "AWS::Lambda::Alias", "OtherAlias", ""),
	}
}

// TestLeasePoliciesCanFail checks that leaseViolations finds each way to open a lease.
func TestLeasePoliciesCanFail(t *testing.T) {
	trust := func(s *stack) []any {
		return properties(leasedRole(s))["AssumeRolePolicyDocument"].(map[string]any)["Statement"].([]any)
	}
	own := func(s *stack) []any { return policyOf(s, "GrantRoleDefaultPolicy") }
	statement := func(s []any, at int) map[string]any { return s[at].(map[string]any) }
	add := func(s *stack, id string, resource map[string]any) {
		s.template["Resources"].(map[string]any)[id] = resource
	}
	permission := func(extra map[string]any) func(*testing.T, *stack) {
		return func(t *testing.T, s *stack) {
			p := map[string]any{"FunctionName": map[string]any{"Fn::GetAtt": []any{
				idOf(s, "AWS::Lambda::Function", "Closed"), "Arn",
			}}}
			maps.Copy(p, extra)
			add(s, "Extra", map[string]any{"Type": "AWS::Lambda::Permission", "Properties": p})
		}
	}
	leasedArn := map[string]any{"Fn::GetAtt": []any{"GrantRole", "Arn"}} // the full logical id is set below
	rows := []struct {
		name  string
		spoil func(*testing.T, *stack)
		want  string
	}{
		{
			name: "the account may assume it",
			spoil: func(_ *testing.T, s *stack) {
				statement(trust(s), 0)["Principal"] = map[string]any{"AWS": "arn:aws:iam::111122223333:root"}
			},
			want: "sts:AssumeRole by AWS:arn:aws:iam::111122223333:user/somebody is allowed true",
		},
		{
			name: "the account by a pseudo parameter",
			spoil: func(_ *testing.T, s *stack) {
				statement(trust(s), 0)["Principal"] = map[string]any{"AWS": map[string]any{"Fn::Join": []any{
					"", []any{"arn:aws:iam::", map[string]any{"Ref": "AWS::AccountId"}, ":root"},
				}}}
			},
			want: "sts:AssumeRole by AWS:arn:aws:iam::111122223333:role/other is allowed true",
		},
		{
			name:  "everyone may assume it",
			spoil: func(_ *testing.T, s *stack) { statement(trust(s), 0)["Principal"] = "*" },
			want:  "by AWS:arn:aws:iam::444455556666:role/theirs is allowed true",
		},
		{
			name: "a service may assume it",
			spoil: func(_ *testing.T, s *stack) {
				statement(trust(s), 0)["Principal"] = map[string]any{"Service": "lambda.amazonaws.com"}
			},
			want: "sts:AssumeRole by Service:lambda.amazonaws.com is allowed true",
		},
		{
			name: "an unheard-of role may assume it",
			spoil: func(_ *testing.T, s *stack) {
				statement(trust(s), 0)["Principal"] = map[string]any{"AWS": []any{
					statement(trust(s), 0)["Principal"].(map[string]any)["AWS"],
					"arn:aws:iam::111122223333:role/new",
				}}
			},
			want: "trust policy names AWS:arn:aws:iam::111122223333:role/new",
		},
		{
			name:  "another way to assume it",
			spoil: func(_ *testing.T, s *stack) { statement(trust(s), 0)["Action"] = "sts:*" },
			want:  "sts:AssumeRoleWithSAML by",
		},
		{
			name:  "no source identity",
			spoil: func(_ *testing.T, s *stack) { statement(trust(s), 1)["Action"] = "sts:TagSession" },
			want:  "sts:SetSourceIdentity by AWS:${GrantHandlerServiceRole",
		},
		{
			name:  "a Deny, which this evaluator does not know",
			spoil: func(_ *testing.T, s *stack) { statement(trust(s), 0)["Effect"] = "Deny" },
			want:  "Effect Deny",
		},
		{
			name:  "NotPrincipal",
			spoil: func(_ *testing.T, s *stack) { statement(trust(s), 0)["NotPrincipal"] = "*" },
			want:  "has NotPrincipal",
		},

		{
			name:  "URLs without their condition",
			spoil: func(_ *testing.T, s *stack) { delete(statement(own(s), 0), "Condition") },
			want:  "lambda:InvokeFunctionUrl on ${",
		},
		{
			name:  "the Invoke API",
			spoil: func(_ *testing.T, s *stack) { delete(statement(own(s), 1), "Condition") },
			want:  "lambda:InvokeFunction on ${",
		},
		{
			name:  "only one of the two actions",
			spoil: func(_ *testing.T, s *stack) { statement(own(s), 1)["Action"] = "lambda:GetPolicy" },
			want:  "is allowed false",
		},
		{
			name:  "every function",
			spoil: func(_ *testing.T, s *stack) { statement(own(s), 0)["Resource"] = "*" },
			want:  "lambda:InvokeFunctionUrl on ${Closed",
		},
		{
			name: "every version of a function",
			spoil: func(_ *testing.T, s *stack) {
				other := map[string]any{"Fn::GetAtt": []any{idOf(s, "AWS::Lambda::Function", "Other"), "Arn"}}
				versions := map[string]any{"Fn::Join": []any{"", []any{other, ":*"}}}
				url := statement(own(s), 0)
				url["Resource"] = append(url["Resource"].([]any), versions)
			},
			want: ":live with",
		},
		{
			name: "another action",
			spoil: func(_ *testing.T, s *stack) {
				statement(own(s), 0)["Action"] = []any{"lambda:InvokeFunctionUrl", "lambda:Update*"}
			},
			want: "lambda:UpdateFunctionCode on",
		},
		{
			name:  "NotResource",
			spoil: func(_ *testing.T, s *stack) { statement(own(s), 0)["NotResource"] = "x" },
			want:  "has NotResource",
		},
		{
			name: "a policy of AWS's",
			spoil: func(_ *testing.T, s *stack) {
				properties(leasedRole(s))["ManagedPolicyArns"] = []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
			},
			want: "policy/ReadOnlyAccess, which is not in the template",
		},
		{
			name: "an inline policy",
			spoil: func(_ *testing.T, s *stack) {
				reads := map[string]any{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
				document := map[string]any{"Statement": []any{reads}}
				properties(leasedRole(s))["Policies"] = []any{map[string]any{"PolicyDocument": document}}
			},
			want: "s3:GetObject on",
		},
		{
			name:  "a function that lets the role in",
			spoil: permission(map[string]any{"Principal": leasedArn, "Action": "lambda:InvokeFunction"}),
			want:  "lambda:InvokeFunction on ${Closed",
		},
		{
			name: "a function that lets everyone in, by its name",
			spoil: func(t *testing.T, s *stack) {
				permission(map[string]any{
					"FunctionName": map[string]any{"Ref": idOf(s, "AWS::Lambda::Function", "Closed")},
					"Principal":    "*", "Action": "lambda:InvokeFunction",
				})(t, s)
			},
			want: "a permission is for ${Closed",
		},
		{
			name: "a function that lets everyone in by URL",
			spoil: permission(map[string]any{
				"Principal": "*", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE",
			}),
			want: "map[lambda:FunctionUrlAuthType:NONE",
		},

		{
			name: "a grant Lambda that may assume any role",
			spoil: func(_ *testing.T, s *stack) {
				statement(policyOf(s, "GrantHandlerServiceRoleDefaultPolicy"), 0)["Resource"] = "*"
			},
			want: "sts:AssumeRole on arn:aws:iam::111122223333:role/anything is allowed true " +
				"to the grant Lambda's role",
		},
		{
			name: "a grant Lambda that may call the functions",
			spoil: func(_ *testing.T, s *stack) {
				statement(policyOf(s, "GrantHandlerServiceRoleDefaultPolicy"), 0)["Action"] = []any{
					"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "iam:PassRole",
				}
			},
			want: "iam:PassRole on ${GrantRole",
		},
		{
			name: "another function that runs as the leased role",
			spoil: func(_ *testing.T, s *stack) {
				closed := idOf(s, "AWS::Lambda::Function", "Closed")
				properties(s.resources("AWS::Lambda::Function")[closed])["Role"] = leasedArn
			},
			want: "a AWS::Lambda::Function, refers to the leased role",
		},
	}
	sound, leased := leasedPair(t, "ap-northeast-1")
	leasedArn["Fn::GetAtt"] = []any{idOf(sound, "AWS::IAM::Role", "GrantRole"), "Arn"}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := &stack{name: "Demo", template: copyTemplate(t, sound.template)}
			if found := leaseViolations(s, "Grant", leased...); len(found) != 0 {
				t.Fatalf("there are violations before doctoring: %q", found)
			}
			row.spoil(t, s)
			found := leaseViolations(s, "Grant", leased...)
			if !slices.ContainsFunc(found, func(violation string) bool {
				return strings.Contains(violation, row.want)
			}) {
				t.Errorf("%q is not among %d violations, first %.5q", row.want, len(found), found)
			}
		})
	}
}

func idOf(s *stack, resourceType, prefix string) string {
	for id := range s.resources(resourceType) {
		if strings.HasPrefix(id, prefix) {
			return id
		}
	}
	return ""
}

func leasedRole(s *stack) map[string]any {
	return s.resources("AWS::IAM::Role")[idOf(s, "AWS::IAM::Role", "GrantRole")]
}

func policyOf(s *stack, prefix string) []any {
	policy := s.resources("AWS::IAM::Policy")[idOf(s, "AWS::IAM::Policy", prefix)]
	return inside(policy, "Properties", "PolicyDocument")["Statement"].([]any)
}

func copyTemplate(t *testing.T, template map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	var copied map[string]any
	if err := json.Unmarshal(data, &copied); err != nil {
		t.Fatal(err)
	}
	return copied
}
