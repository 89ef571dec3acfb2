package local

import (
	"os/exec"
	"testing"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/cognito"
)

// TestQuoted lets a shell read the words back.
func TestQuoted(t *testing.T) {
	for _, row := range []struct{ name, why, text, want string }{
		{"a construct path", "nothing in it is the shell's", "Demo/Pool", "Demo/Pool"},
		{"a space", "it would be two words", "My Stage/Pool", "'My Stage/Pool'"},
		{"a variable", "it would be replaced", "$HOME", "'$HOME'"},
		{"a quote", "it would end the word", "it's", `'it'\''s'`},
		{"nothing", "it would be no word", "", "''"},
	} {
		if got := quoted(row.text); got != row.want {
			t.Errorf("%s: %s, want %s (%s)", row.name, got, row.want, row.why)
		}
		read, err := exec.Command("sh", "-c", "printf %s "+quoted(row.text)).Output()
		if err != nil || string(read) != row.text {
			t.Errorf("%s: a shell reads %q (%v)", row.name, read, err)
		}
	}
}

func TestTokenLine(t *testing.T) {
	web := &cognito.Client{Path: "Demo/Web"}
	one := apigateway.Guarded{Pool: &cognito.Pool{Path: "Demo/Pool", Clients: []*cognito.Client{web}}, Client: web}
	two := one
	two.Pool = &cognito.Pool{Path: "Demo/Pool", Clients: []*cognito.Client{{Path: "Demo/App"}, web}}
	two.Scope = "orders/read"
	for _, row := range []struct {
		name, why, assembly string
		guarded             apigateway.Guarded
		want                string
	}{
		{"the shortest", "the rest is by default", "cdk.out", one, "token --pool Demo/Pool --user you"},
		{
			"another folder", "furl token must find it", "../my app", one,
			"token --assembly '../my app' --pool Demo/Pool --user you",
		},
		{
			"a scope and clients", "the method wants them", "cdk.out", two,
			"token --pool Demo/Pool --client Demo/Web --use access --scope orders/read --user you",
		},
	} {
		want := "TOKEN=$(" + commandName() + " " + row.want + ")"
		if got := tokenLine(row.guarded, Options{Assembly: row.assembly}); got != want {
			t.Errorf("%s: %s, want %s (%s)", row.name, got, want, row.why)
		}
	}
}
