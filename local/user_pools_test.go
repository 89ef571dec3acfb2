package local

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// withPool guards the method of restResources by a user pool with one client.
func withPool(resources object) {
	resources["Pool"] = object{"Type": "AWS::Cognito::UserPool"}
	resources["Web"] = object{"Type": "AWS::Cognito::UserPoolClient", "Properties": object{
		"UserPoolId": ref("Pool"), "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH"},
	}}
	resources["Auth"] = object{"Type": "AWS::ApiGateway::Authorizer", "Properties": object{
		"RestApiId": ref("Api"), "Type": "COGNITO_USER_POOLS", "ProviderARNs": []any{getAtt("Pool", "Arn")},
		"IdentitySource": "method.request.header.Authorization",
	}}
	set(resources, "Get", object{"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": ref("Auth")})
}

// TestUserPools signs in by AWS's own client and by furl token, and calls a method with the tokens.
func TestUserPools(t *testing.T) {
	resources := restResources()
	withPool(resources)
	dir := assemble(t, resources, nil)
	s := serveAssembly(t, dir)
	if len(s.UserPools) != 1 || s.UserPools[0].ID != "Demo/Pool" || len(s.UserPools[0].Clients) != 1 ||
		!strings.HasPrefix(s.UserPools[0].Issuer, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_") ||
		!strings.HasPrefix(s.UserPools[0].URL, "http://127.0.0.1:") || len(s.Password) < 20 {
		t.Fatalf("listening: %+v", s.listening)
	}
	for _, line := range []string{
		"  user pool     " + s.UserPools[0].URL + "  Demo/Pool\n", "  password      " + s.Password,
		"  STS           " + s.STS + "\n",
		"TOKEN=$(" + commandName() + " token --assembly " + dir + " --pool Demo/Pool --user you)\n" +
			"  curl -s -X GET " + s.RestAPIs[0].URL + `/x -H "Authorization: $TOKEN"`,
	} {
		if !strings.Contains(s.said(), line) {
			t.Errorf("a start does not say %q:\n%s", line, s.said())
		}
	}

	endpoint := s.UserPools[0].URL[:strings.LastIndex(s.UserPools[0].URL, "/")]
	t.Setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", endpoint)
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-west-1"))
	if err != nil {
		t.Fatal(err)
	}
	client := cognitoidentityprovider.NewFromConfig(settings)
	signIn := func(password string) (*cognitoidentityprovider.InitiateAuthOutput, error) {
		return client.InitiateAuth(t.Context(), &cognitoidentityprovider.InitiateAuthInput{
			AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &s.UserPools[0].Clients[0].ClientID,
			AuthParameters: map[string]string{"USERNAME": "ada", "PASSWORD": password},
		})
	}
	signedIn, err := signIn(s.Password)
	if err != nil {
		t.Fatal(err)
	}
	var refused *types.NotAuthorizedException
	if _, err := signIn("wrong"); !errors.As(err, &refused) {
		t.Errorf("a wrong password: %v", err)
	}
	token, err := Token(t.Context(), TokenOptions{Assembly: dir, Pool: "Demo/Pool", User: "ada", Use: "id"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, why, token string
		status           int
	}{
		{"InitiateAuth", "the SDK's ID token", aws.ToString(signedIn.AuthenticationResult.IdToken), 200},
		{"furl token", "an ID token", token, 200},
		{"an access token", "no scope is asked for", aws.ToString(signedIn.AuthenticationResult.AccessToken), 401},
		{"nobody", "no token", "", 401},
	} {
		if status := ask(t, s.RestAPIs[0].URL+"/x", "Authorization", row.token); status != row.status {
			t.Errorf("%s: %d, want %d (%s)\n%s", row.name, status, row.status, row.why, s.said())
		}
	}
	if strings.Contains(strings.Replace(s.said(), s.Password, "", 1), s.Password) || strings.Contains(s.said(), token) {
		t.Error("the log has a token, or the password twice")
	}
}

// TestIssuerHost: code in Node.js and Python fetches the keys from the issuer itself, and verifies this machine's
// certificate.
func TestIssuerHost(t *testing.T) {
	resources := restResources()
	withPool(resources)
	issuer := object{"ISSUER": getAtt("Pool", "ProviderURL")}
	resources["Node"] = function(`
		const url = process.env.ISSUER + '/.well-known/jwks.json';
		const viaFetch = await (await fetch(url)).json();
		const viaHttps = await new Promise((settle, reject) => require('node:https').get(url, (response) => {
			let text = '';
			response.on('data', (part) => { text += part; }).on('end', () => settle(JSON.parse(text)));
		}).on('error', reject));
		const { connect } = await import('node:tls');
		const viaConnect = await new Promise((settle) => {
			const socket = connect(443, new URL(url).hostname, {}, () => {
				settle(socket.authorized);
				socket.end();
			});
			socket.on('error', (error) => settle(error.code));
		});
		const endpoint = process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER; // the SDKs'
		return JSON.stringify([viaFetch.keys.length, viaHttps.keys.length, viaConnect, endpoint]);`, issuer)
	resources["Python"] = function("", issuer)
	set(resources, "Python", object{"Runtime": "python3.12", "Code": object{"ZipFile": `
import json, os, urllib.request

def handler(event, context):
    with urllib.request.urlopen(os.environ["ISSUER"] + "/.well-known/openid-configuration") as response:
        configuration = json.load(response)
    return json.dumps([configuration["issuer"] == os.environ["ISSUER"]])
`}})
	for _, name := range []string{"Node", "Python"} {
		resources[name+"Address"] = url(getAtt(name, "Arn"), "NONE")
		open(getAtt(name, "Arn"), resources, name+"Open")
	}
	s := serveAssembly(t, assemble(t, resources, nil))
	endpoint := s.UserPools[0].URL[:strings.LastIndex(s.UserPools[0].URL, "/")]
	wanted := map[string]string{
		"Demo/NodeAddress": `[2,2,true,"` + endpoint + `"]`, "Demo/PythonAddress": `[true]`,
	}
	for _, address := range s.FunctionURLs {
		if _, body := fetch(t, address.URL+"/"); body != wanted[address.ID] {
			t.Errorf("%s answered %s, want %s\n%s", address.ID, body, wanted[address.ID], s.said())
		}
	}
	if len(s.FunctionURLs) != len(wanted) {
		t.Errorf("%d functions answered", len(s.FunctionURLs))
	}
}

// TestIssuerHostAtTheEdge: edge functions fetch the keys too. They have no environment variables, so the issuer stands
// in the code.
func TestIssuerHostAtTheEdge(t *testing.T) {
	resources := hello()
	resources["Pool"] = object{"Type": "AWS::Cognito::UserPool"}
	edge(resources, func(properties object) {
		properties["Timeout"] = 30
		properties["Role"] = getAtt("EdgeRole", "Arn")
		properties["Code"] = object{"ZipFile": object{"Fn::Sub": `exports.handler = async () => {
			const keys = await (await fetch('${Pool.ProviderURL}/.well-known/jwks.json')).json();
			return { status: '200', body: 'keys: ' + keys.keys.length };
		};`}}
	})
	resources["EdgeRole"] = edgeRole()
	s := serveAssembly(t, assembleIn(t, "us-east-1", resources, nil))
	if status, body := fetch(t, s.Distributions[0].URL+"/"); status != 200 || body != "keys: 2" {
		t.Errorf("%d %s\n%s", status, body, s.said())
	}
}
