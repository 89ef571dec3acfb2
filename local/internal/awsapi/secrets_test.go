package awsapi

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const mayRead = `{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/signing-key-??????"}`

func TestGetSecretValue(t *testing.T) {
	a := start(t, setup{caller: mayRead})
	client := secretsmanager.NewFromConfig(a.as(a.credentials))
	for name, id := range map[string]string{"ARN": secretARN, "partial ARN": secretARN[:len(secretARN)-7], "name": "app/signing-key"} {
		t.Run(name, func(t *testing.T) {
			output, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id})
			if err != nil {
				t.Fatalf("%v\n%s", err, a.log)
			}
			if *output.ARN != secretARN || *output.Name != "app/signing-key" || *output.SecretString != secretValue || len(output.SecretBinary) != 0 ||
				len(output.VersionStages) != 1 || output.VersionStages[0] != "AWSCURRENT" || len(*output.VersionId) != 36 || !output.CreatedDate.Equal(a.clock()) {
				t.Errorf("%+v", output)
			}
			again, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id, VersionId: output.VersionId, VersionStage: aws.String("AWSCURRENT")})
			if err != nil || *again.VersionId != *output.VersionId {
				t.Errorf("by its version: %v", err)
			}
		})
	}
	a.expectDiscretion(t, "")
}

func TestGetSecretValueRefuses(t *testing.T) {
	const any = `{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}`
	for _, row := range []struct {
		name, why, caller string
		input             secretsmanager.GetSecretValueInput
		code, message     string // code "": it is allowed
	}{
		{"no permission", "", mayAssume, secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)}, "AccessDeniedException", "is not authorized to perform: secretsmanager:GetSecretValue on resource: " + secretARN},
		{"by name", "the permission is for the ARN all the same", mayAssume, secretsmanager.GetSecretValueInput{SecretId: aws.String("app/signing-key")}, "AccessDeniedException", "on resource: " + secretARN},
		{"denied", "a deny wins", any + `,{"Effect":"Deny","Action":"*","Resource":"*"}`, secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)}, "AccessDeniedException", ""},
		{"stage allowed", "AWSCURRENT where none is asked for", `{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}}`, secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)}, "", ""},
		{"stage not allowed", "the one asked for", `{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}}`, secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN), VersionStage: aws.String("AWSPREVIOUS")}, "AccessDeniedException", ""},
		{"unknown, no permission", "who may not read it does not learn that there is none", mayRead, secretsmanager.GetSecretValueInput{SecretId: aws.String("nothing")}, "AccessDeniedException", "on resource: nothing"},
		{"unknown", "", any, secretsmanager.GetSecretValueInput{SecretId: aws.String("nothing")}, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."},
		{"in another region", "not here", any, secretsmanager.GetSecretValueInput{SecretId: aws.String("elsewhere")}, "ResourceNotFoundException", "the specified secret."},
		{"previous version", "there is one version", any, secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN), VersionStage: aws.String("AWSPREVIOUS")}, "ResourceNotFoundException", "for staging label: \"AWSPREVIOUS\""},
		{"other version", "there is one version", any, secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN), VersionId: aws.String(strings.Repeat("0", 32))}, "ResourceNotFoundException", "for VersionId"},
		{"without a value", "a secret that nobody gave one has no version", any, secretsmanager.GetSecretValueInput{SecretId: aws.String("empty")}, "ResourceNotFoundException", "for staging label: \"AWSCURRENT\""},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t, setup{caller: row.caller})
			_, err := secretsmanager.NewFromConfig(a.as(a.credentials)).GetSecretValue(t.Context(), &row.input)
			if row.code == "" {
				if err != nil {
					t.Errorf("%s: %v\n%s", row.why, err, a.log)
				}
				return
			}
			a.expectRefusal(t, row.why, err, 400, row.code, row.message)
			var notFound *types.ResourceNotFoundException
			if errors.As(err, &notFound) != (row.code == "ResourceNotFoundException") {
				t.Errorf("%s: the SDK's type is %T", row.why, err)
			}
		})
	}
}

// TestSecretBySession: a session reads what its role and its session policy allow, both.
func TestSecretBySession(t *testing.T) {
	for policy, allowed := range map[string]bool{
		mayRead: true,
		`{"Effect":"Allow","Action":"lambda:*","Resource":"*"}`:                                                             false,
		mayRead + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.1"}}}`: false,
	} {
		a := start(t, setup{leased: mayRead})
		output, err := a.lease(t, func(input *sts.AssumeRoleInput) {
			input.Policy = aws.String(`{"Version":"2012-10-17","Statement":[` + policy + `]}`)
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = secretsmanager.NewFromConfig(a.as(session(output))).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)})
		if (err == nil) != allowed {
			t.Errorf("session policy %s: %v", policy, err)
		}
	}
}

// TestOtherSecretOperations: what is not simulated says so.
func TestOtherSecretOperations(t *testing.T) {
	a := start(t, setup{caller: `{"Effect":"Allow","Action":"*","Resource":"*"}`})
	_, err := secretsmanager.NewFromConfig(a.as(a.credentials)).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(secretARN), SecretString: aws.String(secretValue),
	})
	a.expectRefusal(t, "only GetSecretValue", err, 400, "InvalidRequestException", `"secretsmanager.PutSecretValue" is not simulated`)
	r := a.request(t, "", "{")
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	a.sign(t, r, "secretsmanager", region, "{")
	if status, text := a.do(t, r); status != 400 || !strings.Contains(text, "SerializationException") {
		t.Errorf("broken JSON: %d %s", status, text)
	}
}
