package local

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestReloadKeepsSecrets: made-up secrets stay, and so do leases as long as their role does.
func TestReloadKeepsSecrets(t *testing.T) {
	resources := leasing()
	resources["Zero"] = counter("one")
	addURL(resources, "Zero")
	s, rewrite := watched(t, resources)
	variables := environment(t, s)
	role, err := sts.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_STS")).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(leasedRole), RoleSessionName: aws.String("alice"),
	})
	if err != nil {
		t.Fatal(err)
	}
	lease := sdk(variables, "AWS_ENDPOINT_URL_STS")
	lease.Credentials = credentials.NewStaticCredentialsProvider(*role.Credentials.AccessKeyId,
		*role.Credentials.SecretAccessKey, *role.Credentials.SessionToken)
	whoami := func() error {
		_, err := sts.NewFromConfig(lease).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	secret, err := secretValue(t, variables, "made")
	if err != nil {
		t.Fatal(err)
	}

	resources["Zero"] = counter("two")
	rewrite(resources)
	s.answers(t, s.urlOf(t, "ZeroUrl"), "two 1", "it is reloaded")
	if err := whoami(); err != nil {
		t.Errorf("the lease does not outlive a reload: %v", err)
	}
	if again, err := secretValue(t, variables, "made"); err != nil || again != secret {
		t.Errorf("the made-up secret does not outlive a reload: %v", err)
	}

	resources["Zero"] = counter("three")
	delete(resources, "Leased")
	propertiesOf(resources, "Role")["Policies"] = []any{}
	propertiesOf(resources, "Made")["GenerateSecretString"] = object{"PasswordLength": 30}
	rewrite(resources)
	s.answers(t, s.urlOf(t, "ZeroUrl"), "three 1", "it is reloaded again")
	if err := whoami(); err == nil {
		t.Error("the lease outlives its role")
	}
	if _, err := secretValue(t, variables, "made"); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("the function may read the secret as before: %v", err)
	}
	if said := s.said(); strings.Count(said, "Demo/Made (made up for this run)") != 2 {
		t.Errorf("a secret of another length is not told:\n%s", said)
	}
}

// secretValue reads a secret with a function's own credentials.
func secretValue(t *testing.T, variables map[string]string, name string) (string, error) {
	t.Helper()
	secrets := secretsmanager.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER"))
	found, err := secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		return "", err
	}
	return aws.ToString(found.SecretString), nil
}
