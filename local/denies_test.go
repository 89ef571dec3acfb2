package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// tagged is a template whose function "Fn" may call the IAM URL of the function "Other". Its role has the tag team=red,
// and Other has the tag env=prod.
func tagged() object {
	resources := hello()
	resources["Fn"] = function("return process.env", nil)
	resources["Role"] = role(object{"PolicyName": "own", "PolicyDocument": object{"Statement": object{
		"Effect": "Allow", "Action": "lambda:*", "Resource": "*",
	}}})
	propertiesOf(resources, "Role")["Tags"] = []any{object{"Key": "team", "Value": "red"}}
	resources["Other"] = function("return 'other'", nil)
	propertiesOf(resources, "Other")["Tags"] = []any{object{"Key": "env", "Value": "prod"}}
	resources["OtherUrl"] = url(getAtt("Other", "Arn"), "AWS_IAM")
	return resources
}

// document is a policy document of one statement.
func document(statement object) object {
	return object{"Version": "2012-10-17", "Statement": statement}
}

// denial denies everything on a condition, which may be nil. A resource policy's has a Principal.
func denial(principal, condition any) object {
	statement := object{"Effect": "Deny", "Action": "*", "Resource": "*"}
	if principal != nil {
		statement["Principal"] = principal
	}
	if condition != nil {
		statement["Condition"] = condition
	}
	return document(statement)
}

func resourcePolicy(function string, policy any) object {
	return object{"Type": "AWS::Lambda::ResourcePolicy", "Properties": object{
		"ResourceArn": getAtt(function, "Arn"), "PolicyDocument": policy,
	}}
}

func equals(key, value string) object { return object{"StringEquals": object{key: value}} }

// callOther calls the IAM URL of "Other" with the credentials of "Fn".
func callOther(t *testing.T, s *served) (status int, body string) {
	t.Helper()
	byID := map[string]listeningFunctionURL{}
	for _, u := range s.FunctionURLs {
		byID[u.ID] = u
	}
	status, body = fetch(t, byID["Demo/Url"].URL+"/")
	var variables map[string]string
	if err := json.Unmarshal([]byte(body), &variables); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	request, err := http.NewRequest(http.MethodGet, byID["Demo/OtherUrl"].URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = byID["Demo/OtherUrl"].Host
	hash := sha256.Sum256(nil)
	if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{
		AccessKeyID: variables["AWS_ACCESS_KEY_ID"], SecretAccessKey: variables["AWS_SECRET_ACCESS_KEY"],
		SessionToken: variables["AWS_SESSION_TOKEN"],
	}, request, hex.EncodeToString(hash[:]), "lambda", "eu-west-1", time.Now()); err != nil {
		t.Fatal(err)
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
	return response.StatusCode, string(text)
}

// TestDenies: no Deny of a template is skipped in silence.
func TestDenies(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(resources object)
		status    int
		said      string // part of the list of what is not simulated
	}{
		{name: "nothing denies", why: "the role may", change: func(object) {}, status: 200},
		{
			name: "ResourcePolicy", why: "a Deny of the function's own policy wins", status: 403,
			change: func(r object) { r["P"] = resourcePolicy("Other", denial("*", nil)) },
		},
		{
			name: "ResourcePolicy as a string", why: "AWS documents it as a JSON string", status: 403,
			change: func(r object) {
				r["P"] = resourcePolicy("Other",
					`{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`)
			},
		},
		{
			name: "ResourcePolicy by address", why: "all global keys are for it", status: 403,
			change: func(r object) {
				condition := object{"IpAddress": object{"aws:SourceIp": "127.0.0.0/8"}}
				r["P"] = resourcePolicy("Other", denial("*", condition))
			},
		},
		{
			name: "ResourcePolicy for another address", why: "the condition does not hold", status: 200,
			change: func(r object) {
				condition := object{"NotIpAddress": object{"aws:SourceIp": "127.0.0.0/8"}}
				r["P"] = resourcePolicy("Other", denial("*", condition))
			},
		},
		{
			name: "ResourcePolicy that cannot be read", why: "it may deny", status: 403,
			change: func(r object) {
				statement := object{"Effect": "Deny", "NotPrincipal": "*", "Action": "*", "Resource": "*"}
				r["P"] = resourcePolicy("Other", document(statement))
			},
			said: "since its resource policy could not be read",
		},
		{
			name: "ResourcePolicy of nobody knows which function", why: "it may be another", status: 200,
			change: func(r object) {
				r["P"] = resourcePolicy("Other", denial("*", nil))
				propertiesOf(r, "P")["ResourceArn"] = "orders"
			},
			said: "resource policy that denies nothing, since its ResourceArn is unknown",
		},
		{
			name: "RolePolicy", why: "it is an inline policy of the role", status: 403,
			change: func(r object) {
				r["P"] = object{"Type": "AWS::IAM::RolePolicy", "Properties": object{
					"RoleName": ref("Role"), "PolicyName": "stop", "PolicyDocument": denial(nil, nil),
				}}
			},
		},
		{
			name: "tag of the role", why: "the template has it", status: 403,
			change: func(r object) {
				r["P"] = rolePolicy(denial(nil, equals("aws:PrincipalTag/team", "red"))["Statement"].(object))
			},
		},
		{
			name: "another tag of the role", why: "the role has another value", status: 200,
			change: func(r object) {
				r["P"] = rolePolicy(denial(nil, equals("aws:PrincipalTag/team", "blue"))["Statement"].(object))
			},
		},
		{
			name: "tag of the function", why: "the template has it", status: 403,
			change: func(r object) {
				r["P"] = rolePolicy(denial(nil, equals("aws:ResourceTag/env", "prod"))["Statement"].(object))
			},
		},
		{
			name: "account of the function", why: "every request has it", status: 403,
			change: func(r object) {
				r["P"] = rolePolicy(denial(nil, equals("aws:ResourceAccount", "111122223333"))["Statement"].(object))
			},
		},
		{
			name: "variable before the fifth colon", why: "it is literal text there, which allows nothing", status: 403,
			change: func(r object) {
				r["Role"] = role(object{"PolicyName": "own", "PolicyDocument": document(object{
					"Effect": "Allow", "Action": "lambda:*",
					"Resource": "arn:aws:lambda:*:${aws:PrincipalAccount}:function:*",
				})})
			},
		},
		{
			name: "key that nobody sets", why: "AWS may deny", status: 200,
			change: func(r object) {
				r["P"] = rolePolicy(denial(nil, equals("aws:PrincipalOrgID", "o-1"))["Statement"].(object))
			},
			said: "statement #1 of Demo/P may deny more on AWS: " +
				"no request here has the condition key aws:PrincipalOrgID",
		},
		{
			name: "managed policy from elsewhere", why: "nobody knows what it denies", status: 200,
			change: func(r object) {
				propertiesOf(r, "Role")["ManagedPolicyArns"] = []any{"arn:aws:iam::111122223333:policy/elsewhere"}
			},
			said: "policy/elsewhere, which grants nothing here, and what it denies is not denied: Demo/Role",
		},
		{
			name: "role whose policy cannot be read", why: "its sessions may do nothing", status: 200,
			change: func(r object) {
				r["Spare"] = role()
				r["P"] = object{"Type": "AWS::IAM::RolePolicy", "Properties": object{
					"RoleName": ref("Spare"), "PolicyName": "stop",
					"PolicyDocument": denial(nil, object{"BinaryEquals": object{"k": "QQ=="}}),
				}}
			},
			said: "role Demo/Spare: policy Demo/P: statement 1: " +
				"Condition: BinaryEquals k: condition operator not simulated",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := tagged()
			row.change(resources)
			s := serveAssembly(t, assemble(t, resources, nil))
			if status, body := callOther(t, s); status != row.status {
				t.Errorf("%s: %d %s, want %d\n%s", row.why, status, body, row.status, s.said())
			}
			if !strings.Contains(s.said(), row.said) {
				t.Errorf("%q is not said:\n%s", row.said, s.said())
			}
		})
	}
}

// TestResourcePolicyReplacesPermissions: what AWS::Lambda::Permission wrote is lost beside a whole policy.
func TestResourcePolicyReplacesPermissions(t *testing.T) {
	resources := hello()
	resources["P"] = resourcePolicy("Fn", document(object{
		"Effect": "Allow", "Principal": "*", "Action": "lambda:GetFunction", "Resource": getAtt("Fn", "Arn"),
	}))
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, body := fetch(t, s.FunctionURLs[0].URL+"/"); status != 403 {
		t.Errorf("%d %s, want 403", status, body)
	}
	const said = "permission that grants nothing, since an AWS::Lambda::ResourcePolicy replaces it: Demo/Open"
	if !strings.Contains(s.said(), said) {
		t.Errorf("%q is not said:\n%s", said, s.said())
	}
}

// TestDenyOfAlias: a Deny of the function's own policy holds for an alias that it names.
func TestDenyOfAlias(t *testing.T) {
	for _, row := range []struct {
		name, why string
		resource  any
		status    int
	}{
		{
			name: "all qualifiers", why: "AWS does not say whether it holds, so it does",
			resource: object{"Fn::Join": []any{":", []any{getAtt("Fn", "Arn"), "*"}}}, status: 403,
		},
		{name: "the function alone", why: "the alias is another resource", resource: getAtt("Fn", "Arn"), status: 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := object{
				"Role": role(), "Fn": function("return 'hello'", nil), "Url": url(ref("Alias"), "NONE"),
				"Version": object{"Type": "AWS::Lambda::Version", "Properties": object{"FunctionName": ref("Fn")}},
				"Alias": object{"Type": "AWS::Lambda::Alias", "Properties": object{
					"FunctionName": ref("Fn"), "Name": "live", "FunctionVersion": getAtt("Version", "Version"),
				}},
				"P": resourcePolicy("Fn", document(object{
					"Effect": "Deny", "Principal": "*", "Action": "lambda:*", "Resource": row.resource,
				})),
			}
			open(ref("Alias"), resources, "Open")
			s := serveAssembly(t, assemble(t, resources, nil))
			if status, body := fetch(t, s.FunctionURLs[0].URL+"/"); status != row.status {
				t.Errorf("%s: %d %s, want %d\n%s", row.why, status, body, row.status, s.said())
			}
		})
	}
}

// TestDenyOnASecretsTag: the tags of a secret count, as those of a function do.
func TestDenyOnASecretsTag(t *testing.T) {
	for _, row := range []struct {
		name, why, tag string
		refused        bool
	}{
		{name: "tagged", why: "the deny applies", tag: "prod", refused: true},
		{name: "other tag", why: "the deny does not apply", tag: "dev"},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := leasing()
			propertiesOf(resources, "Own")["Tags"] = []any{object{"Key": "env", "Value": row.tag}}
			resources["Deny"] = rolePolicy(object{
				"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*",
				"Condition": equals("aws:ResourceTag/env", "prod"),
			})
			s := serveAssembly(t, assemble(t, resources, nil))
			if err := readOwnSecret(t, environment(t, s)); (err != nil) != row.refused {
				t.Errorf("%s: %v\n%s", row.why, err, s.said())
			}
		})
	}
}
