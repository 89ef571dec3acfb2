package main

import (
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"
)

// environment is the environment as CredentialGrant writes it, with changes.
func environment(changes map[string]string) func(string) string {
	env := map[string]string{
		"FURL_FUNCTIONS":         `{"summarise":{"url":"` + functionURL + `","arn":"` + functionARN + `"}}`,
		"FURL_ROLE_ARN":          roleARN,
		"FURL_SESSION_SECONDS":   "900",
		"FURL_ALLOWED_ORIGINS":   `["` + app + `"]`,
		"FURL_SUBJECT":           "cognito",
		"FURL_SESSION_TAGS":      "{}",
		"FURL_BIND_TO_SOURCE_IP": "false",
		"AWS_REGION":             "eu-west-1",
	}
	maps.Copy(env, changes)
	return func(name string) string { return env[name] }
}

func TestReadConfig(t *testing.T) {
	changes := map[string]string{
		"FURL_BIND_TO_SOURCE_IP": "true", "FURL_SESSION_SECONDS": "3600",
		"FURL_SESSION_TAGS": `{"tenant":"custom:tenant"}`,
	}
	got, err := readConfig(environment(changes))
	want := settings{
		functions:      map[string]function{"summarise": {URL: functionURL, ARN: functionARN}},
		roleARN:        roleARN,
		duration:       time.Hour,
		allowedOrigins: []string{app},
		subject:        "cognito",
		sessionTags:    map[string]string{"tenant": "custom:tenant"},
		bindToSourceIP: true,
		region:         "eu-west-1",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = readConfig(environment(nil))
	if err != nil || got.bindToSourceIP || len(got.sessionTags) != 0 || got.duration != 15*time.Minute {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadConfigTakes(t *testing.T) {
	for _, row := range []struct{ name, why, variable, value string }{
		{name: "any origin", why: "the star alone", variable: "FURL_ALLOWED_ORIGINS", value: `["*"]`},
		{
			name: "two origins", why: "both count",
			variable: "FURL_ALLOWED_ORIGINS", value: `["` + app + `","http://localhost:3000"]`,
		},
		{name: "Lambda", why: "a kind of authorizer", variable: "FURL_SUBJECT", value: "lambda"},
		{name: "IAM", why: "a kind of authorizer", variable: "FURL_SUBJECT", value: "iam"},
		{name: "API key", why: "a kind of authorizer", variable: "FURL_SUBJECT", value: "api-key"},
		{
			name: "loopback", why: "as furl local puts it",
			variable: "FURL_FUNCTIONS",
			value:    `{"a":{"url":"http://127.0.0.1:4000/","arn":"` + functionARN + `"}}`,
		},
		{
			name: "a role with a path", why: "is a role",
			variable: "FURL_ROLE_ARN", value: "arn:aws-cn:iam::111122223333:role/a/b",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := readConfig(environment(map[string]string{row.variable: row.value})); err != nil {
				t.Errorf("%s: %v", row.why, err)
			}
		})
	}
}

func TestReadConfigRefuses(t *testing.T) {
	functionAt := func(url, arn string) string { return `{"a":{"url":"` + url + `","arn":"` + arn + `"}}` }
	rows := []struct{ name, why, variable, value, want string }{
		{
			name: "functions: not JSON", why: "a list of names",
			variable: "FURL_FUNCTIONS", value: "summarise", want: "want a JSON object",
		},
		{
			name: "functions: an array", why: "no names",
			variable: "FURL_FUNCTIONS", value: "[]", want: "want a JSON object",
		},
		{
			name: "functions: none", why: "nothing to lease",
			variable: "FURL_FUNCTIONS", value: "{}", want: "it has no function",
		},
		{
			name: "functions: null", why: "nothing to lease",
			variable: "FURL_FUNCTIONS", value: "null", want: "it has no function",
		},
		{
			name: "functions: no URL", why: "where would the lease be used",
			variable: "FURL_FUNCTIONS", value: functionAt("", functionARN), want: `function "a": url is ""`,
		},
		{
			name: "functions: no TLS", why: "the session token could be read",
			variable: "FURL_FUNCTIONS", value: functionAt("http://abc.example/", functionARN),
			want: "want https://…/",
		},
		{
			name: "functions: no TLS, elsewhere", why: "not this machine",
			variable: "FURL_FUNCTIONS", value: functionAt("http://10.0.0.1/", functionARN),
			want: "want https://…/",
		},
		{
			name: "functions: another scheme", why: "no URL of a function",
			variable: "FURL_FUNCTIONS", value: functionAt("ftp://abc.example/", functionARN),
			want: "want https://…/",
		},
		{
			name: "functions: no host", why: "no URL of a function",
			variable: "FURL_FUNCTIONS", value: functionAt("https:///", functionARN), want: "want https://…/",
		},
		{
			name: "functions: a path", why: "clients put theirs after it",
			variable: "FURL_FUNCTIONS", value: functionAt("https://abc.example/x", functionARN),
			want: "want https://…/",
		},
		{
			name: "functions: no slash", why: "clients put their path after it",
			variable: "FURL_FUNCTIONS", value: functionAt("https://abc.example", functionARN),
			want: "want https://…/",
		},
		{
			name: "functions: a query", why: "likewise",
			variable: "FURL_FUNCTIONS", value: functionAt("https://abc.example/?x", functionARN),
			want: "want https://…/",
		},
		{
			name: "functions: a user", why: "no URL of a function",
			variable: "FURL_FUNCTIONS", value: functionAt("https://a:b@abc.example/", functionARN),
			want: "want https://…/",
		},
		{
			name: "functions: not a URL", why: "likewise",
			variable: "FURL_FUNCTIONS", value: functionAt("https://%zz/", functionARN), want: "want https://…/",
		},
		{
			name: "functions: no ARN", why: "the session would be for nothing",
			variable: "FURL_FUNCTIONS", value: functionAt(functionURL, ""), want: `function "a": arn is ""`,
		},
		{
			name: "functions: every function", why: "a star in a session policy",
			variable: "FURL_FUNCTIONS",
			value:    functionAt(functionURL, "arn:aws:lambda:eu-west-1:111122223333:function:*"),
			want:     "want that of a function or alias",
		},
		{
			name: "functions: some functions", why: "a question mark",
			variable: "FURL_FUNCTIONS",
			value:    functionAt(functionURL, "arn:aws:lambda:eu-west-1:111122223333:function:a?"),
			want:     "want that of a function or alias",
		},
		{
			name: "functions: a bucket", why: "another service",
			variable: "FURL_FUNCTIONS", value: functionAt(functionURL, "arn:aws:s3:::bucket"),
			want: "want that of a function or alias",
		},
		{
			name: "role: a user", why: "nobody can assume it",
			variable: "FURL_ROLE_ARN", value: "arn:aws:iam::111122223333:user/ada",
			want: "is not the ARN of a role",
		},
		{
			name: "role: a name", why: "no ARN",
			variable: "FURL_ROLE_ARN", value: "leased", want: "is not the ARN of a role",
		},
		{
			name: "role: of another service", why: "likewise",
			variable: "FURL_ROLE_ARN", value: "arn:aws:sts::111122223333:role/leased",
			want: "is not the ARN of a role",
		},
		{
			name: "seconds: a word", why: "no number",
			variable: "FURL_SESSION_SECONDS", value: "15m", want: "is not a number of seconds from 900 to 3600",
		},
		{
			name: "seconds: too few", why: "STS gives 15 minutes at least",
			variable: "FURL_SESSION_SECONDS", value: "899", want: "is not a number of seconds from 900 to 3600",
		},
		{
			name: "seconds: too many", why: "and to a role session an hour at most",
			variable: "FURL_SESSION_SECONDS", value: "3601",
			want: "is not a number of seconds from 900 to 3600",
		},
		{
			name: "origins: not JSON", why: "one origin alone",
			variable: "FURL_ALLOWED_ORIGINS", value: app, want: "want a JSON array of origins",
		},
		{
			name: "origins: none", why: "no page could ask",
			variable: "FURL_ALLOWED_ORIGINS", value: "[]", want: "it has no origin",
		},
		{
			name: "origins: null", why: "no page could ask",
			variable: "FURL_ALLOWED_ORIGINS", value: "null", want: "it has no origin",
		},
		{
			name: "origins: an empty one", why: "would be that of a request without",
			variable: "FURL_ALLOWED_ORIGINS", value: `["` + app + `",""]`, want: "want origins such as",
		},
		{
			name: "origins: a star among others", why: "either some or all",
			variable: "FURL_ALLOWED_ORIGINS", value: `["` + app + `","*"]`, want: `"*" alone`,
		},
		{
			name: "subject: unknown", why: "nobody would have a subject",
			variable: "FURL_SUBJECT", value: "none", want: "is none of cognito, lambda, iam and api-key",
		},
		{
			name: "tags: not JSON", why: "a list of names",
			variable: "FURL_SESSION_TAGS", value: "tenant", want: "want a JSON object",
		},
		{
			name: "tags: null", why: "what an absent map would be written as",
			variable: "FURL_SESSION_TAGS", value: "null", want: "want a JSON object",
		},
		{
			name: "tags: a number", why: "no claim has that name",
			variable: "FURL_SESSION_TAGS", value: `{"tenant":7}`, want: "want a JSON object",
		},
		{
			name: "tags: no key", why: "STS takes none",
			variable: "FURL_SESSION_TAGS", value: `{"":"sub"}`, want: `tag "": want a key`,
		},
		{
			name: "tags: no claim", why: "every request would be refused",
			variable: "FURL_SESSION_TAGS", value: `{"tenant":""}`, want: "and the name of a claim",
		},
		{
			name: "tags: the function's", why: "a claim would say which function is leased",
			variable: "FURL_SESSION_TAGS", value: `{"furl:function":"sub"}`,
			want: "want a key other than furl:function",
		},
		{
			name: "binding: a number", why: "neither",
			variable: "FURL_BIND_TO_SOURCE_IP", value: "1", want: "is neither true nor false",
		},
		{
			name: "binding: in capitals", why: "neither",
			variable: "FURL_BIND_TO_SOURCE_IP", value: "True", want: "is neither true nor false",
		},
	}
	const missing = "is not set: deploy this function with the construct CredentialGrant"
	for _, variable := range []string{
		"FURL_FUNCTIONS", "FURL_ROLE_ARN", "FURL_SESSION_SECONDS", "FURL_ALLOWED_ORIGINS", "FURL_SUBJECT",
		"FURL_SESSION_TAGS", "FURL_BIND_TO_SOURCE_IP", "AWS_REGION",
	} {
		rows = append(rows, struct{ name, why, variable, value, want string }{
			name: variable + " missing", why: "nothing is guessed", variable: variable, want: missing,
		})
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := readConfig(environment(map[string]string{row.variable: row.value}))
			if err == nil || !strings.HasPrefix(err.Error(), "the environment variable "+row.variable) ||
				!strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: %v, want %s", row.why, err, row.want)
			}
		})
	}
}

// TestReadConfigRefusesTagsWithoutClaims: signers and API keys bring no claims.
func TestReadConfigRefusesTagsWithoutClaims(t *testing.T) {
	for subject := range subjects {
		_, hasClaims := claims[subject]
		_, err := readConfig(environment(map[string]string{
			"FURL_SUBJECT": string(subject), "FURL_SESSION_TAGS": `{"tenant":"tenant"}`,
		}))
		if (err == nil) != hasClaims || err != nil && !strings.Contains(err.Error(), "has no claims") {
			t.Errorf("%s: %v", subject, err)
		}
	}
}
