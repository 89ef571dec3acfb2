package main

import (
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"
)

// environment is what CredentialGrant writes, with changes.
func environment(changes map[string]string) func(string) string {
	env := map[string]string{
		"FURL_FUNCTIONS": `{"summarise":{"url":"` + functionURL + `","arn":"` + functionARN + `"}}`, "FURL_ROLE_ARN": roleARN, "FURL_SESSION_SECONDS": "900",
		"FURL_ALLOWED_ORIGINS": `["` + app + `"]`, "FURL_SUBJECT": "cognito", "FURL_BIND_TO_SOURCE_IP": "false", "AWS_REGION": "eu-west-1",
	}
	maps.Copy(env, changes)
	return func(name string) string { return env[name] }
}

func TestReadConfig(t *testing.T) {
	got, err := readConfig(environment(map[string]string{"FURL_BIND_TO_SOURCE_IP": "true", "FURL_SESSION_SECONDS": "3600"}))
	want := settings{
		functions: map[string]function{"summarise": {functionURL, functionARN}}, roleARN: roleARN, duration: time.Hour, allowedOrigins: []string{app},
		subject: "cognito", bindToSourceIP: true, region: "eu-west-1",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = readConfig(environment(nil))
	if err != nil || got.bindToSourceIP || got.duration != 15*time.Minute {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadConfigTakes(t *testing.T) {
	for _, row := range []struct{ name, why, variable, value string }{
		{"any origin", "the star alone", "FURL_ALLOWED_ORIGINS", `["*"]`},
		{"two origins", "both count", "FURL_ALLOWED_ORIGINS", `["` + app + `","http://localhost:3000"]`},
		{"Lambda", "a kind of authorizer", "FURL_SUBJECT", "lambda"},
		{"IAM", "a kind of authorizer", "FURL_SUBJECT", "iam"},
		{"API key", "a kind of authorizer", "FURL_SUBJECT", "api-key"},
		{"loopback", "as furl local puts it", "FURL_FUNCTIONS", `{"a":{"url":"http://127.0.0.1:4000/","arn":"` + functionARN + `"}}`},
		{"a role with a path", "is a role", "FURL_ROLE_ARN", "arn:aws-cn:iam::111122223333:role/a/b"},
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
		{"functions: not JSON", "a list of names", "FURL_FUNCTIONS", "summarise", "want a JSON object"},
		{"functions: an array", "no names", "FURL_FUNCTIONS", "[]", "want a JSON object"},
		{"functions: none", "nothing to lease", "FURL_FUNCTIONS", "{}", "it has no function"},
		{"functions: null", "nothing to lease", "FURL_FUNCTIONS", "null", "it has no function"},
		{"functions: no URL", "where would the lease be used", "FURL_FUNCTIONS", functionAt("", functionARN), `function "a": url is ""`},
		{"functions: no TLS", "the session token could be read", "FURL_FUNCTIONS", functionAt("http://abc.example/", functionARN), "want https://…/"},
		{"functions: no TLS, elsewhere", "not this machine", "FURL_FUNCTIONS", functionAt("http://10.0.0.1/", functionARN), "want https://…/"},
		{"functions: another scheme", "no URL of a function", "FURL_FUNCTIONS", functionAt("ftp://abc.example/", functionARN), "want https://…/"},
		{"functions: no host", "no URL of a function", "FURL_FUNCTIONS", functionAt("https:///", functionARN), "want https://…/"},
		{"functions: a path", "clients put theirs after it", "FURL_FUNCTIONS", functionAt("https://abc.example/x", functionARN), "want https://…/"},
		{"functions: no slash", "clients put their path after it", "FURL_FUNCTIONS", functionAt("https://abc.example", functionARN), "want https://…/"},
		{"functions: a query", "likewise", "FURL_FUNCTIONS", functionAt("https://abc.example/?x", functionARN), "want https://…/"},
		{"functions: a user", "no URL of a function", "FURL_FUNCTIONS", functionAt("https://a:b@abc.example/", functionARN), "want https://…/"},
		{"functions: not a URL", "likewise", "FURL_FUNCTIONS", functionAt("https://%zz/", functionARN), "want https://…/"},
		{"functions: no ARN", "the session would be for nothing", "FURL_FUNCTIONS", functionAt(functionURL, ""), `function "a": arn is ""`},
		{"functions: every function", "a star in a session policy", "FURL_FUNCTIONS", functionAt(functionURL, "arn:aws:lambda:eu-west-1:111122223333:function:*"), "want that of a function or alias"},
		{"functions: some functions", "a question mark", "FURL_FUNCTIONS", functionAt(functionURL, "arn:aws:lambda:eu-west-1:111122223333:function:a?"), "want that of a function or alias"},
		{"functions: a bucket", "another service", "FURL_FUNCTIONS", functionAt(functionURL, "arn:aws:s3:::bucket"), "want that of a function or alias"},
		{"role: a user", "nobody can assume it", "FURL_ROLE_ARN", "arn:aws:iam::111122223333:user/ada", "is not the ARN of a role"},
		{"role: a name", "no ARN", "FURL_ROLE_ARN", "leased", "is not the ARN of a role"},
		{"role: of another service", "likewise", "FURL_ROLE_ARN", "arn:aws:sts::111122223333:role/leased", "is not the ARN of a role"},
		{"seconds: a word", "no number", "FURL_SESSION_SECONDS", "15m", "is not a number of seconds from 900 to 3600"},
		{"seconds: too few", "STS gives 15 minutes at least", "FURL_SESSION_SECONDS", "899", "is not a number of seconds from 900 to 3600"},
		{"seconds: too many", "and to a role session an hour at most", "FURL_SESSION_SECONDS", "3601", "is not a number of seconds from 900 to 3600"},
		{"origins: not JSON", "one origin alone", "FURL_ALLOWED_ORIGINS", app, "want a JSON array of origins"},
		{"origins: none", "no page could ask", "FURL_ALLOWED_ORIGINS", "[]", "it has no origin"},
		{"origins: null", "no page could ask", "FURL_ALLOWED_ORIGINS", "null", "it has no origin"},
		{"origins: an empty one", "would be that of a request without", "FURL_ALLOWED_ORIGINS", `["` + app + `",""]`, "want origins such as"},
		{"origins: a star among others", "either some or all", "FURL_ALLOWED_ORIGINS", `["` + app + `","*"]`, `"*" alone`},
		{"subject: unknown", "nobody would have a subject", "FURL_SUBJECT", "none", "is none of cognito, lambda, iam and api-key"},
		{"binding: a number", "neither", "FURL_BIND_TO_SOURCE_IP", "1", "is neither true nor false"},
		{"binding: in capitals", "neither", "FURL_BIND_TO_SOURCE_IP", "True", "is neither true nor false"},
	}
	for _, variable := range []string{
		"FURL_FUNCTIONS", "FURL_ROLE_ARN", "FURL_SESSION_SECONDS", "FURL_ALLOWED_ORIGINS", "FURL_SUBJECT", "FURL_BIND_TO_SOURCE_IP", "AWS_REGION",
	} {
		rows = append(rows, struct{ name, why, variable, value, want string }{variable + " missing", "nothing is guessed", variable, "", "is not set: deploy this function with the construct CredentialGrant"})
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := readConfig(environment(map[string]string{row.variable: row.value}))
			if err == nil || !strings.HasPrefix(err.Error(), "the environment variable "+row.variable) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: %v, want %s", row.why, err, row.want)
			}
		})
	}
}
