package local

import (
	"strings"
	"testing"
)

const loginIssuer = "https://login.example.com/"

// verifyingEdge verifies tokens as Furl's edge signer does, by the origin's custom headers alone.
const verifyingEdge = `
	const { createPublicKey, verify } = require('node:crypto');
	const { headers, origin } = event.Records[0].cf.request;
	const setting = (name) => origin.custom.customHeaders[name][0].value;
	const { keys } = await (await fetch(setting('x-furl-jwks-uri'))).json();
	const [header, payload, signature] = headers.authorization[0].value.split(' ')[1].split('.');
	const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
	const key = createPublicKey({ key: keys.find(({ kid }) => kid === read(header).kid), format: 'jwk' });
	const signed = Buffer.from(header + '.' + payload);
	const { iss, aud } = read(payload);
	const holds = verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url')) &&
		iss === setting('x-furl-issuer') && aud === setting('x-furl-audience');
	const { status } = await fetch('https://keys.example.com/authorize'); // furl local has the keys alone
	return { status: status !== 404 ? '500' : holds ? '200' : '401' };`

// TestIssuers: an edge function gets the keys of an issuer that its origin names, and verifies what furl token makes.
func TestIssuers(t *testing.T) {
	resources := hello()
	edge(resources, func(properties object) {
		properties["Timeout"] = 30
		properties["Role"] = getAtt("EdgeRole", "Arn")
		properties["Code"] = object{"ZipFile": "exports.handler = async (event) => {" + verifyingEdge + "};"}
	})
	resources["EdgeRole"] = edgeRole()
	header := func(name, value string) object { return object{"HeaderName": name, "HeaderValue": value} }
	origins := propertiesOf(resources, "Cdn", "DistributionConfig")["Origins"].([]any)
	origins[0].(object)["OriginCustomHeaders"] = []any{
		header("x-furl-issuer", loginIssuer), header("x-furl-audience", "orders"),
		header("x-furl-jwks-uri", "https://keys.example.com/v1/keys?tenant=a"),
	}
	dir := assembleIn(t, "us-east-1", resources, nil)
	s := serveAssembly(t, dir)
	if len(s.Issuers) != 1 || s.Issuers[0] != loginIssuer || len(s.UserPools) != 0 || s.Password != "" {
		t.Errorf("listening: %+v", s.listening)
	}
	if line := "  issuer        " + loginIssuer + "  ("; !strings.Contains(s.said(), line) {
		t.Errorf("a start does not say %q:\n%s", line, s.said())
	}
	pairs, err := Credentials(t.Context(), dir, "Demo/Role")
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range pairs {
		if strings.Contains(pair.Name, "COGNITO") {
			t.Errorf("without a user pool there is %s", pair.Name)
		}
	}
	newToken := func(o TokenOptions) string {
		o.Assembly, o.Issuer, o.User = dir, loginIssuer, "ada"
		token, err := Token(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	right := newToken(TokenOptions{})
	parts := strings.Split(right, ".")
	for _, row := range []struct {
		name, why, token string
		status           int
	}{
		{"the origin's audience", "it needs no flag", right, 200},
		{"another audience", "the edge function compares it", newToken(TokenOptions{Audience: []string{"x"}}), 401},
		{"another signature", "it is not the key's", parts[0] + "." + parts[1] + "." + parts[2][:340] + "AA", 401},
	} {
		if status := ask(t, s.Distributions[0].URL+"/", "Authorization", "Bearer "+row.token); status != row.status {
			t.Errorf("%s: %d, want %d (%s)\n%s", row.name, status, row.status, row.why, s.said())
		}
	}
	if strings.Contains(s.said(), parts[2]) {
		t.Error("the log has a token")
	}
}
