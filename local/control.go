package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/control"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// TokenOptions says which token [Token] asks for.
type TokenOptions struct {
	Assembly string            `json:"-"` // folder of the assembly that furl local runs
	Pool     string            // construct path of the user pool
	Issuer   string            // in place of Pool, any other issuer that an origin names
	User     string            // any name
	Client   string            // construct path or id of the app client; "" for the pool's only one
	Audience []string          // of an Issuer's token; nil for the only one that origins take
	Use      string            // "id" or "access"; "" for "id", or for what an Issuer's origins take
	Claims   map[string]string // further claims
	Scopes   []string          // of an access token; nil for what InitiateAuth gives, or for none of an Issuer
}

// Token asks the furl local that runs on an assembly for a token of a user pool or of another issuer. The error names
// the wrong option, or says how to start furl local.
func Token(ctx context.Context, o TokenOptions) (string, error) {
	var token string
	err := control.Call(ctx, o.Assembly, tokenAction, o, &token)
	return token, notRunning(err, o.Assembly)
}

// credentialsAnswer has the variables of [Credentials] in the order in which they are printed.
type credentialsAnswer struct{ Variables []Variable }

// Credentials asks the furl local that runs on an assembly for credentials of a role or user, by its construct path.
// They are environment variables, with the addresses of the AWS APIs among them, and last an hour.
func Credentials(ctx context.Context, assembly, as string) ([]Variable, error) {
	var answer credentialsAnswer
	err := control.Call(ctx, assembly, credentialsAction, as, &answer)
	return answer.Variables, notRunning(err, assembly)
}

func notRunning(err error, assembly string) error {
	if errors.Is(err, control.ErrNotRunning) {
		return fmt.Errorf("no furl local runs on %s: start one in another terminal: %s local --assembly %s", assembly,
			commandName(), quoted(assembly))
	}
	return err
}

const (
	tokenAction       = "token"
	credentialsAction = "credentials"

	// credentialsLife is how long the credentials of furl credentials last.
	credentialsLife = time.Hour
)

// controlParts is what furl's other commands may ask about.
type controlParts struct {
	assembly *assembly.Assembly
	at       *addresses
	pools    *cognito.Pools
	roles    *iam.Roles
	users    *iam.Users
	store    *iam.Store
}

// newControl answers furl's other commands.
func newControl(c controlParts) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /"+tokenAction, control.Answer(c.token))
	mux.Handle("POST /"+credentialsAction, control.Answer(c.credentials))
	return mux
}

func (c controlParts) token(o TokenOptions) (string, error) {
	if o.Issuer != "" {
		provider, err := c.pools.Provider(o.Issuer)
		if err != nil {
			return "", err
		}
		return provider.Token(cognito.ProviderSignIn{
			User: o.User, Audiences: o.Audience, Use: o.Use, Claims: o.Claims, Scopes: o.Scopes,
		}, time.Now())
	}
	pool, err := c.pools.AtPath(o.Pool)
	if err != nil {
		return "", err
	}
	client, err := pool.Client(o.Client)
	if err != nil {
		return "", err
	}
	signIn := cognito.SignIn{Client: client, User: o.User, Claims: o.Claims, Scopes: o.Scopes}
	return pool.Token(signIn, cmp.Or(o.Use, cognito.UseID), time.Now())
}

func (c controlParts) credentials(as string) (credentialsAnswer, error) {
	var paths []string
	for _, resource := range c.assembly.Resources("AWS::IAM::Role", "AWS::IAM::User") {
		if resource.Path == as {
			keys, err := c.keys(resource)
			return c.answer(keys, resource.Stack.Region), err
		}
		paths = append(paths, resource.Path)
	}
	if paths == nil {
		return credentialsAnswer{}, errors.New("the assembly has no role and no user")
	}
	return credentialsAnswer{}, fmt.Errorf("there is no role or user %s: there is %s", as, strings.Join(paths, ", "))
}

// keys are a user's, or those of a session of a role. Nobody's permission to assume the role is asked for.
func (c controlParts) keys(resource *assembly.Resource) (aws.Credentials, error) {
	if resource.Type == "AWS::IAM::User" {
		user, err := c.users.At(resource.Path)
		if err != nil {
			return aws.Credentials{}, err
		}
		return c.store.Keys(user), nil
	}
	arn, err := resource.Attribute("Arn")
	if err != nil {
		return aws.Credentials{}, err
	}
	role, err := c.roles.At(arn)
	if err != nil {
		return aws.Credentials{}, err
	}
	now := time.Now()
	return c.store.Assume(iam.Session{
		Role: role, Name: "furl-credentials", IssuedAt: now, Expires: now.Add(credentialsLife),
	}), nil
}

// answer has the variables of credentials. Those of a user have no session token.
func (c controlParts) answer(keys aws.Credentials, region string) credentialsAnswer {
	answer := credentialsAnswer{[]Variable{
		{Name: "AWS_ACCESS_KEY_ID", Value: keys.AccessKeyID},
		{Name: "AWS_SECRET_ACCESS_KEY", Value: keys.SecretAccessKey},
	}}
	if keys.SessionToken != "" {
		answer.Variables = append(answer.Variables, Variable{Name: "AWS_SESSION_TOKEN", Value: keys.SessionToken})
	}
	answer.Variables = append(answer.Variables, Variable{Name: "AWS_REGION", Value: region})
	variables := c.at.apiVariables()
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		answer.Variables = append(answer.Variables, Variable{Name: name, Value: variables[name]})
	}
	return answer
}
