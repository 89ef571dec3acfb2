package local

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// withUnknowns is a template whose function and deny depend on values that only AWS knows.
func withUnknowns() object {
	resources := hello()
	resources["Api"] = object{"Type": "AWS::AppSync::GraphQLApi", "Properties": object{}}
	resources["Fn"] = function("return JSON.stringify(process.env)", object{
		"API": getAtt("Api", "GraphQLUrl"), "LEVEL": "{{resolve:ssm:/app/level}}",
		"VPC": object{"Fn::ImportValue": "shared:Vpc"},
	})
	propertiesOf(resources, "Fn")["VpcConfig"] = object{"SubnetIds": []any{object{"Fn::ImportValue": "shared:Subnet"}}}
	return resources
}

// TestUnknownInTheEnvironment: the function runs with the placeholder, and each unknown value is told once.
func TestUnknownInTheEnvironment(t *testing.T) {
	s := serveAssembly(t, assemble(t, withUnknowns(), nil))
	status, body := fetch(t, s.FunctionURLs[0].URL+"/")
	if status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	for _, want := range []string{
		`"API":"furl-unknown-Demo-Api-GraphQLUrl"`, `"LEVEL":"furl-unknown-app-level"`,
		`"VPC":"furl-unknown-shared-Vpc"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in the environment: %s", want, body)
		}
	}
	for _, want := range []string{
		"attribute GraphQLUrl of AWS::AppSync::GraphQLApi:\n    Demo/Api GraphQLUrl  is " +
			"furl-unknown-Demo-Api-GraphQLUrl\n",
		"SSM parameter:\n    /app/level  is furl-unknown-app-level\n",
		"export of a stack that is not in the assembly:\n    shared:Vpc  is furl-unknown-shared-Vpc\n",
	} {
		if strings.Count(s.said(), want) != 1 {
			t.Errorf("%q is not told once:\n%s", want, s.said())
		}
	}
	if strings.Contains(s.said(), "shared:Subnet") {
		t.Errorf("a VPC does not matter here:\n%s", s.said())
	}
}

// TestGivenInTheEnvironment: --parameter and --env take the place of what only AWS knows.
func TestGivenInTheEnvironment(t *testing.T) {
	s := serveWith(t, Options{
		Assembly: assemble(t, withUnknowns(), nil), Listen: "127.0.0.1:0", JSON: true,
		Values:    map[string]string{"/app/level": "debug", "shared:Vpc": "vpc-1", "Typo": "x"},
		Variables: []Variable{{Functions: "Demo/*", Name: "API", Value: "http://127.0.0.1:1/graphql"}},
	})
	_, body := fetch(t, s.FunctionURLs[0].URL+"/")
	for _, want := range []string{`"API":"http://127.0.0.1:1/graphql"`, `"LEVEL":"debug"`, `"VPC":"vpc-1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in the environment: %s", want, body)
		}
	}
	if !strings.Contains(s.said(), "--parameter Typo=…: nothing asks for it") {
		t.Errorf("a typing mistake goes unseen:\n%s", s.said())
	}
}

// TestUnknownInADeny: a deny whose resource only AWS knows denies more, and never less.
func TestUnknownInADeny(t *testing.T) {
	resources := leasing()
	resources["Api"] = object{"Type": "AWS::AppSync::GraphQLApi", "Properties": object{}}
	resources["Deny"] = rolePolicy(object{
		"Effect": "Deny", "Action": "secretsmanager:*", "Resource": getAtt("Api", "Arn"),
	})
	s := serveAssembly(t, assemble(t, resources, nil))
	if err := readOwnSecret(t, environment(t, s)); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("the secret is read: %v\n%s", err, s.said())
	}
}

// TestPartsThatFail: a part that cannot run or cannot be read answers 502 with the reason. All else works.
func TestPartsThatFail(t *testing.T) {
	resources := hello()
	resources["Broken"] = function("return 1", nil)
	propertiesOf(resources, "Broken")["Runtime"] = "dotnet8"
	resources["BrokenUrl"] = url(getAtt("Broken", "Arn"), "NONE")
	open(getAtt("Broken", "Arn"), resources, "OpenBroken")
	resources["Elsewhere"] = url("arn:aws:lambda:eu-west-1:111122223333:function:elsewhere", "NONE")
	s := serveAssembly(t, assemble(t, resources, nil))
	for _, row := range []struct {
		name, why, id string
		status        int
		body          string
	}{
		{name: "sound", why: "all else works", id: "Demo/Url", status: 200, body: "hello"},
		{
			name: "broken", why: "as a function that fails", id: "Demo/BrokenUrl", status: 502,
			body: "Internal Server Error",
		},
		{
			name: "elsewhere", why: "there is nothing to run", id: "Demo/Elsewhere", status: 502,
			body: "function:elsewhere",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, u := range s.FunctionURLs {
				if u.ID != row.id {
					continue
				}
				if status, body := fetch(t, u.URL+"/"); status != row.status || !strings.Contains(body, row.body) {
					t.Errorf("%s: %d %s", row.why, status, body)
				}
			}
		})
	}
	for _, want := range []string{
		"\nAnswered with 502:\n  Demo/Elsewhere: ", "\nFunctions that cannot run:\n  ",
		"dotnet8", "--run 'Demo/Broken=COMMAND'",
	} {
		if !strings.Contains(s.said(), want) {
			t.Errorf("%q is not said:\n%s", want, s.said())
		}
	}
}

// TestNothingToServe: furl says what there is, and ends well.
func TestNothingToServe(t *testing.T) {
	resources := object{
		"Role": role(), "Fn": function("return 1", nil), "Table": object{"Type": "AWS::DynamoDB::Table"},
	}
	dir := assemble(t, resources, nil)
	for _, row := range []struct {
		name, why      string
		options        Options
		stdout, stderr string
	}{
		{
			name: "for people", why: "on stdout", options: Options{Assembly: dir, Listen: "127.0.0.1:0"},
			stdout: "to serve.\n\nIt has:\n  1 AWS::DynamoDB::Table\n  1 AWS::IAM::Role\n  1 AWS::Lambda::Function\n",
		},
		{
			name: "for programs", why: "the line is what it always is",
			options: Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true},
			stdout:  `{"distributions":[],"functionUrls":[],"restApis":[],"userPools":[],"sts":"","secrets":[]}`,
			stderr:  "1 AWS::IAM::Role\n",
		},
		{
			name: "only", why: "nothing of that path", options: Options{
				Assembly: assemble(t, hello(), nil), Listen: "127.0.0.1:0", Only: []string{"Prod/*"},
			},
			stdout: "Only Prod/* was asked for.\n",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if err := Run(t.Context(), row.options, &stdout, &stderr); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(stdout.String(), row.stdout) || !strings.Contains(stderr.String(), row.stderr) {
				t.Errorf("%s: stdout\n%s\nstderr\n%s", row.why, &stdout, &stderr)
			}
		})
	}
}

// TestOnly: what is not asked for does not listen.
func TestOnly(t *testing.T) {
	resources := hello()
	resources["Other"] = url(getAtt("Fn", "Arn"), "AWS_IAM")
	s := serveWith(t, Options{
		Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", JSON: true, Only: []string{"*/Other"},
	})
	if len(s.FunctionURLs) != 1 || s.FunctionURLs[0].ID != "Demo/Other" {
		t.Errorf("%+v listen", s.FunctionURLs)
	}
}

// TestPorts: a resource has the port of its construct path in every run, the next one where that is taken, and the
// address that --listen gives.
func TestPorts(t *testing.T) {
	resources := hello()
	resources["Other"] = url(getAtt("Fn", "Arn"), "AWS_IAM")
	dir := assemble(t, resources, nil)
	addressesOf := func(listenAt map[string]string) []string {
		s := serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", ListenAt: listenAt, JSON: true})
		return []string{s.FunctionURLs[0].URL, s.FunctionURLs[1].URL}
	}
	ports := portsOf("Demo/Url") // the second, as Demo/Other comes first
	first, second := addressesOf(nil), addressesOf(nil)
	if first[1] != "http://"+ports[0] || second[1] != "http://"+ports[1] {
		t.Errorf("the ports are %s and %s, want %s and %s", first[1], second[1], ports[0], ports[1])
	}
	const own = "127.0.0.1:20999"
	if third := addressesOf(map[string]string{"Demo/Url": own}); third[1] != "http://"+own {
		t.Errorf("--listen Demo/Url=%s gives %s", own, third[1])
	}
	for _, row := range []struct{ name, why, path, address, want string }{
		{name: "nobody's path", why: "a typing mistake", path: "Demo/Nope", address: own, want: "Demo/Other, Demo/Url"},
		{
			name: "network", why: "as for --listen ADDRESS", path: "Demo/Url", address: "0.0.0.0:1",
			want: "loopback address",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			options := Options{
				Assembly: dir, Listen: "127.0.0.1:0", ListenAt: map[string]string{row.path: row.address},
			}
			err := Run(t.Context(), options, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: %v, want %q", row.why, err, row.want)
			}
		})
	}
}

// TestScalarsAsTexts: CloudFormation takes "20" for 20 and "true" for true, as parameters give them.
func TestScalarsAsTexts(t *testing.T) {
	resources := hello()
	resources["Fn"] = function("return process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE", nil)
	propertiesOf(resources, "Fn")["Timeout"] = "20"
	propertiesOf(resources, "Fn")["MemorySize"] = "256"
	resources["Acl"] = commonACL("CLOUDFRONT")
	propertiesOf(resources, "Acl")["Rules"].([]any)[0].(object)["Priority"] = "0"
	resources["Cdn"] = distribution(getAtt("Acl", "Arn"))
	config := propertiesOf(resources, "Cdn", "DistributionConfig")
	config["Enabled"] = "true"
	config["DefaultCacheBehavior"].(object)["Compress"] = "true"
	config["Origins"].([]any)[0].(object)["ConnectionAttempts"] = "2"
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, body := fetch(t, s.Distributions[0].URL+"/"); status != 200 || body != "256" {
		t.Errorf("%d %s", status, body)
	}
	if !strings.Contains(s.said(), "CloudFront compression of responses") {
		t.Errorf("Compress is not seen:\n%s", s.said())
	}
}
