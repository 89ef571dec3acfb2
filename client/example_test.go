package client_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/client"
)

// A program that leases adds the header that the grant's authorizer reads in Authorize.
func ExampleGrantProvider() {
	lease := &client.GrantProvider{
		GrantURL: "https://abc123.execute-api.ap-northeast-1.amazonaws.com/Prod/grant",
		Function: "summarise",
		Authorize: func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+"the user's token")
			return nil
		},
	}
	functions := &http.Client{Transport: &client.Transport{Credentials: lease}}
	response, err := functions.Post("https://abc.lambda-url.ap-northeast-1.on.aws/", "text/plain", strings.NewReader("…"))
	fmt.Println(response, err)
}

// A server signs with the default credentials of its role. GrantInvokeUrl has let the role in. cfg is the result of
// config.LoadDefaultConfig.
func ExampleTransport() {
	var cfg aws.Config
	functions := &http.Client{Transport: &client.Transport{Credentials: cfg.Credentials}}
	response, err := functions.Get("https://abc.lambda-url.ap-northeast-1.on.aws/reports")
	fmt.Println(response, err)
}
