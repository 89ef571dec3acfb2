package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// copyHost is what the constructs have a CloudFront Function do where CloudFront signs.
const copyHost = `function handler(event) {
	var request = event.request, headers = request.headers;
	headers['x-forwarded-host'] = { value: headers.host.value };
	delete headers['x-forwarded-authorization'];
	if (headers.authorization) headers['x-forwarded-authorization'] = { value: headers.authorization.value };
	return request;
}`

// controlled is a template whose distribution "Cdn" calls an IAM URL by an origin access control, behind a CloudFront
// Function.
func controlled() object {
	cdn := distribution("")
	config := cdn["Properties"].(object)["DistributionConfig"].(object)
	config["Origins"].([]any)[0].(object)["OriginAccessControlId"] = getAtt("Oac", "Id")
	behavior := config["DefaultCacheBehavior"].(object)
	behavior["AllowedMethods"] = []any{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
	behavior["FunctionAssociations"] = []any{
		object{"EventType": "viewer-request", "FunctionARN": getAtt("Host", "FunctionARN")},
	}
	return object{
		"Role": role(), "Fn": function("return event", nil), "Url": url(getAtt("Fn", "Arn"), "AWS_IAM"), "Cdn": cdn,
		"Host": object{"Type": "AWS::CloudFront::Function", "Properties": object{
			"Name": "host", "AutoPublish": true, "FunctionCode": copyHost,
			"FunctionConfig": object{"Comment": "", "Runtime": "cloudfront-js-2.0"},
		}},
		"Oac": object{"Type": "AWS::CloudFront::OriginAccessControl", "Properties": object{
			"OriginAccessControlConfig": object{
				"Name": "oac", "OriginAccessControlOriginType": "lambda", "SigningBehavior": "always",
				"SigningProtocol": "sigv4",
			},
		}},
		"MayCallUrl":      mayCall(object{"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "AWS_IAM"}),
		"MayCallFunction": mayCall(object{"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": true}),
	}
}

// mayCall lets CloudFront in for the distribution "Cdn".
func mayCall(properties object) object {
	properties["FunctionName"], properties["Principal"] = getAtt("Fn", "Arn"), "cloudfront.amazonaws.com"
	properties["SourceArn"] = object{"Fn::Join": []any{"", []any{
		"arn:", ref("AWS::Partition"), ":cloudfront::", ref("AWS::AccountId"), ":distribution/", ref("Cdn"),
	}}}
	return object{"Type": "AWS::Lambda::Permission", "Properties": properties}
}

// send sends a request with a header for each "Name: value", and gives the status, the error type and the body.
func send(t *testing.T, method, url, body string, header ...string) (status int, errorType, answer string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("X-Amzn-Errortype"), string(text)
}

func hashHeader(body string) string {
	sum := sha256.Sum256([]byte(body))
	return "X-Amz-Content-Sha256: " + hex.EncodeToString(sum[:])
}

func TestAccessControl(t *testing.T) {
	const forged = "Authorization: AWS4-HMAC-SHA256 Credential=ASIAX/20261122/eu-west-1/lambda/aws4_request, " +
		"SignedHeaders=host, Signature=00"
	s := serveAssembly(t, assemble(t, controlled(), nil))
	cdn, direct := s.Distributions[0].URL, s.FunctionURLs[0].URL
	for _, row := range []struct {
		name, why, method, url, body string
		header                       []string
		status                       int
		errorType                    string
	}{
		{name: "GET", method: "GET", url: cdn + "/x?b=1&a=%20", status: 200},
		{
			name:   "POST with its hash",
			method: "POST", url: cdn, body: "hi", header: []string{hashHeader("hi")}, status: 200,
		},
		{
			name: "POST without a hash", why: "Lambda takes no unsigned payload",
			method: "POST", url: cdn, body: "hi", status: 403, errorType: "InvalidSignatureException",
		},
		{name: "POST of nothing without a hash", why: "seen to pass on AWS", method: "POST", url: cdn, status: 200},
		{
			name:   "POST with a wrong hash",
			method: "POST", url: cdn, body: "hi", header: []string{hashHeader("ho")}, status: 403,
			errorType: "InvalidSignatureException",
		},
		{
			name:   "DELETE with a body and no hash",
			method: "DELETE", url: cdn, body: "hi", status: 403, errorType: "InvalidSignatureException",
		},
		{
			name: "forged Authorization", why: "CloudFront overwrites it",
			method: "GET", url: cdn, header: []string{forged}, status: 200,
		},
		{
			name: "past CloudFront", why: "nobody signs",
			method: "GET", url: direct, status: 403, errorType: "AccessDeniedException",
		},
		{
			name: "past CloudFront, forged", why: "a signature takes the secret",
			method: "GET", url: direct, header: []string{forged, "X-Amz-Date: 20261122T000000Z"}, status: 403,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, errorType, body := send(t, row.method, row.url, row.body, row.header...)
			if status != row.status || row.errorType != "" && errorType != row.errorType {
				t.Errorf("%s: %d %s %s\n%s", row.why, status, errorType, body, s.said())
			}
		})
	}
	if strings.Contains(s.said(), "CloudFront::Function") || strings.Contains(s.said(), "OriginAccessControl") {
		t.Errorf("said not to be simulated:\n%s", s.said())
	}
}

// TestAccessControlEvent checks that the function sees the viewer's host, Authorization and address, and the
// distribution that signed.
func TestAccessControlEvent(t *testing.T) {
	s := serveAssembly(t, assemble(t, controlled(), nil))
	cdn := s.Distributions[0].URL
	_, _, body := send(t, "GET", cdn+"/x", "", "Authorization: Bearer x", "X-Forwarded-Host: forged",
		"X-Forwarded-Authorization: forged", "X-Forwarded-For: 192.0.2.4")
	var event struct {
		Headers        map[string]string
		RequestContext struct {
			Authorizer struct{ IAM struct{ UserARN string } }
		}
	}
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for name, want := range map[string]string{
		"x-forwarded-host": strings.TrimPrefix(cdn, "http://"), "x-forwarded-authorization": "Bearer x",
		"host": s.FunctionURLs[0].Host,
	} {
		if event.Headers[name] != want {
			t.Errorf("%s is %q, want %q", name, event.Headers[name], want)
		}
	}
	if got := event.Headers["x-forwarded-for"]; got != "192.0.2.4" {
		t.Errorf("x-forwarded-for %q: the Function URL hands on the first entry only", got)
	}
	if arn := event.RequestContext.Authorizer.IAM.UserARN; !strings.HasSuffix(arn, "/OriginAccessSession") {
		t.Errorf("authorizer.iam has the ARN %q", arn)
	}
	distribution := event.Headers["x-amz-source-arn"]
	if !strings.HasPrefix(distribution, "arn:aws:cloudfront::111122223333:distribution/E") ||
		event.Headers["x-amz-source-account"] != "111122223333" || event.Headers["authorization"] != "" {
		t.Errorf("headers %v", event.Headers)
	}
}

func TestAccessControlRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(resources object)
		want      string
	}{
		{
			name: "other distribution", why: "the policy names one",
			change: func(r object) {
				for _, id := range []string{"MayCallUrl", "MayCallFunction"} {
					propertiesOf(r, id)["SourceArn"] = "arn:aws:cloudfront::111122223333:distribution/EOTHER"
				}
			},
			want: "to cloudfront.amazonaws.com for arn:aws:cloudfront::111122223333:distribution/E",
		},
		{
			name: "other account's distribution", why: "the ARN has the account",
			change: func(r object) {
				join := propertiesOf(r, "MayCallUrl", "SourceArn")["Fn::Join"].([]any)[1].([]any)
				join[3] = "444455556666"
			},
			want: "to cloudfront.amazonaws.com for arn:aws:cloudfront::111122223333:distribution/E",
		},
		{
			name: "no lambda:InvokeFunctionUrl", why: "both are needed",
			change: func(r object) { delete(r, "MayCallUrl") }, want: "allows lambda:InvokeFunctionUrl on",
		},
		{
			name: "no lambda:InvokeFunction", why: "both are needed",
			change: func(r object) { delete(r, "MayCallFunction") }, want: "allows lambda:InvokeFunction on",
		},
		{
			name: "never signs", why: "the URL wants a signature",
			change: func(r object) {
				propertiesOf(r, "Oac", "OriginAccessControlConfig")["SigningBehavior"] = "never"
			},
			want: "signature: ",
		},
		{
			name: "no origin access control", why: "nobody signs",
			change: func(r object) {
				delete(propertiesOf(r, "Cdn", "DistributionConfig")["Origins"].([]any)[0].(object),
					"OriginAccessControlId")
			},
			want: "signature: ",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := controlled()
			row.change(resources)
			s := serveAssembly(t, assemble(t, resources, nil))
			status, _, body := send(t, "GET", s.Distributions[0].URL, "")
			if status != 403 {
				t.Errorf("%s: %d %s, want 403\n%s", row.why, status, body, s.said())
			}
			s.says(t, row.want, "it is logged")
		})
	}
}

// TestAccessControlIsTheDistributions: of two distributions with the same origin access control, only the one named
// gets in.
func TestAccessControlIsTheDistributions(t *testing.T) {
	resources := controlled()
	other := controlled()["Cdn"]
	resources["Other"] = other
	s := serveAssembly(t, assemble(t, resources, nil))
	for _, d := range s.Distributions {
		want := 200
		if d.ID == "Demo/Other" {
			want = 403
		}
		if status, _, body := send(t, "GET", d.URL, ""); status != want {
			t.Errorf("%s: %d %s, want %d\n%s", d.ID, status, body, want, s.said())
		}
	}
}

// TestViewerFunctionRefused: what CloudFront would not take, or is not simulated, is an error at start.
func TestViewerFunctionRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(properties object)
		want      string
	}{
		{
			name: "old runtime", why: "it has other features",
			change: func(p object) { p["FunctionConfig"].(object)["Runtime"] = "cloudfront-js-1.0" },
			want:   "use cloudfront-js-2.0",
		},
		{
			name: "too large", why: "10 KB",
			change: func(p object) { p["FunctionCode"] = copyHost + strings.Repeat(" ", 10<<10) },
			want:   "CloudFront takes 10240 at most",
		},
		{
			name: "key value store from elsewhere", why: "nobody knows its content",
			change: func(p object) {
				p["FunctionConfig"].(object)["KeyValueStoreAssociations"] = []any{object{"KeyValueStoreARN": "arn"}}
			},
			want: "its key value store arn is not in the assembly",
		},
		{
			name: "not published", why: "CloudFront takes published functions only",
			change: func(p object) { delete(p, "AutoPublish") }, want: "AutoPublish is not true",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := controlled()
			row.change(propertiesOf(resources, "Host"))
			if said := refused(t, Options{
				Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0",
			}); !strings.Contains(said, row.want) || !strings.Contains(said, "Demo/Host") {
				t.Errorf("%q does not say %q (%s)", said, row.want, row.why)
			}
		})
	}
	resources := controlled()
	propertiesOf(resources, "Cdn", "DistributionConfig", "DefaultCacheBehavior")["FunctionAssociations"] = []any{
		object{"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::111122223333:function/elsewhere"},
	}
	if said := refused(t, Options{
		Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0",
	}); !strings.Contains(said, "function/elsewhere is not in the assembly") {
		t.Errorf("a function from elsewhere: %s", said)
	}
}
