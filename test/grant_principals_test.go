package test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

type conditions = map[string]any

// withConditions wraps a principal into one with conditions.
func withConditions(principal awsiam.IPrincipal, given conditions) awsiam.IPrincipal {
	return awsiam.NewPrincipalWithConditions(principal, &given)
}

func arnPrincipal(arn string) awsiam.IPrincipal { return awsiam.NewArnPrincipal(jsii.String(arn)) }

func accountPrincipal(id string) awsiam.IPrincipal {
	return awsiam.NewAccountPrincipal(jsii.String(id))
}

func servicePrincipal(name string) awsiam.IPrincipal {
	return awsiam.NewServicePrincipal(jsii.String(name), nil)
}

func workerRole(stack awscdk.Stack) awsiam.Role {
	return awsiam.NewRole(stack, jsii.String("Worker"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})
}

const (
	theirs = "444455556666"
	source = "arn:aws:scheduler:us-east-1:" + account + ":schedule/default/nightly"
)

var (
	forSource  = conditions{"ArnLike": conditions{"aws:SourceArn": source}}
	forAccount = conditions{"StringEquals": conditions{"aws:SourceAccount": account}}
	fromOffice = conditions{"IpAddress": conditions{"aws:SourceIp": []string{"203.0.113.0/24", "2001:db8::/32"}}}
)

func sourceArn(operator string, value any) conditions {
	return conditions{operator: conditions{"aws:SourceArn": value}}
}

// TestGrantedPrincipals grants to each kind of principal that CDK has and Lambda or IAM takes. Both statements have the
// principal's conditions.
func TestGrantedPrincipals(t *testing.T) {
	rows := []struct {
		name, why string
		grantee   func(awscdk.Stack) awsiam.IGrantable
		want      string // fields of both statements beside Furl's, as JSON after "identity " in a principal's policy
	}{
		{
			name: "a role", why: "its own policy will do",
			grantee: func(s awscdk.Stack) awsiam.IGrantable { return workerRole(s) },
			want:    `identity {}`,
		},
		{
			name: "a role with a condition", why: "C9",
			grantee: func(s awscdk.Stack) awsiam.IGrantable { return withConditions(workerRole(s), fromOffice) },
			want:    `identity {"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}`,
		},
		{
			name: "a role with conditions in two wrappers and tags", why: "all of them hold",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				mfa := conditions{"Bool": conditions{"aws:MultiFactorAuthPresent": "true"}}
				inner := withConditions(workerRole(s), mfa)
				team := conditions{"StringEquals": conditions{"aws:PrincipalTag/team": "a"}}
				return withConditions(awsiam.NewSessionTagsPrincipal(inner), team)
			},
			want: `identity {"Bool":{"aws:MultiFactorAuthPresent":"true"},` +
				`"StringEquals":{"aws:PrincipalTag/team":"a"}}`,
		},
		{
			name: "a user with a condition", why: "it has a policy too",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				until := conditions{"DateLessThan": conditions{"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
				return withConditions(awsiam.NewUser(s, jsii.String("User"), nil), until)
			},
			want: `identity {"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}`,
		},
		{
			name: "a group", why: "it has a policy for its users",
			grantee: func(s awscdk.Stack) awsiam.IGrantable { return awsiam.NewGroup(s, jsii.String("Group"), nil) },
			want:    `identity {}`,
		},
		{
			name: "a lazy role", why: "it is a role once it is needed",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewLazyRole(s, jsii.String("Lazy"),
					&awsiam.LazyRoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})
			},
			want: `identity {}`,
		},
		{
			name: "an imported role", why: "CDK attaches a policy by its name",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				worker := awsiam.Role_FromRoleName(s, jsii.String("Theirs"), jsii.String("worker"), nil)
				return withConditions(worker, fromOffice)
			},
			want: `identity {"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}`,
		},
		{
			name: "a role whose policy is closed", why: "then the function's policy names it",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				return workerRole(s).WithoutPolicyUpdates(
					&awsiam.WithoutPolicyUpdatesOptions{AddGrantsToResources: jsii.Bool(true)})
			},
			want: `{"Principal":{"Fn::GetAtt":["Worker11F36D0F","Arn"]}}`,
		},
		{
			name: "a user's ARN", why: "only the function's policy can be written",
			grantee: inAnyStack(arnPrincipal("arn:aws:iam::" + theirs + ":user/ci")),
			want:    `{"Principal":"arn:aws:iam::444455556666:user/ci"}`,
		},
		{
			name: "a session's ARN", why: "IAM takes it as a principal",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				return arnPrincipal("arn:aws:sts::" + theirs + ":assumed-role/worker/nightly")
			},
			want: `{"Principal":"arn:aws:sts::444455556666:assumed-role/worker/nightly"}`,
		},
		{
			name: "an ARN in an organization", why: "a permission has a field for that",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				worker := awsiam.NewArnPrincipal(jsii.String("arn:aws:iam::" + theirs + ":role/worker"))
				return worker.InOrganization(jsii.String("o-a1b2c3d4e5"))
			},
			want: `{"Principal":"arn:aws:iam::444455556666:role/worker","PrincipalOrgID":"o-a1b2c3d4e5"}`,
		},
		{
			name: "an ARN that is a token", why: "tokens pass",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewArnPrincipal(awscdk.NewCfnParameter(s, jsii.String("Arn"), nil).ValueAsString())
			},
			want: `{"Principal":{"Ref":"Arn"}}`,
		},
		{
			name: "an account", why: "all of its principals, as far as it lets them",
			grantee: func(awscdk.Stack) awsiam.IGrantable { return accountPrincipal(theirs) },
			want:    `{"Principal":"444455556666"}`,
		},
		{
			name: "this account", why: "CDK's own names it by a token",
			grantee: func(awscdk.Stack) awsiam.IGrantable { return awsiam.NewAccountRootPrincipal() },
			want:    `{"Principal":"111122223333"}`,
		},
		{
			name: "an organization", why: "everyone, under a condition",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewOrganizationPrincipal(jsii.String("o-a1b2c3d4e5"))
			},
			want: `{"Principal":"*","PrincipalOrgID":"o-a1b2c3d4e5"}`,
		},
		{
			name: "anyone in an organization", why: "it is the same",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewAnyPrincipal().InOrganization(jsii.String("o-a1b2c3d4e5"))
			},
			want: `{"Principal":"*","PrincipalOrgID":"o-a1b2c3d4e5"}`,
		},
		{
			name: "a service for a source", why: "C8",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				return withConditions(servicePrincipal("scheduler.amazonaws.com"), forSource)
			},
			want: `{"Principal":"scheduler.amazonaws.com","SourceArn":"` + source + `"}`,
		},
		{
			name: "a service for an account, by its options", why: "C8",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewServicePrincipal(jsii.String("s3.amazonaws.com"),
					&awsiam.ServicePrincipalOpts{Conditions: &forAccount})
			},
			want: `{"Principal":"s3.amazonaws.com","SourceAccount":"111122223333"}`,
		},
		{
			name: "a service for any bucket of an account", why: "the account says whose",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				buckets := conditions{"ArnLike": conditions{"AWS:SourceARN": "arn:aws:s3:::*"}}
				ours := conditions{"StringEquals": conditions{"aws:sourceaccount": []string{account}}}
				return withConditions(withConditions(servicePrincipal("s3.amazonaws.com"), buckets), ours)
			},
			want: `{"Principal":"s3.amazonaws.com","SourceAccount":"111122223333","SourceArn":"arn:aws:s3:::*"}`,
		},
		{
			name: "an account's number as an ARN", why: "IAM takes it as a principal",
			grantee: inAnyStack(arnPrincipal(theirs)),
			want:    `{"Principal":"444455556666"}`,
		},
		{
			name: "an ARN with tokens in it", why: "it begins like one",
			grantee: inAnyStack(arnPrincipal("arn:" + *awscdk.Aws_PARTITION() + ":iam::" + theirs + ":user/ci")),
			want: `{"Principal":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},` +
				`":iam::444455556666:user/ci"]]}}`,
		},
		{
			name: "a service for a resource of this account", why: "CDK writes its ARN with tokens",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := s.FormatArn(&awscdk.ArnComponents{
					Service: jsii.String("events"), Resource: jsii.String("rule"), ResourceName: jsii.String("*"),
				})
				return withConditions(servicePrincipal("events.amazonaws.com"), sourceArn("ArnLike", arn))
			},
			want: `{"Principal":"events.amazonaws.com","SourceArn":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},` +
				`":events:REGION:111122223333:rule/*"]]}}`,
		},
		{
			name: "a service for what only the deployment knows", why: "tokens pass",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := awscdk.NewCfnParameter(s, jsii.String("From"), nil).ValueAsString()
				return withConditions(servicePrincipal("events.amazonaws.com"), sourceArn("ArnLike", arn))
			},
			want: `{"Principal":"events.amazonaws.com","SourceArn":{"Ref":"From"}}`,
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				api := defaultApi(stack)
				api.GrantInvokeUrl(row.grantee(stack))
				demo := synth(t, app).stack(t, "Demo")
				got := slices.Concat(identityExtras(demo), permissionExtras(demo))
				want := strings.ReplaceAll(row.want, "REGION", region)
				if !slices.Equal(got, []string{want, want}) {
					t.Errorf("statements have\n%s, not\n%s", strings.Join(got, "\n"), want)
				}
			})
		}
	}
}

// identityExtras are the conditions of the statements in principals' policies, beside Furl's own. Furl's condition must
// be there.
func identityExtras(s *stack) []string {
	var found []string
	for _, policy := range s.resources("AWS::IAM::Policy") {
		walk(policy, func(statement map[string]any) {
			action, _ := statement["Action"].(string)
			own := map[string][2]string{
				"lambda:InvokeFunctionUrl": {"StringEquals", "lambda:FunctionUrlAuthType"},
				"lambda:InvokeFunction":    {"Bool", "lambda:InvokedViaFunctionUrl"},
			}[action]
			if own[0] == "" {
				return
			}
			all := statement["Condition"].(map[string]any)
			block := all[own[0]].(map[string]any)
			if block[own[1]] != map[string]string{"StringEquals": "AWS_IAM", "Bool": "true"}[own[0]] {
				found = append(found, "without "+own[1])
			}
			delete(block, own[1])
			if len(block) == 0 {
				delete(all, own[0])
			}
			found = append(found, "identity "+toJSON(all))
		})
	}
	return found
}

// permissionExtras are the fields of the function's permissions that name a principal other than the signer.
func permissionExtras(s *stack) []string {
	var found []string
	permissions := s.resources("AWS::Lambda::Permission")
	for _, id := range slices.Sorted(maps.Keys(permissions)) {
		if !strings.Contains(id, "Grant") {
			continue
		}
		fields := maps.Clone(properties(permissions[id]))
		own := fields["Action"] == "lambda:InvokeFunctionUrl" && fields["FunctionUrlAuthType"] == "AWS_IAM" ||
			fields["Action"] == "lambda:InvokeFunction" && fields["InvokedViaFunctionUrl"] == true
		if !own {
			found = append(found, "without its own condition")
		}
		for _, name := range []string{"Action", "FunctionName", "FunctionUrlAuthType", "InvokedViaFunctionUrl"} {
			delete(fields, name)
		}
		found = append(found, toJSON(fields))
	}
	return found
}

func toJSON(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// TestGrantComposite checks that each member of a composite principal is granted, or refused, for itself alone.
func TestGrantComposite(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	api := defaultApi(stack)
	inner := awsiam.NewCompositePrincipal(accountPrincipal(theirs))
	api.GrantInvokeUrl(awsiam.NewCompositePrincipal(workerRole(stack), inner))
	refused := refusal(t, func() {
		api.GrantInvokeUrl(awsiam.NewCompositePrincipal(accountPrincipal(theirs), arnPrincipal("arn:aws:iam::*:root")))
	})
	expectText(t, refused, "has a wildcard")
	demo := synth(t, app).stack(t, "Demo")
	if got := identityExtras(demo); len(got) != 2 {
		t.Errorf("the role has %q", got)
	}
	named := `{"Principal":"444455556666"}`
	if got := permissionExtras(demo); !slices.Equal(got, []string{named, named}) {
		t.Errorf("the account has %q", got)
	}
}

// sourcesOfAnyone are patterns with tokens that match resources of other accounts.
var sourcesOfAnyone = []struct {
	name, why string
	arn       func(awscdk.Stack) *string
}{
	{
		name: "of all accounts, by FormatArn", why: "the partition is a token",
		arn: func(s awscdk.Stack) *string {
			return s.FormatArn(&awscdk.ArnComponents{
				Service: jsii.String("events"), Account: jsii.String("*"),
				Resource: jsii.String("rule"), ResourceName: jsii.String("*"),
			})
		},
	},
	{
		name: "of all accounts in a region that is a token", why: "a token says nothing of the account",
		arn: func(awscdk.Stack) *string { return jsii.String("arn:aws:events:" + *awscdk.Aws_REGION() + ":*:rule/*") },
	},
	{
		name: "of some accounts", why: "a question mark is a wildcard too",
		arn: func(awscdk.Stack) *string {
			return jsii.String("arn:aws:sns:" + *awscdk.Aws_REGION() + ":11112222333?:news")
		},
	},
	{
		name: "of all buckets", why: "their ARNs have no account",
		arn: func(awscdk.Stack) *string { return jsii.String("arn:" + *awscdk.Aws_PARTITION() + ":s3:::*") },
	},
	{
		name: "of buckets that begin like a parameter", why: "anyone may make such a bucket",
		arn: func(s awscdk.Stack) *string {
			name := awscdk.NewCfnParameter(s, jsii.String("Name"), nil).ValueAsString()
			return jsii.String("arn:aws:s3:::" + *name + "*")
		},
	},
	{
		name: "that begins like a token", why: "the token may be a bucket's ARN",
		arn: func(s awscdk.Stack) *string {
			return jsii.String(*awscdk.NewCfnParameter(s, jsii.String("Name"), nil).ValueAsString() + "*")
		},
	},
	{
		name: "in Fn::Sub", why: "the whole text is one token",
		arn: func(awscdk.Stack) *string {
			return awscdk.Fn_Sub(jsii.String("arn:${AWS::Partition}:sqs:${AWS::Region}:*:${Name}"), nil)
		},
	},
	{
		name: "in Fn::Join", why: "the whole text is one token",
		arn: func(awscdk.Stack) *string {
			return awscdk.Fn_Join(jsii.String(":"), jsii.Strings("arn", *awscdk.Aws_PARTITION(), "s3", "", "", "app-*"))
		},
	},
	{
		name: "by a condition", why: "one of the two is wide",
		arn: func(awscdk.Stack) *string {
			return awscdk.Token_AsString(
				awscdk.Fn_ConditionIf(jsii.String("Choice"), jsii.String(source), jsii.String("*")), nil)
		},
	},
}

// TestRefusedPrincipals checks principals that are refused. They would let in more than was meant, be dropped, or fail
// at deployment.
func TestRefusedPrincipals(t *testing.T) {
	service := servicePrincipal("cloudfront.amazonaws.com")
	rows := []struct {
		name, why string
		grantee   func(awscdk.Stack) awsiam.IGrantable
		want      []string
	}{
		{
			name: "nothing", why: "a nil would crash",
			grantee: func(awscdk.Stack) awsiam.IGrantable { return nil },
			want:    []string{"there is no principal"},
		},
		{
			name: "anyone", why: "C10", grantee: inAnyStack(awsiam.NewAnyPrincipal()),
			want: []string{"everyone with an AWS account", "NewOrganizationPrincipal"},
		},
		{
			name: "a star", why: "C10", grantee: inAnyStack(awsiam.NewStarPrincipal()),
			want: []string{"everyone with an AWS account"},
		},
		{
			name: "a star as an ARN", why: "C10", grantee: inAnyStack(arnPrincipal("*")),
			want: []string{"everyone with an AWS account"},
		},
		{
			name: "anyone under another condition", why: "only an organization bounds it",
			grantee: inAnyStack(withConditions(awsiam.NewAnyPrincipal(), forAccount)),
			want:    []string{"everyone with an AWS account"},
		},
		{
			name: "anyone from an address", why: "a permission cannot say it",
			grantee: inAnyStack(withConditions(awsiam.NewAnyPrincipal(), fromOffice)),
			want:    []string{"cannot say IpAddress on aws:SourceIp"},
		},
		{
			name: "all roles of an account", why: "C10",
			grantee: inAnyStack(arnPrincipal("arn:aws:iam::" + theirs + ":role/*")),
			want:    []string{"has a wildcard"},
		},
		{
			name: "a question mark", why: "C10",
			grantee: inAnyStack(arnPrincipal("arn:aws:iam::" + theirs + ":role/worker-?")),
			want:    []string{"has a wildcard"},
		},
		{
			name: "any account", why: "C10", grantee: inAnyStack(accountPrincipal("*")),
			want: []string{"has a wildcard"},
		},
		{
			name: "a wildcard beside a token", why: "C10",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				id := awscdk.NewCfnParameter(s, jsii.String("Id"), nil).ValueAsString()
				return arnPrincipal("arn:aws:iam::" + *id + ":role/*")
			},
			want: []string{"has a wildcard"},
		},
		{
			name: "a wildcard in an organization", why: "C10",
			grantee: inAnyStack(awsiam.NewArnPrincipal(jsii.String("arn:aws:iam::*:role/worker")).
				InOrganization(jsii.String("o-a1b2c3d4e5"))),
			want: []string{"has a wildcard"},
		},
		{
			name: "an imported role with a wildcard", why: "C10",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := jsii.String("arn:aws:iam::" + account + ":role/team-*")
				return awsiam.Role_FromRoleArn(s, jsii.String("All"), arn, nil)
			},
			want: []string{"has a wildcard"},
		},
		{
			name: "a service", why: "C8", grantee: inAnyStack(service),
			want: []string{"cloudfront.amazonaws.com calls for every AWS customer", "aws:SourceAccount"},
		},
		{
			name: "a service as an ARN", why: "C8: no source would be asked for",
			grantee: inAnyStack(arnPrincipal("cloudfront.amazonaws.com")),
			want:    []string{`"cloudfront.amazonaws.com" is neither an ARN nor an account`, "NewServicePrincipal"},
		},
		{
			name: "a service as an ARN for a source", why: "as a service it says what it is",
			grantee: inAnyStack(withConditions(arnPrincipal("events.amazonaws.com"), forSource)),
			want:    []string{`"events.amazonaws.com" is neither an ARN nor an account`},
		},
		{
			name: "a service as an ARN with a token", why: "C8",
			grantee: inAnyStack(arnPrincipal("s3." + *awscdk.Aws_URL_SUFFIX())),
			want:    []string{`"s3.{}" is neither an ARN nor an account`},
		},
		{
			name: "a service in Fn::Sub", why: "C8",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				return awsiam.NewArnPrincipal(awscdk.Fn_Sub(jsii.String("cloudfront.${AWS::URLSuffix}"), nil))
			},
			want: []string{`"cloudfront.{}" is neither an ARN nor an account`},
		},
		{
			name: "a service by a condition", why: "C8",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := jsii.String("arn:aws:iam::" + theirs + ":role/worker")
				return awsiam.NewArnPrincipal(awscdk.Token_AsString(
					awscdk.Fn_ConditionIf(jsii.String("Choice"), arn, jsii.String("sns.amazonaws.com")), nil))
			},
			want: []string{`"sns.amazonaws.com" is neither an ARN nor an account`},
		},
		{
			name: "a name", why: "Lambda takes none",
			grantee: inAnyStack(arnPrincipal("worker")),
			want:    []string{"neither an ARN nor an account"},
		},
		{
			name: "a service for an account or none", why: "then the condition is not there",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				either := awscdk.Token_AsString(
					awscdk.Fn_ConditionIf(jsii.String("Choice"), jsii.String(account), awscdk.Aws_NO_VALUE()), nil)
				return withConditions(service, conditions{"StringEquals": conditions{"aws:SourceAccount": either}})
			},
			want: []string{"calls for every AWS customer"},
		},
		{
			name: "a service for the organization", why: "a permission cannot say it",
			grantee: inAnyStack(withConditions(service, conditions{
				"StringEquals": conditions{"aws:SourceOrgID": "o-a1b2c3d4e5"},
			})),
			want: []string{"cannot say StringEquals on aws:SourceOrgID", "aws:SourceArn"},
		},
		{
			name: "a service for all accounts' resources", why: "C8",
			grantee: inAnyStack(withConditions(service, sourceArn("ArnLike", "arn:aws:cloudfront::*:distribution/*"))),
			want:    []string{"calls for every AWS customer"},
		},
		{
			name: "a service for some account's resources", why: "C8",
			grantee: inAnyStack(withConditions(service,
				sourceArn("ArnLike", "arn:aws:cloudfront::11112222333?:distribution/E1"))),
			want: []string{"calls for every AWS customer"},
		},
		{
			name: "a service for anything", why: "C8",
			grantee: inAnyStack(withConditions(service, sourceArn("ArnLike", "*"))),
			want:    []string{"calls for every AWS customer"},
		},
		{
			name: "a service for buckets by a pattern", why: "anyone may make such a bucket",
			grantee: inAnyStack(withConditions(servicePrincipal("s3.amazonaws.com"),
				sourceArn("ArnLike", "arn:aws:s3:::app-*"))),
			want: []string{"calls for every AWS customer"},
		},
		{
			name: "a service for two sources", why: "CDK drops a list in silence",
			grantee: inAnyStack(withConditions(service, sourceArn("ArnLike", []string{source, source + "2"}))),
			want:    []string{"cannot say ArnLike on aws:SourceArn", "one value each"},
		},
		{
			name: "a service for what is not a source", why: "it would be open to all others",
			grantee: inAnyStack(withConditions(service, sourceArn("ArnNotLike", source))),
			want:    []string{"cannot say ArnNotLike on aws:SourceArn"},
		},
		{
			name: "a service where the source is known", why: "it holds without one too",
			grantee: inAnyStack(withConditions(service, sourceArn("ArnLikeIfExists", source))),
			want:    []string{"cannot say ArnLikeIfExists on aws:SourceArn"},
		},
		{
			name: "a source twice", why: "one of them would be dropped",
			grantee: inAnyStack(withConditions(service, conditions{
				"ArnLike": conditions{"aws:SourceArn": source, "AWS:SourceArn": source + "2"},
			})),
			want: []string{"cannot say ArnLike on"},
		},
		{
			name: "an account with a condition", why: "a permission cannot say it",
			grantee: inAnyStack(withConditions(accountPrincipal(theirs), fromOffice)),
			want:    []string{"cannot say IpAddress on aws:SourceIp"},
		},
		{
			name: "an organization's part", why: "a permission cannot say it",
			grantee: inAnyStack(withConditions(arnPrincipal("arn:aws:iam::"+theirs+":role/worker"), conditions{
				"ForAnyValue:StringLike": conditions{"aws:PrincipalOrgPaths": "o-a/r-b/*"},
			})),
			want: []string{"cannot say ForAnyValue:StringLike on aws:PrincipalOrgPaths"},
		},
		{
			name: "an organization and a source", why: "Lambda takes one of them",
			grantee: inAnyStack(withConditions(service, conditions{
				"StringEquals": conditions{"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:SourceAccount": account},
			})),
			want: []string{"aws:PrincipalOrgID beside a source"},
		},
		{
			name: "a role elsewhere with a condition", why: "a permission cannot say it",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := jsii.String("arn:aws:iam::" + theirs + ":role/worker")
				return withConditions(awsiam.Role_FromRoleArn(s, jsii.String("Theirs"), arn, nil), fromOffice)
			},
			want: []string{"cannot say IpAddress on aws:SourceIp", "a role of this account"},
		},
		{
			name: "a role with another auth type", why: "it would take the place of Furl's",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				open := conditions{"StringEquals": conditions{"LAMBDA:functionurlauthtype": "NONE"}}
				return withConditions(workerRole(s), open)
			},
			want: []string{"lambda:FunctionUrlAuthType, which Furl writes"},
		},
		{
			name: "a role that calls otherwise", why: "it would take the place of Furl's",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				byApi := conditions{"BoolIfExists": conditions{"lambda:InvokedViaFunctionUrl": "false"}}
				return withConditions(workerRole(s), byApi)
			},
			want: []string{"lambda:InvokedViaFunctionUrl, which Furl writes"},
		},
		{
			name: "keys that are a token", why: "Furl's own would be lost",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				team := conditions{"aws:PrincipalTag/team": "a"}
				keys := awscdk.NewCfnJson(s, jsii.String("Keys"), &awscdk.CfnJsonProps{Value: team})
				return withConditions(workerRole(s), conditions{"StringEquals": keys})
			},
			want: []string{"under StringEquals are a token"},
		},
		{
			name: "a federated identity", why: "it calls under a role",
			grantee: inAnyStack(awsiam.NewFederatedPrincipal(jsii.String("accounts.google.com"), nil, nil)),
			want:    []string{"a federated identity", "grant that role"},
		},
		{
			name: "a web identity", why: "it calls under a role",
			grantee: inAnyStack(awsiam.NewWebIdentityPrincipal(jsii.String("cognito-identity.amazonaws.com"), nil)),
			want:    []string{"a federated identity"},
		},
		{
			name: "an OpenID Connect identity", why: "it calls under a role",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := jsii.String("arn:aws:iam::" + account + ":oidc-provider/token.actions.githubusercontent.com")
				provider := awsiam.OpenIdConnectProvider_FromOpenIdConnectProviderArn(s, jsii.String("Idp"), arn)
				return awsiam.NewOpenIdConnectPrincipal(provider, nil)
			},
			want: []string{"a federated identity"},
		},
		{
			name: "a SAML identity", why: "it calls under a role",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := jsii.String("arn:aws:iam::" + account + ":saml-provider/corp")
				provider := awsiam.SamlProvider_FromSamlProviderArn(s, jsii.String("Idp"), arn)
				return awsiam.NewSamlPrincipal(provider, &conditions{})
			},
			want: []string{"a federated identity"},
		},
		{
			name: "a SAML identity of the console", why: "it calls under a role",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := jsii.String("arn:aws:iam::" + account + ":saml-provider/corp")
				provider := awsiam.SamlProvider_FromSamlProviderArn(s, jsii.String("Idp"), arn)
				return awsiam.NewSamlConsolePrincipal(provider, &conditions{})
			},
			want: []string{"a federated identity"},
		},
		{
			name: "a canonical user", why: "only S3 knows it",
			grantee: inAnyStack(awsiam.NewCanonicalUserPrincipal(jsii.String("79a59df900b949e55d96a1e698fbaced"))),
			want:    []string{"a canonical user"},
		},
		{
			name: "two principals under a condition", why: "a permission has one principal",
			grantee: func(awscdk.Stack) awsiam.IGrantable {
				both := awsiam.NewCompositePrincipal(accountPrincipal(theirs), accountPrincipal("777788889999"))
				return withConditions(both, forAccount)
			},
			want: []string{"several principals under one condition", "for each"},
		},
		{
			name: "an imported function", why: "its role is not known",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				return awslambda.Function_FromFunctionName(s, jsii.String("Caller"), jsii.String("caller"))
			},
			want: []string{"CDK does not know who it is", "import it with its role"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api := defaultApi(stack)
			message := refusal(t, func() { api.GrantInvokeUrl(row.grantee(stack)) })
			expectText(t, message, append(row.want, `furl.SecureFunctionUrl at "Demo/Api": GrantInvokeUrl`)...)
		})
	}
	for _, row := range sourcesOfAnyone {
		t.Run("a source "+row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api := defaultApi(stack)
			grantee := withConditions(service, sourceArn("ArnLike", row.arn(stack)))
			message := refusal(t, func() { api.GrantInvokeUrl(grantee) })
			expectText(t, message, "cloudfront.amazonaws.com calls for every AWS customer")
		})
	}
	t.Run("of a behaviour", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "ap-northeast-1")
		behavior := defaultApi(stack).AddBehavior("/more", newFunction(stack, "More"), nil)
		message := refusal(t, func() { behavior.GrantInvokeUrl(service) })
		expectText(t, message, `furl.Behavior at "Demo/Api/Behavior`, "every AWS customer")
	})
}

// inAnyStack gives the same grantee for each stack.
func inAnyStack(grantee awsiam.IGrantable) func(awscdk.Stack) awsiam.IGrantable {
	return func(awscdk.Stack) awsiam.IGrantable { return grantee }
}
