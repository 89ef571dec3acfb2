package local

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestOtherCommandsRefused: the errors of furl token and furl credentials say what there is.
func TestOtherCommandsRefused(t *testing.T) {
	resources := restResources()
	withPool(resources)
	resources["App"] = resources["Web"]
	dir := assemble(t, resources, nil)
	_, err := Credentials(t.Context(), dir, "Demo/Role")
	if err == nil || !strings.Contains(err.Error(), "start one") {
		t.Errorf("nothing runs: %v", err)
	}
	serveAssembly(t, dir)
	second := serveAssembly(t, dir)
	if !strings.Contains(second.said(), "do not ask this furl local: another furl local runs on this assembly") {
		t.Errorf("the second one says\n%s", second.said())
	}
	token := TokenOptions{Assembly: dir, Pool: "Demo/Pool", User: "ada", Use: "id", Client: "Demo/Web"}
	for _, row := range []struct {
		name, why string
		change    func(o *TokenOptions)
		want      string // "" for a token
	}{
		{name: "right", why: "the others differ from it", change: func(*TokenOptions) {}},
		{
			name: "another pool", why: "it is not there", change: func(o *TokenOptions) { o.Pool = "Demo/X" },
			want: "there is no user pool Demo/X: there is Demo/Pool",
		},
		{
			name: "several clients", why: "none is meant", change: func(o *TokenOptions) { o.Client = "" },
			want: "name one with --client, of Demo/App, Demo/Web",
		},
		{
			name: "a wrong use", why: "there are two", change: func(o *TokenOptions) { o.Use = "refresh" },
			want: `not "refresh"`,
		},
	} {
		options := token
		row.change(&options)
		_, err := Token(t.Context(), options)
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %q (%s)", row.name, err, row.want, row.why)
		}
	}
	_, err = Credentials(t.Context(), dir, "Demo/Fn")
	if err == nil || !strings.Contains(err.Error(), "there is no role or user Demo/Fn: there is Demo/Role") {
		t.Errorf("a function's path: %v", err)
	}
}

// TestCredentials: the AWS SDK, set up by the variables, is the role for an hour.
func TestCredentials(t *testing.T) {
	dir := assemble(t, restResources(), nil)
	s := serveAssembly(t, dir)
	pairs, err := Credentials(t.Context(), dir, "Demo/Role")
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{}
	for _, pair := range pairs {
		variables[pair.Name] = pair.Value
		if strings.ContainsAny(pair.Value, "'\n") {
			t.Errorf("%s has a quote or a line break in it", pair.Name)
		}
	}
	if variables["AWS_ENDPOINT_URL_STS"] != s.STS || variables["AWS_REGION"] != "eu-west-1" ||
		variables["AWS_SESSION_TOKEN"] == "" {
		t.Errorf("variables %v", variables)
	}
	identity, err := sts.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_STS")).GetCallerIdentity(t.Context(), nil)
	if err != nil || !strings.HasSuffix(aws.ToString(identity.Arn), "/furl-credentials") ||
		!strings.Contains(aws.ToString(identity.Arn), ":assumed-role/Demo-Role-") {
		t.Errorf("the caller is %v (%v)", identity, err)
	}
}

// TestCredentialsOfUser: a user has keys without a session, the permissions of its policies, and no limit of chained
// roles. A user of a group has no keys, since the group may deny.
func TestCredentialsOfUser(t *testing.T) {
	user := func(properties object) object {
		return object{"Type": "AWS::IAM::User", "Properties": properties}
	}
	statement := func(action string) object {
		return object{"Statement": object{"Effect": "Allow", "Action": action, "Resource": "*"}}
	}
	resources := hello()
	resources["Ada"] = user(object{"UserName": "ada", "Path": "/team/"})
	resources["Eve"] = user(object{"UserName": "eve"})
	resources["Member"] = user(object{"Groups": []any{"admins"}})
	resources["Added"] = user(object{})
	resources["Addition"] = object{"Type": "AWS::IAM::UserToGroupAddition", "Properties": object{
		"GroupName": "admins", "Users": []any{ref("Added")},
	}}
	resources["AdasPolicy"] = object{"Type": "AWS::IAM::Policy", "Properties": object{
		"PolicyName": "p", "PolicyDocument": statement("sts:AssumeRole"), "Users": []any{ref("Ada")},
	}}
	resources["EvesPolicy"] = object{"Type": "AWS::IAM::UserPolicy", "Properties": object{
		"PolicyName": "p", "PolicyDocument": statement("s3:*"), "UserName": ref("Eve"),
	}}
	resources["Worker"] = role()
	trust := object{"Statement": object{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"AWS": "111122223333"},
	}}
	set(resources, "Worker", object{
		"RoleName": "worker", "MaxSessionDuration": 7200, "AssumeRolePolicyDocument": trust,
	})
	dir := assemble(t, resources, nil)
	serveAssembly(t, dir)
	client := func(path string) *sts.Client {
		pairs, err := Credentials(t.Context(), dir, path)
		if err != nil {
			t.Fatal(err)
		}
		variables := map[string]string{}
		for _, pair := range pairs {
			variables[pair.Name] = pair.Value
		}
		if _, has := variables["AWS_SESSION_TOKEN"]; has {
			t.Errorf("%s has a session token", path)
		}
		return sts.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_STS"))
	}
	adasCalls, evesCalls := client("Demo/Ada"), client("Demo/Eve")
	identity, err := adasCalls.GetCallerIdentity(t.Context(), nil)
	if err != nil || aws.ToString(identity.Arn) != "arn:aws:iam::111122223333:user/team/ada" {
		t.Errorf("the caller is %v (%v)", identity, err)
	}
	long := &sts.AssumeRoleInput{
		RoleArn:         aws.String("arn:aws:iam::111122223333:role/worker"),
		RoleSessionName: aws.String("ada"), DurationSeconds: aws.Int32(7200),
	}
	before := time.Now()
	lease, err := adasCalls.AssumeRole(t.Context(), long)
	if err != nil || lease.Credentials.Expiration.Sub(before) < 2*time.Hour-time.Minute {
		t.Errorf("a session of two hours: %v", err)
	}
	_, err = evesCalls.AssumeRole(t.Context(), long)
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("a user without the permission: %v", err)
	}
	for _, path := range []string{"Demo/Member", "Demo/Added"} {
		_, err := Credentials(t.Context(), dir, path)
		if err == nil || !strings.Contains(err.Error(), "is in a group") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
