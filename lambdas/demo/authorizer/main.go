// Command authorizer is the demo's Lambda authorizer. It lets the users through who signed in on the demo's page.
//
// SIGNING_KEY_SECRET_ARN names the secret that the tokens are signed with.
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/furl-cdk/furl/lambdas/demo/internal/secret"
	"github.com/furl-cdk/furl/lambdas/demo/internal/token"
)

type (
	request  = events.APIGatewayCustomAuthorizerRequest
	response = events.APIGatewayCustomAuthorizerResponse
)

func main() {
	var secrets secret.Reader
	lambda.Start(func(ctx context.Context, r request) (response, error) { return handle(ctx, &secrets, r) })
}

// handle lets nobody in while the key cannot be read. API Gateway answers 500 to every error but errUnauthorized.
func handle(ctx context.Context, secrets *secret.Reader, r request) (response, error) {
	key, err := secrets.Read(ctx, os.Getenv("SIGNING_KEY_SECRET_ARN"))
	if err != nil {
		return response{}, err
	}
	return authorize(key, r, time.Now())
}

// errUnauthorized is the error that API Gateway answers 401 to. API Gateway knows it by its text (API Gateway Developer
// Guide, apigateway-use-lambda-authorizer).
var errUnauthorized = errors.New("Unauthorized")

// authorize checks a bearer token. The policy is for the one method that was called. API Gateway keeps it for the next
// call with the same token, and this API has one method.
func authorize(key []byte, r request, now time.Time) (response, error) {
	text, ok := strings.CutPrefix(r.AuthorizationToken, "Bearer ")
	if !ok {
		return response{}, errUnauthorized
	}
	subject, err := token.Subject(key, text, now)
	if err != nil {
		return response{}, errUnauthorized
	}
	// The policy is for the ARN with a slash at the end and for the one without. API Gateway keeps one answer for both.
	method := strings.TrimSuffix(r.MethodArn, "/")
	return response{
		PrincipalID: subject,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Effect: "Allow", Action: []string{"execute-api:Invoke"}, Resource: []string{method, method + "/"},
			}},
		},
	}, nil
}
