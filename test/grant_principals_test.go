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

// when wraps a principal into one with conditions.
func when(principal awsiam.IPrincipal, given conditions) awsiam.IPrincipal {
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

// TestGrantedPrincipals: every kind of principal that CDK has and Lambda or IAM takes, with its conditions in both
// statements.
func TestGrantedPrincipals(t *testing.T) {
	rows := []struct {
		name, why string
		grantee   func(awscdk.Stack) awsiam.IGrantable
		want      string // what both statements have beside their own, as JSON; identity ones begin with "identity"
	}{
		{
			name: "a role", why: "its own policy will do",
			grantee: func(s awscdk.Stack) awsiam.IGrantable { return workerRole(s) },
			want:    `identity {}`,
		},
		{
			name: "a role with a condition", why: "C9",
			grantee: func(s awscdk.Stack) awsiam.IGrantable { return when(workerRole(s), fromOffice) },
			want:    `identity {"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}`,
		},
		{
			name: "a role with conditions in two wrappers and tags", why: "all of them hold",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				inner := when(workerRole(s), conditions{"Bool": conditions{"aws:MultiFactorAuthPresent": "true"}})
				team := conditions{"StringEquals": conditions{"aws:PrincipalTag/team": "a"}}
				return when(awsiam.NewSessionTagsPrincipal(inner), team)
			},
			want: `identity {"Bool":{"aws:MultiFactorAuthPresent":"true"},` +
				`"StringEquals":{"aws:PrincipalTag/team":"a"}}`,
		},
		{
			name: "a user with a condition", why: "it has a policy too",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				until := conditions{"DateLessThan": conditions{"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
				return when(awsiam.NewUser(s, jsii.String("User"), nil), until)
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
				return when(awsiam.Role_FromRoleName(s, jsii.String("Theirs"), jsii.String("worker"), nil), fromOffice)
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
			grantee: always(arnPrincipal("arn:aws:iam::" + theirs + ":user/ci")),
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
				return when(servicePrincipal("scheduler.amazonaws.com"), forSource)
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
				return when(when(servicePrincipal("s3.amazonaws.com"), buckets), ours)
			},
			want: `{"Principal":"s3.amazonaws.com","SourceAccount":"111122223333","SourceArn":"arn:aws:s3:::*"}`,
		},
		{
			name: "an account's number as an ARN", why: "IAM takes it as a principal",
			grantee: always(arnPrincipal(theirs)),
			want:    `{"Principal":"444455556666"}`,
		},
		{
			name: "an ARN with tokens in it", why: "it begins like one",
			grantee: always(arnPrincipal("arn:" + *awscdk.Aws_PARTITION() + ":iam::" + theirs + ":user/ci")),
			want: `{"Principal":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},` +
				`":iam::444455556666:user/ci"]]}}`,
		},
		{
			name: "a service for a resource of this account", why: "CDK writes its ARN with tokens",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := s.FormatArn(&awscdk.ArnComponents{
					Service: jsii.String("events"), Resource: jsii.String("rule"), ResourceName: jsii.String("*"),
				})
				return when(servicePrincipal("events.amazonaws.com"), sourceArn("ArnLike", arn))
			},
			want: `{"Principal":"events.amazonaws.com","SourceArn":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},` +
				`":events:REGION:111122223333:rule/*"]]}}`,
		},
		{
			name: "a service for what only the deployment knows", why: "tokens pass",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				arn := awscdk.NewCfnParameter(s, jsii.String("From"), nil).ValueAsString()
				return when(servicePrincipal("events.amazonaws.com"), sourceArn("ArnLike", arn))
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

// identityExtras are the conditions of the statements in principals' policies, without Furl's own, which must be there.
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

// TestGrantComposite: each member of a composite principal is granted by itself, and refused by itself.
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

// wideSources are patterns with tokens in them that match what other accounts have.
var wideSources = []struct {
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

// TestRefusedPrincipals: what would let in more than was meant, would be dropped, or fail at deployment.
func TestRefusedPrincipals(t *testing.T) {
	service := servicePrincipal("cloudfront.amazonaws.com")
	rows := []struct {
		name, why string
		grantee   func(awscdk.Stack) awsiam.IGrantable
		want      []string
	}{
		{
			"nothing", "a nil would crash",
			func(awscdk.Stack) awsiam.IGrantable { return nil },
			[]string{"there is no principal"},
		},
		{
			"anyone", "C10",
			always(awsiam.NewAnyPrincipal()),
			[]string{"everyone with an AWS account", "NewOrganizationPrincipal"},
		},
		{"a star", "C10", always(awsiam.NewStarPrincipal()), []string{"everyone with an AWS account"}},
		{"a star as an ARN", "C10", always(arnPrincipal("*")), []string{"everyone with an AWS account"}},
		{
			"anyone under another condition", "only an organization bounds it",
			always(when(awsiam.NewAnyPrincipal(), forAccount)),
			[]string{"everyone with an AWS account"},
		},
		{
			"anyone from an address", "a permission cannot say it",
			always(when(awsiam.NewAnyPrincipal(), fromOffice)),
			[]string{"cannot say IpAddress on aws:SourceIp"},
		},
		{
			"all roles of an account", "C10",
			always(arnPrincipal("arn:aws:iam::" + theirs + ":role/*")),
			[]string{"has a wildcard"},
		},
		{
			"a question mark", "C10",
			always(arnPrincipal("arn:aws:iam::" + theirs + ":role/worker-?")),
			[]string{"has a wildcard"},
		},
		{"any account", "C10", always(accountPrincipal("*")), []string{"has a wildcard"}},
		{"a wildcard beside a token", "C10", func(s awscdk.Stack) awsiam.IGrantable {
			id := awscdk.NewCfnParameter(s, jsii.String("Id"), nil).ValueAsString()
			return arnPrincipal("arn:aws:iam::" + *id + ":role/*")
		}, []string{"has a wildcard"}},
		{
			"a wildcard in an organization", "C10",
			always(awsiam.NewArnPrincipal(jsii.String("arn:aws:iam::*:role/worker")).
				InOrganization(jsii.String("o-a1b2c3d4e5"))),
			[]string{"has a wildcard"},
		},
		{"an imported role with a wildcard", "C10", func(s awscdk.Stack) awsiam.IGrantable {
			arn := jsii.String("arn:aws:iam::" + account + ":role/team-*")
			return awsiam.Role_FromRoleArn(s, jsii.String("All"), arn, nil)
		}, []string{"has a wildcard"}},
		{
			"a service", "C8",
			always(service),
			[]string{"cloudfront.amazonaws.com calls for every AWS customer", "aws:SourceAccount"},
		},
		{
			"a service as an ARN", "C8: no source would be asked for",
			always(arnPrincipal("cloudfront.amazonaws.com")),
			[]string{`"cloudfront.amazonaws.com" is neither an ARN nor an account`, "NewServicePrincipal"},
		},
		{
			"a service as an ARN for a source", "as a service it says what it is",
			always(when(arnPrincipal("events.amazonaws.com"), forSource)),
			[]string{`"events.amazonaws.com" is neither an ARN nor an account`},
		},
		{
			"a service as an ARN with a token", "C8",
			always(arnPrincipal("s3." + *awscdk.Aws_URL_SUFFIX())),
			[]string{`"s3.{}" is neither an ARN nor an account`},
		},
		{
			"a service in Fn::Sub", "C8",
			always(awsiam.NewArnPrincipal(awscdk.Fn_Sub(jsii.String("cloudfront.${AWS::URLSuffix}"), nil))),
			[]string{`"cloudfront.{}" is neither an ARN nor an account`},
		},
		{"a service by a condition", "C8", func(s awscdk.Stack) awsiam.IGrantable {
			arn := jsii.String("arn:aws:iam::" + theirs + ":role/worker")
			return awsiam.NewArnPrincipal(awscdk.Token_AsString(
				awscdk.Fn_ConditionIf(jsii.String("Choice"), arn, jsii.String("sns.amazonaws.com")), nil))
		}, []string{`"sns.amazonaws.com" is neither an ARN nor an account`}},
		{"a name", "Lambda takes none", always(arnPrincipal("worker")), []string{"neither an ARN nor an account"}},
		{"a service for an account or none", "then the condition is not there", func(awscdk.Stack) awsiam.IGrantable {
			either := awscdk.Token_AsString(
				awscdk.Fn_ConditionIf(jsii.String("Choice"), jsii.String(account), awscdk.Aws_NO_VALUE()), nil)
			return when(service, conditions{"StringEquals": conditions{"aws:SourceAccount": either}})
		}, []string{"calls for every AWS customer"}},
		{
			"a service for the organization", "a permission cannot say it",
			always(when(service, conditions{"StringEquals": conditions{"aws:SourceOrgID": "o-a1b2c3d4e5"}})),
			[]string{"cannot say StringEquals on aws:SourceOrgID", "aws:SourceArn"},
		},
		{
			"a service for all accounts' resources", "C8",
			always(when(service, sourceArn("ArnLike", "arn:aws:cloudfront::*:distribution/*"))),
			[]string{"calls for every AWS customer"},
		},
		{
			"a service for some account's resources", "C8",
			always(when(service, sourceArn("ArnLike", "arn:aws:cloudfront::11112222333?:distribution/E1"))),
			[]string{"calls for every AWS customer"},
		},
		{
			"a service for anything", "C8",
			always(when(service, sourceArn("ArnLike", "*"))),
			[]string{"calls for every AWS customer"},
		},
		{
			"a service for buckets by a pattern", "anyone may make such a bucket",
			always(when(servicePrincipal("s3.amazonaws.com"), sourceArn("ArnLike", "arn:aws:s3:::app-*"))),
			[]string{"calls for every AWS customer"},
		},
		{
			"a service for two sources", "CDK drops a list in silence",
			always(when(service, sourceArn("ArnLike", []string{source, source + "2"}))),
			[]string{"cannot say ArnLike on aws:SourceArn", "one value each"},
		},
		{
			"a service for what is not a source", "it would be open to all others",
			always(when(service, sourceArn("ArnNotLike", source))),
			[]string{"cannot say ArnNotLike on aws:SourceArn"},
		},
		{
			"a service where the source is known", "it holds without one too",
			always(when(service, sourceArn("ArnLikeIfExists", source))),
			[]string{"cannot say ArnLikeIfExists on aws:SourceArn"},
		},
		{
			"a source twice", "one of them would be dropped",
			always(when(service, conditions{
				"ArnLike": conditions{"aws:SourceArn": source, "AWS:SourceArn": source + "2"},
			})),
			[]string{"cannot say ArnLike on"},
		},
		{
			"an account with a condition", "a permission cannot say it",
			always(when(accountPrincipal(theirs), fromOffice)),
			[]string{"cannot say IpAddress on aws:SourceIp"},
		},
		{
			"an organization's part", "a permission cannot say it",
			always(when(arnPrincipal("arn:aws:iam::"+theirs+":role/worker"), conditions{
				"ForAnyValue:StringLike": conditions{"aws:PrincipalOrgPaths": "o-a/r-b/*"},
			})),
			[]string{"cannot say ForAnyValue:StringLike on aws:PrincipalOrgPaths"},
		},
		{
			"an organization and a source", "Lambda takes one of them",
			always(when(service, conditions{
				"StringEquals": conditions{"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:SourceAccount": account},
			})),
			[]string{"aws:PrincipalOrgID beside a source"},
		},
		{"a role elsewhere with a condition", "a permission cannot say it", func(s awscdk.Stack) awsiam.IGrantable {
			arn := jsii.String("arn:aws:iam::" + theirs + ":role/worker")
			return when(awsiam.Role_FromRoleArn(s, jsii.String("Theirs"), arn, nil), fromOffice)
		}, []string{"cannot say IpAddress on aws:SourceIp", "a role of this account"}},
		{"a role with another auth type", "it would take the place of Furl's", func(s awscdk.Stack) awsiam.IGrantable {
			return when(workerRole(s), conditions{"StringEquals": conditions{"LAMBDA:functionurlauthtype": "NONE"}})
		}, []string{"lambda:FunctionUrlAuthType, which Furl writes"}},
		{"a role that calls otherwise", "it would take the place of Furl's", func(s awscdk.Stack) awsiam.IGrantable {
			return when(workerRole(s), conditions{"BoolIfExists": conditions{"lambda:InvokedViaFunctionUrl": "false"}})
		}, []string{"lambda:InvokedViaFunctionUrl, which Furl writes"}},
		{"keys that are a token", "Furl's own would be lost", func(s awscdk.Stack) awsiam.IGrantable {
			team := conditions{"aws:PrincipalTag/team": "a"}
			keys := awscdk.NewCfnJson(s, jsii.String("Keys"), &awscdk.CfnJsonProps{Value: team})
			return when(workerRole(s), conditions{"StringEquals": keys})
		}, []string{"under StringEquals are a token"}},
		{
			"a federated identity", "it calls under a role",
			always(awsiam.NewFederatedPrincipal(jsii.String("accounts.google.com"), nil, nil)),
			[]string{"a federated identity", "grant that role"},
		},
		{
			"a web identity", "it calls under a role",
			always(awsiam.NewWebIdentityPrincipal(jsii.String("cognito-identity.amazonaws.com"), nil)),
			[]string{"a federated identity"},
		},
		{"an OpenID Connect identity", "it calls under a role", func(s awscdk.Stack) awsiam.IGrantable {
			arn := jsii.String("arn:aws:iam::" + account + ":oidc-provider/token.actions.githubusercontent.com")
			provider := awsiam.OpenIdConnectProvider_FromOpenIdConnectProviderArn(s, jsii.String("Idp"), arn)
			return awsiam.NewOpenIdConnectPrincipal(provider, nil)
		}, []string{"a federated identity"}},
		{"a SAML identity", "it calls under a role", func(s awscdk.Stack) awsiam.IGrantable {
			arn := jsii.String("arn:aws:iam::" + account + ":saml-provider/corp")
			provider := awsiam.SamlProvider_FromSamlProviderArn(s, jsii.String("Idp"), arn)
			return awsiam.NewSamlPrincipal(provider, &conditions{})
		}, []string{"a federated identity"}},
		{"a SAML identity of the console", "it calls under a role", func(s awscdk.Stack) awsiam.IGrantable {
			arn := jsii.String("arn:aws:iam::" + account + ":saml-provider/corp")
			provider := awsiam.SamlProvider_FromSamlProviderArn(s, jsii.String("Idp"), arn)
			return awsiam.NewSamlConsolePrincipal(provider, &conditions{})
		}, []string{"a federated identity"}},
		{
			"a canonical user", "only S3 knows it",
			always(awsiam.NewCanonicalUserPrincipal(jsii.String("79a59df900b949e55d96a1e698fbaced"))),
			[]string{"a canonical user"},
		},
		{"two principals under a condition", "a permission has one principal", func(awscdk.Stack) awsiam.IGrantable {
			both := awsiam.NewCompositePrincipal(accountPrincipal(theirs), accountPrincipal("777788889999"))
			return when(both, forAccount)
		}, []string{"several principals under one condition", "for each"}},
		{"an imported function", "its role is not known", func(s awscdk.Stack) awsiam.IGrantable {
			return awslambda.Function_FromFunctionName(s, jsii.String("Caller"), jsii.String("caller"))
		}, []string{"CDK does not know who it is", "import it with its role"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api := defaultApi(stack)
			message := refusal(t, func() { api.GrantInvokeUrl(row.grantee(stack)) })
			expectText(t, message, append(row.want, `furl.SecureFunctionUrl at "Demo/Api": GrantInvokeUrl`)...)
		})
	}
	for _, row := range wideSources {
		t.Run("a source "+row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api := defaultApi(stack)
			grantee := when(service, sourceArn("ArnLike", row.arn(stack)))
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

func always(grantee awsiam.IGrantable) func(awscdk.Stack) awsiam.IGrantable {
	return func(awscdk.Stack) awsiam.IGrantable { return grantee }
}
