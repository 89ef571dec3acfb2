package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// tagging sets where the subject and the tags come from.
func tagging(kind subjectSource, tags map[string]string) func(*settings) {
	return func(s *settings) { s.subject, s.sessionTags = kind, tags }
}

// tagsOf are the tags of a request to STS.
func tagsOf(input *sts.AssumeRoleInput) map[string]string {
	tags := map[string]string{}
	for _, tag := range input.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

func TestSessionTags(t *testing.T) {
	idToken := map[string]any{"claims": map[string]any{
		"sub": "ada-0001", "custom:tenant": "acme", "token_use": "id", "email_verified": "true",
	}}
	accessToken := map[string]any{"claims": map[string]any{
		"sub": "ada-0001", "client_id": "3n4b5urk1ft4fl3mg5e62d9ado", "token_use": "access",
		"scope": "orders/read openid", "username": "ada",
	}}
	context := map[string]any{"principalId": "ada-0001", "integrationLatency": 7.0, "tenant": "acme", "plan": "pro 2"}
	for _, row := range []struct {
		name, why  string
		kind       subjectSource
		authorizer map[string]any
		tags, want map[string]string
	}{
		{name: "none", why: "the function's alone", kind: "lambda", authorizer: context},
		{
			name: "ID token", why: "an attribute of the user's", kind: "cognito", authorizer: idToken,
			tags: map[string]string{"tenant": "custom:tenant"}, want: map[string]string{"tenant": "acme"},
		},
		{
			name: "a boolean", why: "API Gateway hands it on as text", kind: "cognito", authorizer: idToken,
			tags: map[string]string{"verified": "email_verified"}, want: map[string]string{"verified": "true"},
		},
		{
			name: "access token", why: "it has no attributes, but scopes and the client's id", kind: "cognito",
			authorizer: accessToken, tags: map[string]string{"client": "client_id", "scope": "scope"},
			want: map[string]string{"client": "3n4b5urk1ft4fl3mg5e62d9ado", "scope": "orders/read openid"},
		},
		{
			name: "Lambda authorizer", why: "two values of its context", kind: "lambda", authorizer: context,
			tags: map[string]string{"Tenant": "tenant", "plan": "plan"},
			want: map[string]string{"Tenant": "acme", "plan": "pro 2"},
		},
		{
			name: "the subject", why: "in clear, if someone wants that", kind: "lambda", authorizer: context,
			tags: map[string]string{"user": "principalId"}, want: map[string]string{"user": "ada-0001"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGrant(t, tagging(row.kind, row.tags))
			r := event("")
			r.RequestContext.Authorizer = row.authorizer
			if got := g.post(r); got.StatusCode != 200 {
				t.Fatalf("%s: %d %s", row.why, got.StatusCode, got.Body)
			}
			want := map[string]string{"furl:function": "summarise"}
			maps.Copy(want, row.want)
			asked := g.asked[0]
			if got := tagsOf(asked); !maps.Equal(got, want) || len(asked.Tags) != len(want) {
				t.Errorf("%s: tags %v, want %v", row.why, got, want)
			}
			if name := aws.ToString(asked.RoleSessionName); name != "ada-0001" {
				t.Errorf("%s: the session's name is %q", row.why, name)
			}
			if len(asked.TransitiveTagKeys) != 0 {
				t.Errorf("%s: tags %v go on to other sessions", row.why, asked.TransitiveTagKeys)
			}
		})
	}
}

// TestSessionTagValues checks which texts become tags. Each other one is refused, and the answer names the tag only.
func TestSessionTagValues(t *testing.T) {
	const noText, notTaken = "gave no text for the session tag tenant", "is not 1 to 256 letters"
	for _, row := range []struct {
		name, why string
		value     any
		refused   string // part of the message, "" for a tag
	}{
		{name: "plain", why: "the usual", value: "acme"},
		{name: "every sign", why: "that STS takes", value: "a Z9_.:/=+-@"},
		{name: "Japanese", why: "letters of any language", value: "愛田"},
		{name: "e-mail address", why: "STS takes it, and its owner chose it", value: "canary@acme.example"},
		{name: "256 characters", why: "the longest", value: strings.Repeat("a", 256)},
		{name: "256 characters of 3 bytes", why: "characters count", value: strings.Repeat("愛", 256)},
		{name: "257 characters", why: "never cut", value: strings.Repeat("canary", 43)[:257], refused: notTaken},
		{name: "empty", why: "as good as missing", value: "", refused: noText},
		{name: "null", why: "missing", value: nil, refused: noText},
		{name: "a number", why: "API Gateway hands on texts only", value: 7.0, refused: noText},
		{name: "a boolean", why: "likewise", value: true, refused: noText},
		{name: "a list", why: "likewise", value: []any{"canary"}, refused: noText},
		{name: "an object", why: "likewise", value: map[string]any{"canary": "canary"}, refused: noText},
		{name: "two groups", why: "a comma is not in STS's alphabet", value: "canary,b", refused: notTaken},
		{name: "a star", why: "a pattern in a policy", value: "canary*", refused: notTaken},
		{name: "a variable", why: "likewise", value: "${aws:userid}canary", refused: notTaken},
		{name: "a newline at the end", why: "the whole text counts", value: "canary\n", refused: notTaken},
		{name: "NUL", why: "no letter", value: "canary\x00", refused: notTaken},
		{name: "invalid UTF-8", why: "no letter", value: "canary\xff", refused: notTaken},
		{name: "an accent of its own", why: "a mark is no letter", value: "canar\u0301y", refused: notTaken},
	} {
		t.Run(row.name, func(t *testing.T) {
			for kind, authorizer := range map[subjectSource]map[string]any{
				"lambda":  {"principalId": "ada", "t": row.value},
				"cognito": {"claims": map[string]any{"sub": "ada", "t": row.value}},
			} {
				g := newGrant(t, tagging(kind, map[string]string{"tenant": "t"}))
				r := event("")
				r.RequestContext.Authorizer = authorizer
				got := g.post(r)
				if row.refused == "" {
					if got.StatusCode != 200 || tagsOf(g.asked[0])["tenant"] != row.value {
						t.Errorf("%s, %s: %d %s", kind, row.why, got.StatusCode, got.Body)
					}
					continue
				}
				if got.StatusCode != 403 || got.code() != "NoSessionTag" || len(g.asked) != 0 ||
					!strings.Contains(got.fields["message"], row.refused) {
					t.Errorf("%s, %s: %d %s, STS was asked %d times",
						kind, row.why, got.StatusCode, got.Body, len(g.asked))
				}
				if reason, _ := g.logged()["reason"].(string); !strings.HasSuffix(reason, ": claim t") {
					t.Errorf("%s, %s: the log does not name the claim: %q", kind, row.why, reason)
				}
			}
		})
	}
}

// TestSessionTagPlaces checks that a claim is read from the place of the authorizer's kind only.
func TestSessionTagPlaces(t *testing.T) {
	for _, row := range []struct {
		name, why  string
		kind       subjectSource
		authorizer map[string]any
	}{
		{
			name: "beside the claims", why: "a Cognito authorizer sets nothing there", kind: "cognito",
			authorizer: map[string]any{"tenant": "canary", "claims": map[string]any{"sub": "ada"}},
		},
		{
			name: "among claims", why: "a Lambda authorizer's context has no objects", kind: "lambda",
			authorizer: map[string]any{"principalId": "ada", "claims": map[string]any{"tenant": "canary"}},
		},
		{
			name: "in another case", why: "a claim's name has a case", kind: "lambda",
			authorizer: map[string]any{"principalId": "ada", "Tenant": "canary"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := event(`{"function":"summarise"}`)
			r.MultiValueHeaders["tenant"] = []string{"canary"}
			r.QueryStringParameters = map[string]string{"tenant": "canary"}
			r.RequestContext.Authorizer = row.authorizer
			got := newGrant(t, tagging(row.kind, map[string]string{"tenant": "tenant"})).post(r)
			if got.StatusCode != 403 || got.code() != "NoSessionTag" {
				t.Errorf("%s: %d %s", row.why, got.StatusCode, got.Body)
			}
		})
	}
}
