package main

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/furl-cdk/furl/lambdas/demo/internal/token"
)

func TestAuthorize(t *testing.T) {
	const arn = "arn:aws:execute-api:eu-west-1:111122223333:abc/Prod/POST/grant"
	key, now := []byte("the key"), time.Unix(1_800_000_000, 0)
	good, err := token.New(key, "ada", now)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := token.New([]byte("another key"), "ada", now)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, why, given string
		at               time.Time
		good             bool
	}{
		{"bearer", "the right way", "Bearer " + good, now, true},
		{"bare token", "not a bearer token", good, now, false},
		{"basic", "another scheme", "Basic " + good, now, false},
		{"forged", "another key", "Bearer " + forged, now, false},
		{"expired", "an hour later", "Bearer " + good, now.Add(token.Lifetime), false},
		{"none", "nothing", "", now, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := authorize(key, request{AuthorizationToken: row.given, MethodArn: arn}, row.at)
			if !row.good {
				if !errors.Is(err, errUnauthorized) || err.Error() != "Unauthorized" ||
					got.PrincipalID != "" || len(got.PolicyDocument.Statement) != 0 {
					t.Errorf("%s: %+v, %v", row.why, got, err)
				}
				return
			}
			if err != nil || got.PrincipalID != "ada" || len(got.PolicyDocument.Statement) != 1 {
				t.Fatalf("%+v, %v", got, err)
			}
			statement := got.PolicyDocument.Statement[0]
			if statement.Effect != "Allow" || !slices.Equal(statement.Resource, []string{arn, arn + "/"}) ||
				!slices.Equal(statement.Action, []string{"execute-api:Invoke"}) {
				t.Errorf("the policy is %+v", statement)
			}
		})
	}
}
