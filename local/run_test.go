package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// object is a piece of a template.
type object = map[string]any

// getAtt and ref are the intrinsics that the templates below use.
func getAtt(id, attribute string) object { return object{"Fn::GetAtt": []any{id, attribute}} }
func ref(id string) object               { return object{"Ref": id} }

// propertiesOf are those of a resource, or an object deep in them, for a test to change.
func propertiesOf(resources object, id string, path ...string) object {
	found := resources[id].(object)["Properties"].(object)
	for _, name := range path {
		found = found[name].(object)
	}
	return found
}

// function is a Node function whose code is inline, with the role "Role".
func function(code string, environment object) object {
	return object{"Type": "AWS::Lambda::Function", "Properties": object{
		"Runtime": "nodejs22.x", "Handler": "index.handler",
		"Code": object{"ZipFile": "exports.handler = async (event) => {" + code + "};"},
		"Role": getAtt("Role", "Arn"), "Environment": object{"Variables": environment},
	}}
}

func url(target any, authType string) object {
	return object{"Type": "AWS::Lambda::Url", "Properties": object{"TargetFunctionArn": target, "AuthType": authType}}
}

func role(policies ...any) object {
	return object{"Type": "AWS::IAM::Role", "Properties": object{
		"AssumeRolePolicyDocument": object{
			"Statement": object{
				"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": "lambda.amazonaws.com"},
			},
		},
		"Policies": policies,
	}}
}

// open are the two permissions that let anyone call a URL of auth type NONE.
func open(function any, into object, id string) {
	into[id+"Url"] = object{"Type": "AWS::Lambda::Permission", "Properties": object{
		"Action": "lambda:InvokeFunctionUrl", "FunctionName": function, "Principal": "*", "FunctionUrlAuthType": "NONE",
	}}
	into[id+"Function"] = object{"Type": "AWS::Lambda::Permission", "Properties": object{
		"Action": "lambda:InvokeFunction", "FunctionName": function, "Principal": "*", "InvokedViaFunctionUrl": true,
	}}
}

// hello is a template with one function behind an open URL, which later rows add to.
func hello() object {
	resources := object{"Role": role(), "Fn": function("return 'hello'", nil), "Url": url(getAtt("Fn", "Arn"), "NONE")}
	open(getAtt("Fn", "Arn"), resources, "Open")
	return resources
}

// assemble writes a cloud assembly of one stack, in eu-west-1.
func assemble(t *testing.T, resources, outputs object) string {
	t.Helper()
	return assembleIn(t, "eu-west-1", resources, outputs)
}

func assembleIn(t *testing.T, region string, resources, outputs object) string {
	t.Helper()
	dir := t.TempDir()
	assembleInto(t, dir, region, resources, outputs)
	return dir
}

// assembleInto writes an assembly into a folder, over another one.
func assembleInto(t *testing.T, dir, region string, resources, outputs object) {
	t.Helper()
	write := func(name string, value any) {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("Demo.template.json", object{"Resources": resources, "Outputs": outputs})
	write("manifest.json", object{"version": "54.0.0", "artifacts": object{"Demo": object{
		"type": "aws:cloudformation:stack", "environment": "aws://111122223333/" + region, "properties": object{"templateFile": "Demo.template.json"},
	}}})
}

// served is a Run in progress.
type served struct {
	listening
	mu     sync.Mutex
	stderr bytes.Buffer
}

func (s *served) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stderr.String()
}

type lockedWriter struct {
	mu *sync.Mutex
	to io.Writer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// serveAssembly runs with --json and --verbose until the test ends.
func serveAssembly(t *testing.T, dir string) *served {
	t.Helper()
	return serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true, Verbose: true})
}

func serveWith(t *testing.T, options Options) *served {
	t.Helper()
	s := &served{}
	ctx, cancel := context.WithCancel(t.Context())
	first, printed := make(chan []byte, 1), sync.Once{}
	stdout := writerFunc(func(p []byte) (int, error) {
		printed.Do(func() { first <- bytes.Clone(p) })
		return len(p), nil
	})
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, options, stdout, lockedWriter{&s.mu, &s.stderr})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case line := <-first:
		if err := json.Unmarshal(line, &s.listening); err != nil {
			t.Fatalf("first line %q: %v", line, err)
		}
	case err := <-done:
		done <- nil
		t.Fatalf("Run ended: %v", err)
	}
	return s
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// refused runs an assembly that cannot be served, or not all of it. It gives the error, or the reasons that are told.
func refused(t *testing.T, options Options) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var told bytes.Buffer
	stdout := writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("Ctrl-C stops it.")) {
			cancel()
		}
		return told.Write(p)
	})
	if err := Run(ctx, options, stdout, io.Discard); err != nil {
		return err.Error()
	}
	_, reasons, found := strings.Cut(told.String(), "\nAnswered with 502:\n")
	if !found {
		_, reasons, found = strings.Cut(told.String(), "\nFunctions that cannot run:\n")
	}
	if !found {
		t.Fatalf("Run served all of it:\n%s", &told)
	}
	return reasons
}

func TestServes(t *testing.T) {
	resources := hello()
	resources["Fn"] = function("return process.env.OTHER + ' ' + process.env.TABLE", object{
		"OTHER": getAtt("OtherUrl", "FunctionUrl"), "TABLE": ref("Table"),
	})
	resources["Other"] = function("return 'other'", nil)
	resources["OtherUrl"] = url(getAtt("Other", "Arn"), "AWS_IAM")
	resources["Table"] = object{"Type": "AWS::DynamoDB::Table", "Properties": object{}}
	resources["Alarm"] = object{"Type": "AWS::CloudWatch::Alarm", "Properties": object{}}
	resources["Alarm2"] = object{"Type": "AWS::CloudWatch::Alarm", "Properties": object{}}
	s := serveAssembly(t, assemble(t, resources, object{
		"Address": object{"Value": getAtt("Url", "FunctionUrl")},
		"Unknown": object{"Value": getAtt("Alarm", "Arn")},
	}))
	if len(s.Distributions) != 0 || len(s.FunctionURLs) != 2 {
		t.Fatalf("listening: %+v", s.listening)
	}
	byID := map[string]listeningFunctionURL{}
	for _, u := range s.FunctionURLs {
		byID[u.ID] = u
	}
	open, iam := byID["Demo/Url"], byID["Demo/OtherUrl"]
	if !strings.HasSuffix(open.Host, ".lambda-url.eu-west-1.on.aws") || strings.HasSuffix(open.URL, "/") {
		t.Errorf("host %q, url %q", open.Host, open.URL)
	}
	status, body := fetch(t, open.URL+"/")
	if want := iam.URL + "/ "; status != 200 || !strings.HasPrefix(body, want) {
		t.Errorf("environment carries %q, want the loopback address %q", body, want)
	}
	if status, _ := fetch(t, iam.URL+"/"); status != 403 {
		t.Errorf("the IAM URL answered %d unsigned", status)
	}
	said := s.said()
	for _, want := range []string{
		"Demo.Address = " + open.URL + "/", "Demo.Unknown = furl-unknown-Demo-Alarm-Arn",
		"resources of type AWS::DynamoDB::Table", "resources of type AWS::CloudWatch::Alarm",
	} {
		if strings.Count(said, want) != 1 {
			t.Errorf("%q is said %d times, want once:\n%s", want, strings.Count(said, want), said)
		}
	}
}

// TestAliasPolicy: a URL of an alias takes the alias' own policy, and the function's is not its.
func TestAliasPolicy(t *testing.T) {
	for _, row := range []struct {
		name, why string
		on        any
		status    int
	}{
		{"on the alias", "as AWS asks", ref("Alias"), 200},
		{"on the function", "another qualifier, another policy", getAtt("Fn", "Arn"), 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := object{
				"Role": role(), "Fn": function("return 'hello'", nil), "Url": url(ref("Alias"), "NONE"),
				"Version": object{"Type": "AWS::Lambda::Version", "Properties": object{"FunctionName": ref("Fn")}},
				"Alias": object{"Type": "AWS::Lambda::Alias", "Properties": object{
					"FunctionName": ref("Fn"), "Name": "live", "FunctionVersion": getAtt("Version", "Version"),
				}},
			}
			open(row.on, resources, "Open")
			s := serveAssembly(t, assemble(t, resources, nil))
			if status, body := fetch(t, s.FunctionURLs[0].URL+"/"); status != row.status {
				t.Errorf("%d %s, want %d (%s)", status, body, row.status, row.why)
			}
		})
	}
}

// rolePolicy is a policy of "Role" with one statement.
func rolePolicy(statement object) object {
	return object{"Type": "AWS::IAM::Policy", "Properties": object{
		"Roles": []any{ref("Role")}, "PolicyDocument": object{"Statement": statement},
	}}
}

func TestPassesOverWhatOnlyAllows(t *testing.T) {
	resources := hello()
	unknown := getAtt("Api", "GraphQLUrl")
	resources["Api"] = object{"Type": "AWS::AppSync::GraphQLApi", "Properties": object{}}
	resources["Unrelated"] = object{"Type": "AWS::Lambda::Permission", "Properties": object{
		"Action": "lambda:InvokeFunction", "FunctionName": getAtt("Fn", "Arn"), "Principal": "appsync.amazonaws.com",
		"SourceArn": unknown,
	}}
	resources["Policy"] = rolePolicy(object{"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": unknown})
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, _ := fetch(t, s.FunctionURLs[0].URL+"/"); status != 200 {
		t.Errorf("answered %d", status)
	}
	for _, want := range []string{
		"permission that grants nothing, since it depends on furl-unknown-Demo-Api-GraphQLUrl: Demo/Unrelated",
		"attribute GraphQLUrl of AWS::AppSync::GraphQLApi:\n    Demo/Api GraphQLUrl  is " +
			"furl-unknown-Demo-Api-GraphQLUrl\n",
	} {
		if strings.Count(s.said(), want) != 1 {
			t.Errorf("%q is said %d times, want once:\n%s", want, strings.Count(s.said(), want), s.said())
		}
	}
}

func TestRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, row := range []struct {
		name, why string
		change    func(resources object, options *Options)
		want      []string
	}{
		{
			name: "no assembly", why: "says how to make one",
			change: func(_ object, o *Options) { o.Assembly = t.TempDir() }, want: []string{"npx cdk synth"},
		},
		{
			name: "not loopback", why: "made-up credentials and no TLS are not for the network",
			change: func(_ object, o *Options) { o.Listen = "0.0.0.0:0" }, want: []string{"loopback address"},
		},
		{
			name: "host name", why: "which may be anywhere",
			change: func(_ object, o *Options) { o.Listen = "example.com:80" }, want: []string{"loopback address"},
		},
		{
			name: "port taken", why: "says what to do",
			change: func(_ object, o *Options) { o.Listen = taken.Addr().String() },
			want:   []string{"Demo/Url", "--listen 127.0.0.1:0"},
		},
		{
			name: "command for nothing", why: "a typing mistake must not go unseen",
			change: func(_ object, o *Options) { o.Commands = map[string]string{"Demo/Nope": "x"} },
			want:   []string{"Demo/Nope", "Demo/Fn"},
		},
		{
			name: "other runtime", why: "says how it can run",
			change: func(r object, _ *Options) { propertiesOf(r, "Fn")["Runtime"] = "java21" },
			want:   []string{"Demo/Fn", "--run"},
		},
		{
			name: "role from elsewhere", why: "nobody knows what it may do",
			change: func(r object, _ *Options) {
				propertiesOf(r, "Fn")["Role"] = "arn:aws:iam::111122223333:role/elsewhere"
			},
			want: []string{"Demo/Fn", "role/elsewhere", "not in the assembly"},
		},
		{
			name: "boundary from elsewhere", why: "leaving it out would allow more",
			change: func(r object, _ *Options) {
				propertiesOf(r, "Role")["PermissionsBoundary"] = "arn:aws:iam::111122223333:policy/elsewhere"
			},
			want: []string{"Demo/Role", "boundary", "policy/elsewhere"},
		},
		{
			name: "disabled distribution", why: "CloudFront answers nothing",
			change: func(r object, _ *Options) {
				r["Cdn"] = distribution("")
				propertiesOf(r, "Cdn", "DistributionConfig")["Enabled"] = false
			},
			want: []string{"Demo/Cdn", "Enabled is false"},
		},
		{
			name: "edge function elsewhere", why: "CloudFront takes them from us-east-1",
			change: func(r object, _ *Options) { edge(r, nil) }, want: []string{"Demo/Edge", "it is in eu-west-1"},
		},
		{
			name: "role that Lambda may not assume", why: "the function would not start",
			change: func(r object, _ *Options) {
				trust := propertiesOf(r, "Role", "AssumeRolePolicyDocument", "Statement")
				trust["Principal"] = object{"Service": "ec2.amazonaws.com"}
			},
			want: []string{"Demo/Fn", "trust policy", "lambda.amazonaws.com"},
		},
		{
			name: "function from elsewhere", why: "there is nothing to run",
			change: func(r object, _ *Options) {
				propertiesOf(r, "Url")["TargetFunctionArn"] = "arn:aws:lambda:eu-west-1:111122223333:function:elsewhere"
			},
			want: []string{"Demo/Url", "function:elsewhere", "not in the assembly"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources, options := hello(), Options{Listen: "127.0.0.1:0"}
			row.change(resources, &options)
			if options.Assembly == "" {
				options.Assembly = assemble(t, resources, nil)
			}
			said := refused(t, options)
			for _, want := range row.want {
				if !strings.Contains(said, want) {
					t.Errorf("%q does not say %q (%s)", said, want, row.why)
				}
			}
		})
	}
}

// distribution is one whose origin is the URL, with the web ACL of an ARN and no edge function.
func distribution(webACL any) object {
	return object{"Type": "AWS::CloudFront::Distribution", "Properties": object{"DistributionConfig": object{
		"Enabled": true, "WebACLId": webACL,
		"DefaultCacheBehavior": object{
			"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all",
			"CachePolicyId":         "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
			"OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
		},
		"Origins": []any{object{
			"Id": "o", "CustomOriginConfig": object{"OriginProtocolPolicy": "https-only"},
			"DomainName": object{"Fn::Select": []any{2, object{"Fn::Split": []any{"/", getAtt("Url", "FunctionUrl")}}}},
		}},
	}}}
}

// edge adds a distribution with an edge function, whose properties change alters.
func edge(resources object, change func(properties object)) {
	resources["Edge"] = function("return event.Records[0].cf.request", nil)
	properties := propertiesOf(resources, "Edge")
	delete(properties, "Environment")
	if change != nil {
		change(properties)
	}
	resources["EdgeVersion"] = object{"Type": "AWS::Lambda::Version", "Properties": object{"FunctionName": ref("Edge")}}
	resources["Cdn"] = distribution("")
	behavior := propertiesOf(resources, "Cdn", "DistributionConfig", "DefaultCacheBehavior")
	behavior["LambdaFunctionAssociations"] = []any{
		object{"EventType": "origin-request", "LambdaFunctionARN": ref("EdgeVersion")},
	}
}

// edgeRole is a role that an edge function may have.
func edgeRole() object {
	return object{"Type": "AWS::IAM::Role", "Properties": object{"AssumeRolePolicyDocument": object{"Statement": object{
		"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": object{"Service": []any{"lambda.amazonaws.com", "edgelambda.amazonaws.com"}},
	}}}}
}

// TestEdgeRestrictions: what CloudFront would refuse of an edge function is refused here.
func TestEdgeRestrictions(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(properties, role object)
		want      string // "": it is served
	}{
		{name: "sound", why: "nothing to refuse", change: func(object, object) {}},
		{
			name: "environment", why: "edge functions have none",
			change: func(p, _ object) { p["Environment"] = object{"Variables": object{"AB": "c"}} },
			want:   "environment variables",
		},
		{
			name: "timeout", why: "30 s is the most",
			change: func(p, _ object) { p["Timeout"] = 31 }, want: "its timeout is 31 s",
		},
		{
			name: "arm64", why: "x86_64 only",
			change: func(p, _ object) { p["Architectures"] = []any{"arm64"} }, want: "not x86_64",
		},
		{
			name: "Go", why: "Node.js and Python only",
			change: func(p, _ object) { p["Runtime"] = "provided.al2023" }, want: "neither Node.js nor Python",
		},
		{
			name: "layers", why: "not supported",
			change: func(p, _ object) { p["Layers"] = []any{"arn:aws:lambda:us-east-1:111122223333:layer:l:1"} },
			want:   "layers",
		},
		{
			name: "VPC", why: "not supported",
			change: func(p, _ object) { p["VpcConfig"] = object{"SubnetIds": []any{"subnet-1"}} }, want: "VPC",
		},
		{
			name: "dead-letter queue", why: "not supported",
			change: func(p, _ object) {
				p["DeadLetterConfig"] = object{"TargetArn": "arn:aws:sqs:us-east-1:111122223333:q"}
			},
			want: "dead-letter",
		},
		{
			name: "tracing", why: "not supported",
			change: func(p, _ object) { p["TracingConfig"] = object{"Mode": "Active"} }, want: "X-Ray",
		},
		{
			name: "storage", why: "512 MB is the most",
			change: func(p, _ object) { p["EphemeralStorage"] = object{"Size": 1024} }, want: "ephemeral storage",
		},
		{
			name: "image", why: "zip only",
			change: func(p, _ object) { p["PackageType"] = "Image" }, want: "container image",
		},
		{
			name: "trust of Lambda only", why: "replicas are edgelambda's",
			change: func(_, role object) {
				statement := role["AssumeRolePolicyDocument"].(object)["Statement"].(object)
				statement["Principal"] = object{"Service": "lambda.amazonaws.com"}
			},
			want: "edgelambda.amazonaws.com",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := hello()
			trusted := propertiesOf(resources, "Role")
			trusted["AssumeRolePolicyDocument"].(object)["Statement"].(object)["Principal"] = object{
				"Service": []any{"lambda.amazonaws.com", "edgelambda.amazonaws.com"},
			}
			edge(resources, func(properties object) { row.change(properties, trusted) })
			dir := assembleIn(t, "us-east-1", resources, nil)
			if row.want == "" {
				s := serveAssembly(t, dir)
				if status, body := fetch(t, s.Distributions[0].URL+"/"); status != 200 || body != "hello" {
					t.Errorf("%d %s (%s)", status, body, row.why)
				}
				return
			}
			if said := refused(t, Options{
				Assembly: dir, Listen: "127.0.0.1:0",
			}); !strings.Contains(said, row.want) || !strings.Contains(said, "Demo/Edge") {
				t.Errorf("%q does not say %q (%s)", said, row.want, row.why)
			}
		})
	}
}

// TestSharedWebACL: an ACL counts the requests of an address once, however many distributions it stands before.
func TestSharedWebACL(t *testing.T) {
	resources := hello()
	resources["Acl"] = object{"Type": "AWS::WAFv2::WebACL", "Properties": object{
		"Scope": "CLOUDFRONT", "DefaultAction": object{"Allow": object{}},
		"Rules": []any{object{
			"Name": "Rate", "Priority": 0, "Action": object{"Block": object{}},
			"Statement": object{"RateBasedStatement": object{"AggregateKeyType": "IP", "Limit": 10}},
		}},
	}}
	resources["One"], resources["Two"] = distribution(getAtt("Acl", "Arn")), distribution(getAtt("Acl", "Arn"))
	s := serveAssembly(t, assemble(t, resources, nil))
	for n := range 12 {
		want := 200
		if n >= 10 {
			want = 403
		}
		if status, body := fetch(t, s.Distributions[n%2].URL+"/"); status != want {
			t.Errorf("request %d: %d %s, want %d", n+1, status, body, want)
		}
	}
}

// TestOptionsOfEverything: net/http would answer "OPTIONS *" by itself, past every check.
func TestOptionsOfEverything(t *testing.T) {
	resources := hello()
	resources["Cdn"] = distribution("")
	s := serveAssembly(t, assemble(t, resources, nil))
	for _, url := range []string{s.Distributions[0].URL, s.FunctionURLs[0].URL} {
		connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		fmt.Fprintf(connection, "OPTIONS * HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", strings.TrimPrefix(url, "http://"))
		answer, err := io.ReadAll(connection)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
			t.Errorf("%q (%v), want 400", answer, err)
		}
	}
}

// TestFunctionFailureIsLogged: a developer learns why there is a 502.
func TestFunctionFailureIsLogged(t *testing.T) {
	resources := hello()
	resources["Fn"] = function("return { statusCode: 'nonsense' }", nil)
	s := serveWith(t, Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", JSON: true})
	if status, _ := fetch(t, s.FunctionURLs[0].URL+"/"); status != 502 {
		t.Errorf("answered %d, want 502", status)
	}
	s.says(t, " ms  function Demo/Fn: the function's response is not of format 2.0", "it is logged")
}
