package awsapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// ReadSecrets reads each AWS::SecretsManager::Secret. A value that the template has AWS generate is made up for
// the run, and again where the template asks for another one.
func ReadSecrets(a *assembly.Assembly, madeUp *assembly.MadeUp) ([]Secret, error) {
	var secrets []Secret
	for _, resource := range a.Resources("AWS::SecretsManager::Secret") {
		secret, err := readSecret(resource, madeUp)
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w", resource.Path, err)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

func readSecret(resource *assembly.Resource, madeUp *assembly.MadeUp) (Secret, error) {
	var properties struct {
		SecretString         string
		GenerateSecretString *generator
	}
	if err := resource.Decode(&properties); err != nil {
		return Secret{}, err
	}
	arn, err := resource.Ref()
	if err != nil {
		return Secret{}, err
	}
	secret := Secret{
		ARN: arn, Name: arn[strings.LastIndex(arn, ":")+1 : strings.LastIndex(arn, "-")],
		Value: properties.SecretString, Region: resource.Stack.Region,
	}
	if secret.Tags, err = resource.Tags(); err != nil {
		return Secret{}, err
	}
	if properties.GenerateSecretString == nil {
		return secret, nil
	}
	if properties.SecretString != "" {
		const both = "it has both SecretString and GenerateSecretString, and CloudFormation takes one of them"
		return Secret{}, errors.New(both)
	}
	secret.MadeUpFor = resource.Path
	asked, err := json.Marshal(properties.GenerateSecretString)
	if err != nil {
		return Secret{}, err
	}
	secret.Value, err = madeUp.Value(resource.Path+" "+string(asked), properties.GenerateSecretString.generate)
	return secret, err
}
