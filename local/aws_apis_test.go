package local

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const leasedRole = "arn:aws:iam::111122223333:role/Leased"

// leasing is a template with a function that tells its environment, a role that it may assume, and secrets that it
// may read.
func leasing() object {
	resources := hello()
	resources["Fn"] = function("return process.env", nil)
	resources["Role"] = role(object{"PolicyName": "own", "PolicyDocument": object{"Statement": []any{
		object{
			"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
			"Resource": []any{ref("Made"), ref("Own"), ref("Empty")},
		},
		object{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"},
	}}})
	trust := object{
		"Statement": object{
			"Effect": "Allow", "Action": []any{"sts:AssumeRole", "sts:SetSourceIdentity"},
			"Principal": object{"AWS": getAtt("Role", "Arn")},
		},
	}
	resources["Leased"] = object{
		"Type": "AWS::IAM::Role", "Properties": object{"RoleName": "Leased", "AssumeRolePolicyDocument": trust},
	}
	resources["Made"] = object{
		"Type":       "AWS::SecretsManager::Secret",
		"Properties": object{"Name": "made", "GenerateSecretString": object{"PasswordLength": 20}},
	}
	resources["Own"] = object{
		"Type": "AWS::SecretsManager::Secret", "Properties": object{"Name": "own", "SecretString": "the-team's-own"},
	}
	resources["Empty"] = object{"Type": "AWS::SecretsManager::Secret", "Properties": object{"Name": "empty"}}
	return resources
}

// environment is what the function sees.
func environment(t *testing.T, s *served) map[string]string {
	t.Helper()
	status, body := fetch(t, s.FunctionURLs[0].URL+"/")
	var variables map[string]string
	if err := json.Unmarshal([]byte(body), &variables); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	return variables
}

// sdk is what an SDK makes of a function's environment. The clients here are told the endpoint; those of a function
// find it by the same variables.
func sdk(variables map[string]string, endpoint string) aws.Config {
	return aws.Config{
		Region: variables["AWS_REGION"], BaseEndpoint: aws.String(variables[endpoint]),
		Credentials: credentials.NewStaticCredentialsProvider(variables["AWS_ACCESS_KEY_ID"],
			variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]),
	}
}

// TestAPIs: a function's own credentials and endpoints lead to the APIs, which know the assembly's roles, secrets and
// functions.
func TestAPIs(t *testing.T) {
	s := serveWith(t, Options{
		Assembly: assemble(t, leasing(), nil), Listen: "127.0.0.1:0", JSON: true, Verbose: true,
		SessionDuration: 20 * time.Second,
	})
	variables := environment(t, s)
	for _, name := range []string{
		"AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS",
	} {
		if !strings.HasPrefix(variables[name], "http://127.0.0.1:") {
			t.Errorf("%s is %q", name, variables[name])
		}
	}

	before := time.Now().Truncate(time.Second)
	lease, err := sts.NewFromConfig(sdk(variables,
		"AWS_ENDPOINT_URL_STS")).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(leasedRole), RoleSessionName: aws.String("alice"), DurationSeconds: aws.Int32(900),
	})
	if err != nil {
		t.Fatalf("AssumeRole: %v\n%s", err, s.said())
	}
	if lasts := lease.Credentials.Expiration.Sub(before); lasts < 20*time.Second || lasts > 40*time.Second {
		t.Errorf("--session-duration 20s: the session lasts %s", lasts)
	}
	s.says(t, "POST sts:AssumeRole 200 ", "it is logged")
	s.says(t, " ms  sts for arn:aws:sts::111122223333:assumed-role/Demo-Role-", "it is logged")

	secrets := secretsmanager.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER"))
	if len(s.Secrets) != 1 || s.Secrets[0].ID != "Demo/Made" || len(s.Secrets[0].Value) != 20 {
		t.Fatalf("announced %+v, want the one that was made up", s.Secrets)
	}
	for name, want := range map[string]string{"made": s.Secrets[0].Value, "own": "the-team's-own"} {
		found, err := secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &name})
		if err != nil || aws.ToString(found.SecretString) != want {
			t.Errorf("secret %s: %v", name, err)
		}
	}
	_, err = secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("empty")})
	if err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("a secret without a value: %v", err)
	}

	invoked, err := lambda.NewFromConfig(sdk(variables,
		"AWS_ENDPOINT_URL_LAMBDA")).Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String(variables["AWS_LAMBDA_FUNCTION_NAME"]),
	})
	if err != nil || !strings.Contains(string(invoked.Payload), variables["AWS_ACCESS_KEY_ID"]) {
		t.Errorf("Invoke: %v\n%s", err, s.said())
	}
	for _, secret := range []string{
		variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"], *lease.Credentials.SecretAccessKey,
		"the-team's-own",
	} {
		if strings.Contains(s.said(), secret) {
			t.Error("the log tells a secret")
		}
	}
}

// readOwnSecret reads the secret "own" with a function's credentials.
func readOwnSecret(t *testing.T, variables map[string]string) error {
	t.Helper()
	secrets := secretsmanager.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER"))
	_, err := secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("own")})
	return err
}

// TestMaxSessionDuration: a role's own limit is read from the template; an hour where it has none.
func TestMaxSessionDuration(t *testing.T) {
	for _, row := range []struct {
		name, why string
		seconds   int // 0: the template says nothing
		message   string
	}{
		{"none", "an hour is the default", 0, "MaxSessionDuration set for this role"},
		{"two hours", "then role chaining is what ends it", 7200, "1 hour session limit"},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := leasing()
			if row.seconds > 0 {
				propertiesOf(resources, "Leased")["MaxSessionDuration"] = row.seconds
			}
			s := serveAssembly(t, assemble(t, resources, nil))
			_, err := sts.NewFromConfig(sdk(environment(t, s),
				"AWS_ENDPOINT_URL_STS")).AssumeRole(t.Context(), &sts.AssumeRoleInput{
				RoleArn: aws.String(leasedRole), RoleSessionName: aws.String("alice"), DurationSeconds: aws.Int32(3601),
			})
			if err == nil || !strings.Contains(err.Error(), row.message) {
				t.Errorf("%s: got %v, want an error that contains %q", row.why, err, row.message)
			}
		})
	}
}

// TestOwnEndpoint: an endpoint that the template gives the function is what the deployed function has, so it stands.
func TestOwnEndpoint(t *testing.T) {
	const own = "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com"
	resources := leasing()
	resources["Fn"] = function("return process.env", object{"AWS_ENDPOINT_URL_STS": own})
	variables := environment(t, serveAssembly(t, assemble(t, resources, nil)))
	if variables["AWS_ENDPOINT_URL_STS"] != own {
		t.Errorf("AWS_ENDPOINT_URL_STS is %q, want the template's %q", variables["AWS_ENDPOINT_URL_STS"], own)
	}
	if !strings.HasPrefix(variables["AWS_ENDPOINT_URL_LAMBDA"], "http://127.0.0.1:") {
		t.Errorf("AWS_ENDPOINT_URL_LAMBDA is %q, want this machine", variables["AWS_ENDPOINT_URL_LAMBDA"])
	}
}

// TestUnreadableRole: a role that nobody could read is not assumed, and that is said.
func TestUnreadableRole(t *testing.T) {
	resources := leasing()
	propertiesOf(resources, "Leased")["PermissionsBoundary"] = "arn:aws:iam::111122223333:policy/elsewhere"
	s := serveAssembly(t, assemble(t, resources, nil))
	_, err := sts.NewFromConfig(sdk(environment(t, s),
		"AWS_ENDPOINT_URL_STS")).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(leasedRole), RoleSessionName: aws.String("alice"),
	})
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("AssumeRole: %v", err)
	}
	if !strings.Contains(s.said(), "sessions of a role that could not be read: role Demo/Leased") {
		t.Errorf("nothing is said of it:\n%s", s.said())
	}
}

func TestSessionDurationRefused(t *testing.T) {
	for _, duration := range []time.Duration{-20 * time.Second, time.Second - 1} {
		said := refused(t, Options{
			Assembly: assemble(t, hello(), nil), Listen: "127.0.0.1:0", SessionDuration: duration,
		})
		if !strings.Contains(said, "--session-duration") || !strings.Contains(said, "a second or more") {
			t.Errorf("%s: %q", duration, said)
		}
	}
}
