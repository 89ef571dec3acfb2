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

const mayRead = `{"Effect":"Allow","Action":"secretsmanager:GetSecretValue",` +
	`"Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/signing-key-??????"}`

func TestGetSecretValue(t *testing.T) {
	a := start(t, setup{caller: mayRead})
	client := secretsmanager.NewFromConfig(a.as(a.credentials))
	for name, id := range map[string]string{
		"ARN": secretARN, "partial ARN": secretARN[:len(secretARN)-7], "name": "app/signing-key",
	} {
		t.Run(name, func(t *testing.T) {
			output, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id})
			if err != nil {
				t.Fatalf("%v\n%s", err, a.log)
			}
			if *output.ARN != secretARN || *output.Name != "app/signing-key" ||
				*output.SecretString != secretValue || len(output.SecretBinary) != 0 {
				t.Errorf("%+v", output)
			}
			if len(output.VersionStages) != 1 || output.VersionStages[0] != "AWSCURRENT" ||
				len(*output.VersionId) != 36 || !output.CreatedDate.Equal(a.clock()) {
				t.Errorf("the version of %+v", output)
			}
			again, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{
				SecretId: &id, VersionId: output.VersionId, VersionStage: aws.String("AWSCURRENT"),
			})
			if err != nil || *again.VersionId != *output.VersionId {
				t.Errorf("by its version: %v", err)
			}
		})
	}
	a.expectDiscretion(t, "")
}

func TestGetSecretValueRefuses(t *testing.T) {
	const (
		any     = `{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}`
		current = `{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*",` +
			`"Condition":{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}}`
	)
	for _, row := range []struct {
		name, why, caller string
		input             secretsmanager.GetSecretValueInput
		code, message     string // code "" if it is allowed
	}{
		{
			name: "no permission", why: "the caller's policy does not allow it",
			caller: mayAssume, input: secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)},
			code:    "AccessDeniedException",
			message: "is not authorized to perform: secretsmanager:GetSecretValue on resource: " + secretARN,
		},
		{
			name: "by name", why: "the permission is for the ARN all the same",
			caller: mayAssume, input: secretsmanager.GetSecretValueInput{SecretId: aws.String("app/signing-key")},
			code: "AccessDeniedException", message: "on resource: " + secretARN,
		},
		{
			name: "denied", why: "a deny wins",
			caller: any + `,{"Effect":"Deny","Action":"*","Resource":"*"}`,
			input:  secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)}, code: "AccessDeniedException",
		},
		{
			name: "stage allowed", why: "AWSCURRENT where none is asked for",
			caller: current, input: secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)},
		},
		{
			name: "stage not allowed", why: "the one asked for",
			caller: current,
			input: secretsmanager.GetSecretValueInput{
				SecretId: aws.String(secretARN), VersionStage: aws.String("AWSPREVIOUS"),
			},
			code: "AccessDeniedException",
		},
		{
			name: "unknown, no permission", why: "a caller that may not read it does not learn that there is none",
			caller: mayRead, input: secretsmanager.GetSecretValueInput{SecretId: aws.String("nothing")},
			code: "AccessDeniedException", message: "on resource: nothing",
		},
		{
			name: "unknown", why: "a caller that may read it learns that there is none",
			caller: any, input: secretsmanager.GetSecretValueInput{SecretId: aws.String("nothing")},
			code: "ResourceNotFoundException", message: "Secrets Manager can't find the specified secret.",
		},
		{
			name: "in another region", why: "not here",
			caller: any, input: secretsmanager.GetSecretValueInput{SecretId: aws.String("elsewhere")},
			code: "ResourceNotFoundException", message: "the specified secret.",
		},
		{
			name: "previous version", why: "there is one version",
			caller: any,
			input: secretsmanager.GetSecretValueInput{
				SecretId: aws.String(secretARN), VersionStage: aws.String("AWSPREVIOUS"),
			},
			code: "ResourceNotFoundException", message: "for staging label: \"AWSPREVIOUS\"",
		},
		{
			name: "other version", why: "there is one version",
			caller: any,
			input: secretsmanager.GetSecretValueInput{
				SecretId: aws.String(secretARN), VersionId: aws.String(strings.Repeat("0", 32)),
			},
			code: "ResourceNotFoundException", message: "for VersionId",
		},
		{
			name: "without a value", why: "a secret without a value has no version",
			caller: any, input: secretsmanager.GetSecretValueInput{SecretId: aws.String("empty")},
			code: "ResourceNotFoundException", message: "for staging label: \"AWSCURRENT\"",
		},
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

// TestSecretBySession checks that both the role and the session policy must allow a session to read.
func TestSecretBySession(t *testing.T) {
	for policy, allowed := range map[string]bool{
		mayRead: true,
		`{"Effect":"Allow","Action":"lambda:*","Resource":"*"}`: false,
		mayRead + `,{"Effect":"Deny","Action":"*","Resource":"*",` +
			`"Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.1"}}}`: false,
	} {
		a := start(t, setup{leased: mayRead})
		output, err := a.lease(t, func(input *sts.AssumeRoleInput) {
			input.Policy = aws.String(`{"Version":"2012-10-17","Statement":[` + policy + `]}`)
		})
		if err != nil {
			t.Fatal(err)
		}
		client := secretsmanager.NewFromConfig(a.as(session(output)))
		input := &secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)}
		_, err = client.GetSecretValue(t.Context(), input)
		if (err == nil) != allowed {
			t.Errorf("session policy %s: %v", policy, err)
		}
	}
}

// TestOtherSecretOperations checks that the error for another operation says what is simulated.
func TestOtherSecretOperations(t *testing.T) {
	a := start(t, setup{caller: `{"Effect":"Allow","Action":"*","Resource":"*"}`})
	client := secretsmanager.NewFromConfig(a.as(a.credentials))
	_, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(secretARN), SecretString: aws.String(secretValue),
	})
	a.expectRefusal(t, "only GetSecretValue", err, 400, "InvalidRequestException",
		`"secretsmanager.PutSecretValue" is not simulated`)
	r := a.request(t, "", "{")
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	a.sign(t, r, "secretsmanager", region, "{")
	if status, text := a.do(t, r); status != 400 || !strings.Contains(text, "SerializationException") {
		t.Errorf("broken JSON: %d %s", status, text)
	}
}
