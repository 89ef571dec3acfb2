package main

import (
	"testing"

	"github.com/furl-cdk/furl/local"
)

func TestExportLines(t *testing.T) {
	key := local.Variable{Name: "AWS_ACCESS_KEY_ID", Value: "AKIA+/="}
	token := local.Variable{Name: "AWS_SESSION_TOKEN", Value: "t"}
	for _, row := range []struct {
		name, why string
		variables []local.Variable
		want      string
	}{
		{
			name: "role", why: "with a session", variables: []local.Variable{key, token},
			want: "export AWS_ACCESS_KEY_ID='AKIA+/='\nexport AWS_SESSION_TOKEN='t'\n",
		},
		{
			name: "user", why: "a token of before would not fit", variables: []local.Variable{key},
			want: "export AWS_ACCESS_KEY_ID='AKIA+/='\nunset AWS_SESSION_TOKEN\n",
		},
		{
			name: "quote", why: "the shell must not run what follows it",
			variables: []local.Variable{token, {Name: "AWS_REGION", Value: "x'; reboot; '"}},
			want:      `export AWS_SESSION_TOKEN='t'` + "\n" + `export AWS_REGION='x'\''; reboot; '\'''` + "\n",
		},
	} {
		if lines := exportLines(row.variables); lines != row.want {
			t.Errorf("%s: %q, want %q (%s)", row.name, lines, row.want, row.why)
		}
	}
}
