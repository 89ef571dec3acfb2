package local

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// articles has the programs of the two articles that Furl implements. They stay outside of the repository.
const articles = "../../shared/cases/articles"

// article reads a program of the articles.
func article(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(articles, name))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("there is no %s", filepath.Join(articles, name))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The articles' Python edge signer signs for their Python function. It drops the query from what it signs, so a
// request with a query is refused.
func TestArticlesInPython(t *testing.T) {
	files := map[string]string{"signer.py": article(t, "r1_edge_signer.py"), "hello.py": article(t, "r2_hello.py")}
	if output, err := exec.Command("python3", "-c", "import boto3").CombinedOutput(); err != nil {
		t.Skipf("python3 has no boto3: %s", output)
	}
	resources := hello()
	for id, properties := range map[string]object{
		"Fn":   {"Runtime": "python3.12", "Handler": "hello.lambda_handler"},
		"Edge": {"Runtime": "python3.13", "Handler": "signer.lambda_handler"},
	} {
		if id == "Edge" {
			edge(resources, nil)
		}
		for name, value := range properties {
			propertiesOf(resources, id)[name] = value
		}
		addAsset(t, t.TempDir(), resources, id, "Code", files)
	}
	propertiesOf(resources, "Url")["AuthType"] = "AWS_IAM"
	delete(resources, "OpenUrl")
	delete(resources, "OpenFunction")
	propertiesOf(resources, "Role", "AssumeRolePolicyDocument", "Statement")["Principal"] = object{
		"Service": []any{"lambda.amazonaws.com", "edgelambda.amazonaws.com"},
	}
	propertiesOf(resources, "Role")["Policies"] = []any{object{"PolicyName": "Invoke", "PolicyDocument": object{
		"Statement": object{
			"Effect": "Allow", "Resource": getAtt("Fn", "Arn"),
			"Action": []any{"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"},
		},
	}}}
	behavior := propertiesOf(resources, "Cdn", "DistributionConfig", "DefaultCacheBehavior")
	behavior["AllowedMethods"] = []any{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
	behavior["LambdaFunctionAssociations"].([]any)[0].(object)["IncludeBody"] = true
	s := serveAssembly(t, assembleIn(t, "us-east-1", resources, nil))
	for _, test := range []struct {
		name, why, method, path, body string
		status                        int
		want                          string
	}{
		{
			name: "POST", why: "the body of the event is signed", method: "POST", path: "/", body: `{"a":1}`,
			status: 200, want: `{"message": "hello world"}`,
		},
		{name: "query", why: "it is not signed", method: "POST", path: "/?a=1", status: 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequest(test.method, s.Distributions[0].URL+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != test.status || test.want != "" && string(body) != test.want {
				t.Errorf("%s: %d %s, %v\n%s", test.why, response.StatusCode, body, err, s.said())
			}
		})
	}
}
