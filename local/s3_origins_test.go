package local

import (
	"strings"
	"testing"
)

func TestS3Origin(t *testing.T) {
	s := serveAssembly(t, assembleSite(t, site()))
	address := s.distributionAddress()
	const denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
	for _, row := range []struct {
		name, why, method, target string
		status                    int
		body, contentType         string
	}{
		{
			name: "root", why: "the default root object",
			target: "/", status: 200, body: "<h1>home</h1>", contentType: "text/html",
		},
		{name: "file", target: "/app.js?v=1", status: 200, body: "1", contentType: "text/javascript"},
		{
			name: "escapes", why: "a key is decoded",
			target: "/%61pp.js", status: 200, body: "1", contentType: "text/javascript",
		},
		{
			name: "no type", why: "Python has none",
			target: "/font.woff2", status: 200, body: "f", contentType: "binary/octet-stream",
		},
		{
			name: "marker", why: "its value is this machine's", target: "/config.json", status: 200,
			body: `{"api":"http://` + address + `/api"}`, contentType: "application/json",
		},
		{
			name: "zip", why: "an asset may be a file",
			target: "/more/page.html", status: 200, body: "zipped", contentType: "text/html",
		},
		{name: "HEAD", method: "HEAD", target: "/app.js", status: 200, contentType: "text/javascript"},
		{
			name: "missing", why: "CloudFront may not list",
			target: "/none", status: 403, body: denied, contentType: "application/xml",
		},
		{
			name: "folder", why: "is no object",
			target: "/docs", status: 403, body: denied, contentType: "application/xml",
		},
		{
			name: "folder with a slash", why: "is no object",
			target: "/docs/", status: 403, body: denied, contentType: "application/xml",
		},
		{
			name: "excluded", why: "it was not copied",
			target: "/app.js.map", status: 403, body: denied, contentType: "application/xml",
		},
		{
			name: "out of the folder", why: "a key is no path",
			target: "/../secret.txt", status: 403, body: denied, contentType: "application/xml",
		},
		{
			name: "out, escaped", why: "a key is no path",
			target: "/%2e%2e%2fsecret.txt", status: 403, body: denied, contentType: "application/xml",
		},
		{
			name: "inside, by dots", why: "a key is no path",
			target: "/docs/../app.js", status: 403, body: denied, contentType: "application/xml",
		},
		{
			name: "link out of the folder", why: "nothing of it was meant",
			target: "/link.txt", status: 403, body: denied, contentType: "application/xml",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			method := row.method
			if method == "" {
				method = "GET"
			}
			response, body := askAt(t, address, method, row.target)
			if response.StatusCode != row.status || !strings.HasSuffix(body, row.body) {
				t.Errorf("%d %q, want %d %q: %s", response.StatusCode, body, row.status, row.body, row.why)
			}
			if got := response.Header.Get("Content-Type"); got != row.contentType {
				t.Errorf("Content-Type %q, want %q", got, row.contentType)
			}
		})
	}
	response, _ := askAt(t, address, "GET", "/app.js")
	if got := response.Header.Get("Cache-Control"); got != "max-age=60" {
		t.Errorf("Cache-Control %q", got)
	}
	etag := response.Header.Get("ETag")
	if etag != `"c4ca4238a0b923820dcc509a6f75849b"` {
		t.Errorf("ETag %s is not the content's MD5", etag)
	}
	if response, _ := askAt(t, address, "GET", "/app.js", "If-None-Match: "+etag); response.StatusCode != 304 {
		t.Errorf("If-None-Match: %d", response.StatusCode)
	}
	response, body := askAt(t, address, "GET", "/index.html", "Range: bytes=4-7")
	if response.StatusCode != 206 || body != "home" || response.Header.Get("Content-Range") != "bytes 4-7/13" {
		t.Errorf("Range: %d %q %v", response.StatusCode, body, response.Header)
	}
}

// TestS3Permissions checks that the bucket policy decides.
func TestS3Permissions(t *testing.T) {
	for _, row := range []struct {
		name, why       string
		change          func(resources object)
		status, missing int
	}{
		{
			name: "GetObject", why: "S3 does not say that an object is missing",
			change: func(object) {}, status: 200, missing: 403,
		},
		{
			name: "ListBucket too", why: "S3 says that an object is missing",
			change: func(r object) { r["Policy"] = bucketPolicy("s3:*") }, status: 200, missing: 404,
		},
		{
			name: "no policy", why: "CloudFront is let in by the policy only",
			change: func(r object) { delete(r, "Policy") }, status: 403, missing: 403,
		},
		{
			name: "no origin access control", why: "the policy does not let everyone in",
			change: func(r object) {
				origins := propertiesOf(r, "Cdn", "DistributionConfig")["Origins"].([]any)
				delete(origins[0].(object), "OriginAccessControlId")
			},
			status: 403, missing: 403,
		},
		{
			name: "other distribution", why: "the policy names this one",
			change: func(r object) {
				statement := propertiesOf(r, "Policy", "PolicyDocument")["Statement"].([]any)[0].(object)
				other := object{"AWS:SourceArn": "arn:aws:cloudfront::1:distribution/E"}
				statement["Condition"] = object{"StringEquals": other}
			},
			status: 403, missing: 403,
		},
		{
			name: "everyone", why: "a public bucket needs no control",
			change: func(r object) {
				origins := propertiesOf(r, "Cdn", "DistributionConfig")["Origins"].([]any)
				delete(origins[0].(object), "OriginAccessControlId")
				statement := propertiesOf(r, "Policy", "PolicyDocument")["Statement"].([]any)[0].(object)
				statement["Principal"] = "*"
				delete(statement, "Condition")
			},
			status: 200, missing: 403,
		},
		{
			name: "access identity", why: "the policy names its canonical user",
			change: func(r object) {
				useAccessIdentity(r, object{"CanonicalUser": getAtt("Identity", "S3CanonicalUserId")})
			},
			status: 200, missing: 404,
		},
		{
			name: "access identity by ARN", why: "the policy names its id",
			change: func(r object) { useAccessIdentity(r, object{"AWS": accessIdentityARN(ref("Identity"))}) },
			status: 200, missing: 404,
		},
		{
			name: "another access identity", why: "the policy names another id",
			change: func(r object) { useAccessIdentity(r, object{"AWS": accessIdentityARN("E2OTHER")}) },
			status: 403, missing: 403,
		},
		{
			name: "service beside an access identity", why: "the origin asks as the identity",
			change: func(r object) { useAccessIdentity(r, object{"Service": "cloudfront.amazonaws.com"}) },
			status: 403, missing: 403,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := site()
			row.change(resources)
			s := serveAssembly(t, assembleSite(t, resources))
			for target, want := range map[string]int{"/app.js": row.status, "/none": row.missing} {
				if response, body := askAt(t, s.distributionAddress(), "GET", target); response.StatusCode != want {
					t.Errorf("%s: %d %s, want %d: %s", target, response.StatusCode, body, want, row.why)
				}
			}
			if row.status == 403 {
				s.says(t, ".amazonaws.com: AccessDenied: no statement of ", "it is logged")
			}
		})
	}
}

// useAccessIdentity has an origin access identity in place of the control. The policy lets a principal do anything.
func useAccessIdentity(r object, principal object) {
	r["Identity"] = object{"Type": "AWS::CloudFront::CloudFrontOriginAccessIdentity", "Properties": object{
		"CloudFrontOriginAccessIdentityConfig": object{"Comment": "site"},
	}}
	origin := propertiesOf(r, "Cdn", "DistributionConfig")["Origins"].([]any)[0].(object)
	delete(origin, "OriginAccessControlId")
	origin["S3OriginConfig"] = object{"OriginAccessIdentity": object{
		"Fn::Join": []any{"", []any{"origin-access-identity/cloudfront/", ref("Identity")}},
	}}
	r["Policy"] = bucketPolicy("s3:*")
	statement := propertiesOf(r, "Policy", "PolicyDocument")["Statement"].([]any)[0].(object)
	statement["Principal"] = principal
	delete(statement, "Condition")
}

func accessIdentityARN(id any) object {
	const prefix = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity "
	return object{"Fn::Join": []any{"", []any{prefix, id}}}
}

func TestS3Website(t *testing.T) {
	resources := site()
	propertiesOf(resources, "Bucket")["WebsiteConfiguration"] = object{
		"IndexDocument": "index.html", "ErrorDocument": "error.html",
	}
	config := propertiesOf(resources, "Cdn", "DistributionConfig")
	delete(config, "DefaultRootObject")
	config["Origins"] = []any{object{
		"Id": "o", "CustomOriginConfig": object{"OriginProtocolPolicy": "http-only"},
		"DomainName": object{"Fn::Select": []any{2, object{"Fn::Split": []any{"/", getAtt("Bucket", "WebsiteURL")}}}},
	}}
	statement := propertiesOf(resources, "Policy", "PolicyDocument")["Statement"].([]any)[0].(object)
	statement["Principal"] = object{"AWS": "*"}
	delete(statement, "Condition")
	s := serveAssembly(t, assembleSite(t, resources))
	for _, row := range []struct {
		target, why string
		status      int
		want        string
	}{
		{target: "/", why: "the index document", status: 200, want: "<h1>home</h1>"},
		{target: "/docs/", why: "the index document below", status: 200, want: "docs"},
		{target: "/docs", why: "the index document is one slash away", status: 302},
		{target: "/none", why: "the error document", status: 404, want: "oops"},
	} {
		response, body := askAt(t, s.distributionAddress(), "GET", row.target)
		if response.StatusCode != row.status || body != row.want {
			t.Errorf("%s: %d %q, want %d %q: %s", row.target, response.StatusCode, body, row.status, row.want, row.why)
		}
		if row.status == 302 && response.Header.Get("Location") != "/docs/" {
			t.Errorf("Location %q", response.Header.Get("Location"))
		}
	}
}

// TestSinglePageApp checks a page in place of S3's denial, as apps with a router in the browser want it.
func TestSinglePageApp(t *testing.T) {
	resources := site()
	propertiesOf(resources, "Cdn", "DistributionConfig")["CustomErrorResponses"] = []any{
		object{"ErrorCode": 403, "ResponseCode": 200, "ResponsePagePath": "/index.html"},
	}
	s := serveAssembly(t, assembleSite(t, resources))
	for target, want := range map[string]string{"/some/route": "<h1>home</h1>", "/app.js": "1"} {
		response, body := askAt(t, s.distributionAddress(), "GET", target)
		if response.StatusCode != 200 || body != want {
			t.Errorf("%s: %d %s", target, response.StatusCode, body)
		}
	}
}

// TestForwardedHost checks a policy that sends the viewer's Host to S3, which takes it for the name of the bucket.
func TestForwardedHost(t *testing.T) {
	resources := site()
	const allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"
	propertiesOf(resources, "Cdn", "DistributionConfig", "DefaultCacheBehavior")["OriginRequestPolicyId"] = allViewer
	s := serveAssembly(t, assembleSite(t, resources))
	response, body := askAt(t, s.distributionAddress(), "GET", "/app.js")
	if response.StatusCode != 404 || !strings.Contains(body, "NoSuchBucket") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

// TestNoContent checks a bucket that nothing is deployed into.
func TestNoContent(t *testing.T) {
	resources := site()
	delete(resources, "Deployment")
	delete(resources, "More")
	s := serveAssembly(t, assembleSite(t, resources))
	response, _ := askAt(t, s.distributionAddress(), "GET", "/")
	if response.StatusCode != 502 || !strings.Contains(s.said(), "stands in for it with --origin") {
		t.Errorf("%d, said %s", response.StatusCode, s.said())
	}
}
