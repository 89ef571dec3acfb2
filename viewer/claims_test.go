package viewer

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

const (
	signerRole    = "arn:aws:iam::111122223333:role/edge/Demo-furl-edge-signer"
	signerSession = "arn:aws:sts::111122223333:assumed-role/Demo-furl-edge-signer/us-east-1.signer"
	adasClaims    = `{"sub":"ada","exp":1796040000,"cognito:groups":["staff"]}`
)

// bearer is the header of a token with this payload. The signature is none, since the function does not check it.
func bearer(payload string) string {
	return "Bearer e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJl"
}

// signedBy is an event that a session of a role signed, with a header.
func signedBy(session, name, value string) *events.LambdaFunctionURLRequest {
	event := request(headers{name: value, verified: "https://login.example.com"})
	event.RequestContext.Authorizer = &events.LambdaFunctionURLRequestContextAuthorizerDescription{
		IAM: &events.LambdaFunctionURLRequestContextAuthorizerIAMDescription{
			AccountID: "111122223333", UserARN: session,
		},
	}
	return event
}

// claimRow is an event, and the claims that it must give. Without claims it must be refused.
type claimRow struct {
	name, why string
	role      string // signerRole by default
	event     *events.LambdaFunctionURLRequest
	claims    string
	refusal   string
}

// claimRows are those for Claims, and for the lines of docs/getting-started.md in Node.js.
func claimRows() []claimRow {
	const token = ForwardedAuthorization
	const notSigner = "the edge signer did not send this request"
	from := func(session string) *events.LambdaFunctionURLRequest {
		return signedBy(session, token, bearer(adasClaims))
	}
	ofToken := func(value string) *events.LambdaFunctionURLRequest { return signedBy(signerSession, token, value) }
	unsigned := request(headers{token: bearer(adasClaims), verified: "https://login.example.com"})
	unverified := from(signerSession)
	delete(unverified.Headers, verified)
	withoutIAM := from("")
	withoutIAM.RequestContext.Authorizer.IAM = nil
	return []claimRow{
		{
			name: "the signer's", why: "the role's path is not in its sessions",
			event: from(signerSession), claims: adasClaims,
		},
		{
			name: "a role without a path", why: "Furl's default", role: "arn:aws:iam::444455556666:role/signer",
			event: from("arn:aws:sts::444455556666:assumed-role/signer/x"), claims: adasClaims,
		},
		{
			name: "another partition", why: "sessions have the role's",
			role:  "arn:aws-us-gov:iam::111122223333:role/signer",
			event: from("arn:aws-us-gov:sts::111122223333:assumed-role/signer/x"), claims: adasClaims,
		},
		{
			name: "a behaviour without an authorizer", why: "the token is the viewer's word", event: unverified,
			refusal: "has verified a token of this request",
		},
		{
			name: "after restore", why: "the header has moved",
			event: signedBy(signerSession, "authorization", bearer(adasClaims)), claims: adasClaims,
		},
		{name: "letters of UTF-8", why: "JSON is UTF-8", event: ofToken(bearer(`{"sub":"日"}`)), claims: `{"sub":"日"}`},
		{name: "unsigned", why: "a URL without IAM has no caller", event: unsigned, refusal: notSigner},
		{name: "an authorizer that is not IAM", why: "nobody signed", event: withoutIAM, refusal: notSigner},
		{
			name: "another role", why: "GrantInvokeUrl lets it in",
			event: from("arn:aws:sts::111122223333:assumed-role/worker/x"), refusal: notSigner,
		},
		{
			name: "a role that begins like the signer's", why: "anybody may make it",
			event:   from("arn:aws:sts::111122223333:assumed-role/Demo-furl-edge-signer-2/x"),
			refusal: notSigner,
		},
		{
			name: "a session that is called like the signer", why: "the caller chooses that name",
			event:   from("arn:aws:sts::111122223333:assumed-role/worker/Demo-furl-edge-signer"),
			refusal: notSigner,
		},
		{
			name: "another account", why: "names are an account's own",
			event:   from("arn:aws:sts::444455556666:assumed-role/Demo-furl-edge-signer/x"),
			refusal: notSigner,
		},
		{
			name: "a user", why: "it is no session",
			event: from("arn:aws:iam::111122223333:user/Demo-furl-edge-signer"), refusal: notSigner,
		},
		{name: "the role itself", why: "callers are sessions", event: from(signerRole), refusal: notSigner},
		{
			name: "an empty role", why: "the variable is missing",
			role: "-", event: from(signerSession), refusal: "signerRole",
		},
		{
			name: "a role's name", why: "it has no account", role: "Demo-furl-edge-signer", event: from(signerSession),
			refusal: "signerRole",
		},
		{
			name: "an ARN with a line feed", why: "it is not an ARN",
			role: signerRole + "\n", event: from(signerSession), refusal: "signerRole",
		},
		{
			name: "no token", why: "the behaviour has no authorizer", event: signedBy(signerSession, "accept", "*/*"),
			refusal: "no verified token",
		},
		{
			name: "the signer's own header", why: "Lambda may pass it on",
			event:   signedBy(signerSession, "authorization", "AWS4-HMAC-SHA256 Credential=A.B.C"),
			refusal: "no verified token",
		},
		{
			name: "another scheme", why: "the signer writes Bearer",
			event: ofToken("Basic e30.e30.e30"), refusal: "no verified token",
		},
		{name: "two parts", why: "it is no JWT", event: ofToken("Bearer e30.e30"), refusal: "no verified token"},
		{
			name: "two tokens", why: "one is not verified",
			event: ofToken("Bearer e30.e30.e30,Bearer e30.e30.e30"), refusal: "no verified token",
		},
		{name: "an array", why: "claims are an object", event: ofToken(bearer(`[]`)), refusal: "payload"},
		{name: "null", why: "claims are an object", event: ofToken(bearer(`null`)), refusal: "payload"},
		{name: "two objects", why: "which one counts is not said", event: ofToken(bearer(`{}{}`)), refusal: "payload"},
		{name: "a bracket behind it", why: "it is no JSON", event: ofToken(bearer(`{}]`)), refusal: "payload"},
		{name: "no JSON", why: "nothing to read", event: ofToken(bearer(`ada`)), refusal: "payload"},
	}
}

// roleOf is the role of a row. "-" stands for none.
func (r claimRow) roleOf() string {
	switch r.role {
	case "":
		return signerRole
	case "-":
		return ""
	}
	return r.role
}

func TestClaims(t *testing.T) {
	for _, row := range append(claimRows(), claimRow{
		name: "not base64url", why: "RFC 7515 has no padding", refusal: "payload",
		event: signedBy(signerSession, ForwardedAuthorization, "Bearer e30.eyJhIjoxfQ==.e30"),
	}) {
		t.Run(row.name, func(t *testing.T) {
			claims, err := Claims(row.event, row.roleOf())
			if row.claims == "" {
				if err == nil || claims != nil || !strings.Contains(err.Error(), row.refusal) {
					t.Errorf("%v %v, want an error with %q (%s)", claims, err, row.refusal, row.why)
				}
				return
			}
			if want := decoded(t, row.claims); err != nil || !reflect.DeepEqual(claims, want) {
				t.Errorf("%v %v, want %v (%s)", claims, err, want, row.why)
			}
		})
	}
}

// decoded has the claims of a text. Numbers are json.Number, so none is rounded.
func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var claims map[string]any
	if err := decoder.Decode(&claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
