package local

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// site is a template with a bucket, two deployments into it, and a distribution before it with an origin access
// control. The assets are the folder "site" and the file "more.zip".
func site() object {
	config := object{
		"Enabled": true, "DefaultRootObject": "index.html",
		"DefaultCacheBehavior": object{
			"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all",
			"CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
		},
		"Origins": []any{object{
			"Id": "o", "DomainName": getAtt("Bucket", "RegionalDomainName"), "OriginAccessControlId": ref("Control"),
			"S3OriginConfig": object{"OriginAccessIdentity": ""},
		}},
	}
	return object{
		"Bucket": object{"Type": "AWS::S3::Bucket", "Properties": object{}},
		"Cdn":    object{"Type": "AWS::CloudFront::Distribution", "Properties": object{"DistributionConfig": config}},
		"Control": object{"Type": "AWS::CloudFront::OriginAccessControl", "Properties": object{
			"OriginAccessControlConfig": object{
				"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4",
			},
		}},
		"Policy": bucketPolicy("s3:GetObject"),
		"Deployment": object{"Type": "Custom::CDKBucketDeployment", "Properties": object{
			"DestinationBucketName": ref("Bucket"), "SourceObjectKeys": []any{"site"}, "Prune": true,
			"SystemMetadata": object{"cache-control": "max-age=60"}, "Exclude": []any{"*.map"},
			"SourceMarkers": []any{object{"<<marker:0xbaba:0>>": getAtt("Cdn", "DomainName")}},
		}},
		"More": object{"Type": "Custom::CDKBucketDeployment", "Properties": object{
			"DestinationBucketName": ref("Bucket"), "DestinationBucketKeyPrefix": "more",
			"SourceObjectKeys": []any{"more.zip"}, "Prune": "false",
		}},
	}
}

// bucketPolicy lets the distribution "Cdn" do something with the bucket.
func bucketPolicy(action string) object {
	arn := getAtt("Bucket", "Arn")
	return object{"Type": "AWS::S3::BucketPolicy", "Properties": object{
		"Bucket": ref("Bucket"), "PolicyDocument": object{"Version": "2012-10-17", "Statement": []any{object{
			"Effect": "Allow", "Action": []any{action}, "Principal": object{"Service": "cloudfront.amazonaws.com"},
			"Resource": []any{arn, object{"Fn::Join": []any{"", []any{arn, "/*"}}}},
			"Condition": object{"StringEquals": object{"AWS:SourceArn": object{
				"Fn::Join": []any{"", []any{"arn:aws:cloudfront::111122223333:distribution/", ref("Cdn")}},
			}}},
		}}},
	}}
}

// assembleSite writes an assembly with the assets of site.
func assembleSite(t *testing.T, resources object) string {
	t.Helper()
	dir := assembleIn(t, "us-east-1", resources, nil)
	for name, content := range map[string]string{
		"site/index.html": "<h1>home</h1>", "site/config.json": `{"api":"https://<<marker:0xbaba:0>>/api"}`, "site/app.js": "1",
		"site/app.js.map": "{}", "site/docs/index.html": "docs", "site/error.html": "oops", "site/font.woff2": "f",
		"secret.txt": "secret",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../secret.txt", filepath.Join(dir, "site", "link.txt")); err != nil {
		t.Fatal(err)
	}
	archive, err := os.Create(filepath.Join(dir, "more.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	w := zip.NewWriter(archive)
	entry, err := w.Create("page.html")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(entry, "zipped")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files := object{}
	for _, name := range []string{"site", "more.zip"} {
		files[name] = object{
			"source": object{"path": name}, "destinations": object{"d": object{"objectKey": name}},
		}
	}
	addArtifact(t, dir, object{"files": files})
	return dir
}

// addArtifact adds an asset manifest to an assembly.
func addArtifact(t *testing.T, dir string, assets object) {
	t.Helper()
	file := filepath.Join(dir, "manifest.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var manifest object
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	manifest["artifacts"].(object)["Demo.assets"] = object{
		"type": "cdk:asset-manifest", "properties": object{"file": "Demo.assets.json"},
	}
	for name, value := range map[string]any{"manifest.json": manifest, "Demo.assets.json": assets} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// askAt sends one request with its target as it is, and gives the response with its body.
func askAt(t *testing.T, address, method, target string, header ...string) (*http.Response, string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(20 * time.Second))
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: " + address, "Connection: close"}, header...)
	io.WriteString(connection, strings.Join(lines, "\r\n")+"\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// distributionAddress is the host:port of the only distribution.
func (s *served) distributionAddress() string {
	return strings.TrimPrefix(s.Distributions[0].URL, "http://")
}
