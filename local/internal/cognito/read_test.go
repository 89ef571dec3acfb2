package cognito

import (
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	client := func(pool any, properties object) object {
		properties["UserPoolId"] = pool
		return object{"Type": "AWS::Cognito::UserPoolClient", "Properties": properties}
	}
	pools, gaps, err := readResources(t, object{
		"One": object{"Type": "AWS::Cognito::UserPool", "Properties": object{"MfaConfiguration": "ON"}},
		"Two": object{
			"Type": "AWS::Cognito::UserPool", "Properties": object{"LambdaConfig": object{"PreSignUp": "arn"}},
		},
		"Web":   client(object{"Ref": "One"}, object{}),
		"App":   client(object{"Ref": "One"}, object{}),
		"Alone": client("eu-west-1_elsewhere", object{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"multi-factor authentication of a user pool: Demo/One", "Lambda triggers of a user pool: Demo/Two",
		"client of a user pool that is not in the assembly: Demo/Alone",
	}
	if lines := gaps.Lines(); !slices.Equal(lines, want) {
		t.Errorf("gaps %q", lines)
	}
	one, found := pools.At(pools.All[0].ARN)
	if !found || one.Path != "Demo/One" || len(one.Clients) != 2 {
		t.Fatalf("found %v: %+v", found, one)
	}
	if _, found := pools.At("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_elsewhere"); found {
		t.Error("a pool that is not there was found")
	}
	for _, row := range []struct {
		name, why string
		find      func() error
		want      string
	}{
		{
			name: "an unknown pool", why: "the error names those that there are",
			find: func() error { _, err := pools.AtPath("Demo/Three"); return err },
			want: "there is no user pool Demo/Three: there is Demo/One, Demo/Two",
		},
		{
			name: "several clients", why: "none of them is meant",
			find: func() error { _, err := one.Client(""); return err },
			want: "name one with --client, of Demo/App, Demo/Web",
		},
		{
			name: "an unknown client", why: "the error names those that there are",
			find: func() error { _, err := one.Client("Demo/Alone"); return err }, want: "it has Demo/App, Demo/Web",
		},
		{
			name: "no client", why: "a token is for one",
			find: func() error { _, err := pools.All[1].Client(""); return err }, want: "has no client",
		},
		{name: "by path", why: "it is there", find: func() error { _, err := one.Client("Demo/Web"); return err }},
		{
			name: "by id", why: "an app has it",
			find: func() error { _, err := one.Client(one.Clients[0].ID); return err },
		},
	} {
		err := row.find()
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %q (%s)", row.name, err, row.want, row.why)
		}
	}
}

// TestReadRefused: a client whose tokens would have a guessed life has none, and the other clients have theirs.
func TestReadRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		client    object
		want      string
	}{
		{
			name: "an unknown unit", why: "the life is unknown", want: "is none of seconds",
			client: object{"IdTokenValidity": 5, "TokenValidityUnits": object{"IdToken": "weeks"}},
		},
		{
			name: "a second", why: "AWS takes 5 minutes at least", want: "is not from 5 minutes to 1 day",
			client: object{"AccessTokenValidity": 1, "TokenValidityUnits": object{"AccessToken": "seconds"}},
		},
		{
			name: "text", why: "a parameter without a value", want: "IdTokenValidity",
			client: object{"IdTokenValidity": "soon"},
		},
		{name: "two days", why: "AWS takes one", want: "is not from 5 minutes", client: object{"IdTokenValidity": 48}},
		{name: "negative", why: "no life", want: "is not from 5 minutes", client: object{"IdTokenValidity": -1}},
	} {
		row.client["UserPoolId"] = object{"Ref": "Pool"}
		pools, gaps, err := readResources(t, object{
			"Pool":   object{"Type": "AWS::Cognito::UserPool"},
			"Client": object{"Type": "AWS::Cognito::UserPoolClient", "Properties": row.client},
			"Other": object{"Type": "AWS::Cognito::UserPoolClient", "Properties": object{
				"UserPoolId": object{"Ref": "Pool"},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if lines := gaps.Lines(); len(lines) != 1 || !strings.Contains(lines[0], row.want) {
			t.Errorf("%s: gaps %q, want %q (%s)", row.name, lines, row.want, row.why)
		}
		if clients := pools.All[0].Clients; len(clients) != 1 || clients[0].Path != "Demo/Other" {
			t.Errorf("%s: %d clients (%s)", row.name, len(clients), row.why)
		}
	}
}

// TestReadPoolRefused: a pool that cannot be read lets nobody in, and the start goes on.
func TestReadPoolRefused(t *testing.T) {
	pools, gaps, err := readResources(t, object{"Pool": object{
		"Type": "AWS::Cognito::UserPool", "Properties": object{"UsernameAttributes": "email"},
	}})
	if err != nil || len(pools.All) != 0 || len(pools.Hosts()) != 0 {
		t.Errorf("pools %v, hosts %v (%v)", pools.All, pools.Hosts(), err)
	}
	if lines := gaps.Lines(); len(lines) != 1 || !strings.Contains(lines[0], "its tokens are refused") {
		t.Errorf("gaps %q", lines)
	}
}
