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

// function is a Node function whose code is inline, with the role "Role".
func function(code string, environment object) object {
	return object{"Type": "AWS::Lambda::Function", "Properties": object{
		"Runtime": "nodejs22.x", "Handler": "index.handler", "Code": object{"ZipFile": "exports.handler = async (event) => {" + code + "};"},
		"Role": getAtt("Role", "Arn"), "Environment": object{"Variables": environment},
	}}
}

func url(target any, authType string) object {
	return object{"Type": "AWS::Lambda::Url", "Properties": object{"TargetFunctionArn": target, "AuthType": authType}}
}

func role(policies ...any) object {
	return object{"Type": "AWS::IAM::Role", "Properties": object{
		"AssumeRolePolicyDocument": object{"Statement": object{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": "lambda.amazonaws.com"}}},
		"Policies":                 policies,
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
	return dir
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

// refused runs an assembly that cannot be served, and gives the error.
func refused(t *testing.T, options Options) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := Run(ctx, options, io.Discard, io.Discard)
	if err == nil {
		t.Fatal("Run served it")
	}
	return err.Error()
}

func TestServes(t *testing.T) {
	resources := hello()
	resources["Fn"] = function("return process.env.OTHER + ' ' + process.env.TABLE", object{"OTHER": getAtt("OtherUrl", "FunctionUrl"), "TABLE": ref("Table")})
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
	for _, want := range []string{"Demo.Address = " + open.URL + "/", "output Unknown of stack Demo: Fn::GetAtt", "resources of type AWS::DynamoDB::Table", "resources of type AWS::CloudWatch::Alarm"} {
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
			if status, body := fetch(t, serveAssembly(t, assemble(t, resources, nil)).FunctionURLs[0].URL+"/"); status != row.status {
				t.Errorf("%d %s, want %d (%s)", status, body, row.status, row.why)
			}
		})
	}
}

func TestPassesOverWhatOnlyAllows(t *testing.T) {
	resources := hello()
	unknown := getAtt("Api", "GraphQLUrl")
	resources["Api"] = object{"Type": "AWS::AppSync::GraphQLApi", "Properties": object{}}
	resources["Unrelated"] = object{"Type": "AWS::Lambda::Permission", "Properties": object{
		"Action": "lambda:InvokeFunction", "FunctionName": getAtt("Fn", "Arn"), "Principal": "appsync.amazonaws.com", "SourceArn": unknown,
	}}
	resources["Policy"] = object{"Type": "AWS::IAM::Policy", "Properties": object{"Roles": []any{ref("Role")}, "PolicyDocument": object{
		"Statement": object{"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": unknown},
	}}}
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, _ := fetch(t, s.FunctionURLs[0].URL+"/"); status != 200 {
		t.Errorf("answered %d", status)
	}
	for _, want := range []string{"Demo/Unrelated: it grants nothing here", "Demo/Policy: it grants nothing here"} {
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
	unknown := getAtt("Api", "GraphQLUrl")
	for _, row := range []struct {
		name, why string
		change    func(resources object, options *Options)
		want      []string
	}{
		{"no assembly", "says how to make one", func(_ object, o *Options) { o.Assembly = t.TempDir() }, []string{"npx cdk synth"}},
		{"not loopback", "made-up credentials and no TLS are not for the network", func(_ object, o *Options) { o.Listen = "0.0.0.0:0" }, []string{"loopback address"}},
		{"host name", "which may be anywhere", func(_ object, o *Options) { o.Listen = "example.com:80" }, []string{"loopback address"}},
		{"port taken", "says what to do", func(_ object, o *Options) { o.Listen = taken.Addr().String() }, []string{"Demo/Url", "--listen 127.0.0.1:0"}},
		{"nothing to serve", "", func(r object, _ *Options) { delete(r, "Url") }, []string{"neither a CloudFront distribution nor a Function URL"}},
		{"command for nothing", "a typing mistake must not go unseen", func(_ object, o *Options) { o.Commands = map[string]string{"Demo/Nope": "x"} }, []string{"Demo/Nope", "Demo/Fn"}},
		{"other runtime", "says how it can run", func(r object, _ *Options) { r["Fn"].(object)["Properties"].(object)["Runtime"] = "python3.13" }, []string{"Demo/Fn", "--run"}},
		{"role from elsewhere", "nobody knows what it may do", func(r object, _ *Options) {
			r["Fn"].(object)["Properties"].(object)["Role"] = "arn:aws:iam::111122223333:role/elsewhere"
		}, []string{"Demo/Fn", "role/elsewhere", "not in the assembly"}},
		{"boundary from elsewhere", "leaving it out would allow more", func(r object, _ *Options) {
			r["Role"].(object)["Properties"].(object)["PermissionsBoundary"] = "arn:aws:iam::111122223333:policy/elsewhere"
		}, []string{"Demo/Role", "boundary", "policy/elsewhere"}},
		{"unmodelled in the environment", "the function needs it", func(r object, _ *Options) {
			r["Api"] = object{"Type": "AWS::AppSync::GraphQLApi", "Properties": object{}}
			r["Fn"].(object)["Properties"].(object)["Environment"] = object{"Variables": object{"API": unknown}}
		}, []string{"Demo/Fn", "AWS::AppSync::GraphQLApi", "GraphQLUrl"}},
		{"unmodelled in a deny", "a deny must not go missing", func(r object, _ *Options) {
			r["Api"] = object{"Type": "AWS::AppSync::GraphQLApi", "Properties": object{}}
			r["Policy"] = object{"Type": "AWS::IAM::Policy", "Properties": object{"Roles": []any{ref("Role")}, "PolicyDocument": object{
				"Statement": object{"Effect": "Deny", "Action": "*", "Resource": unknown},
			}}}
		}, []string{"Demo/Policy", "AWS::AppSync::GraphQLApi"}},
		{"disabled distribution", "CloudFront answers nothing", func(r object, _ *Options) {
			r["Cdn"] = distribution("")
			r["Cdn"].(object)["Properties"].(object)["DistributionConfig"].(object)["Enabled"] = false
		}, []string{"Demo/Cdn", "Enabled is false"}},
		{"edge function elsewhere", "CloudFront takes them from us-east-1", func(r object, _ *Options) { edge(r, nil) }, []string{"Demo/Edge", "it is in eu-west-1"}},
		{"role that Lambda may not assume", "the function would not start", func(r object, _ *Options) {
			trust := r["Role"].(object)["Properties"].(object)["AssumeRolePolicyDocument"].(object)["Statement"].(object)
			trust["Principal"] = object{"Service": "ec2.amazonaws.com"}
		}, []string{"Demo/Fn", "trust policy", "lambda.amazonaws.com"}},
		{"function from elsewhere", "there is nothing to run", func(r object, _ *Options) {
			r["Url"].(object)["Properties"].(object)["TargetFunctionArn"] = "arn:aws:lambda:eu-west-1:111122223333:function:elsewhere"
		}, []string{"Demo/Url", "function:elsewhere", "not in the assembly"}},
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
			"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
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
	properties := resources["Edge"].(object)["Properties"].(object)
	delete(properties, "Environment")
	if change != nil {
		change(properties)
	}
	resources["EdgeVersion"] = object{"Type": "AWS::Lambda::Version", "Properties": object{"FunctionName": ref("Edge")}}
	cdn := distribution("")
	cdn["Properties"].(object)["DistributionConfig"].(object)["DefaultCacheBehavior"].(object)["LambdaFunctionAssociations"] = []any{
		object{"EventType": "origin-request", "LambdaFunctionARN": ref("EdgeVersion")},
	}
	resources["Cdn"] = cdn
}

// TestEdgeRestrictions: what CloudFront would refuse of an edge function is refused here.
func TestEdgeRestrictions(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(properties, role object)
		want      string // "": it is served
	}{
		{"sound", "nothing to refuse", func(object, object) {}, ""},
		{"environment", "edge functions have none", func(p, _ object) { p["Environment"] = object{"Variables": object{"AB": "c"}} }, "environment variables"},
		{"timeout", "30 s is the most", func(p, _ object) { p["Timeout"] = 31 }, "its timeout is 31 s"},
		{"arm64", "x86_64 only", func(p, _ object) { p["Architectures"] = []any{"arm64"} }, "not x86_64"},
		{"Go", "Node.js and Python only", func(p, _ object) { p["Runtime"] = "provided.al2023" }, "neither Node.js nor Python"},
		{"layers", "not supported", func(p, _ object) { p["Layers"] = []any{"arn:aws:lambda:us-east-1:111122223333:layer:l:1"} }, "layers"},
		{"VPC", "not supported", func(p, _ object) { p["VpcConfig"] = object{"SubnetIds": []any{"subnet-1"}} }, "VPC"},
		{"dead-letter queue", "not supported", func(p, _ object) { p["DeadLetterConfig"] = object{"TargetArn": "arn:aws:sqs:us-east-1:111122223333:q"} }, "dead-letter"},
		{"tracing", "not supported", func(p, _ object) { p["TracingConfig"] = object{"Mode": "Active"} }, "X-Ray"},
		{"storage", "512 MB is the most", func(p, _ object) { p["EphemeralStorage"] = object{"Size": 1024} }, "ephemeral storage"},
		{"image", "zip only", func(p, _ object) { p["PackageType"] = "Image" }, "container image"},
		{"trust of Lambda only", "replicas are edgelambda's", func(_, role object) {
			role["AssumeRolePolicyDocument"].(object)["Statement"].(object)["Principal"] = object{"Service": "lambda.amazonaws.com"}
		}, "edgelambda.amazonaws.com"},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := hello()
			trusted := resources["Role"].(object)["Properties"].(object)
			trusted["AssumeRolePolicyDocument"].(object)["Statement"].(object)["Principal"] = object{"Service": []any{"lambda.amazonaws.com", "edgelambda.amazonaws.com"}}
			edge(resources, func(properties object) { row.change(properties, trusted) })
			dir := assembleIn(t, "us-east-1", resources, nil)
			if row.want == "" {
				if status, body := fetch(t, serveAssembly(t, dir).Distributions[0].URL+"/"); status != 200 || body != "hello" {
					t.Errorf("%d %s (%s)", status, body, row.why)
				}
				return
			}
			if said := refused(t, Options{Assembly: dir, Listen: "127.0.0.1:0"}); !strings.Contains(said, row.want) || !strings.Contains(said, "Demo/Edge") {
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

// TestFunctionFailureIsLogged: a developer learns why there is a 502 without asking for --verbose.
func TestFunctionFailureIsLogged(t *testing.T) {
	resources := hello()
	resources["Fn"] = function("return { statusCode: 'nonsense' }", nil)
	s := serveWith(t, Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", JSON: true})
	if status, _ := fetch(t, s.FunctionURLs[0].URL+"/"); status != 502 {
		t.Errorf("answered %d, want 502", status)
	}
	if !strings.Contains(s.said(), "Demo/Url: 502") {
		t.Errorf("nothing is said of it:\n%s", s.said())
	}
}
