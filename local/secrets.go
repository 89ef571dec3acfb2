package local

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/awsapi"
)

const secretType = "AWS::SecretsManager::Secret"

// secret is a secret of the assembly, with a value for this run.
type secret struct {
	awsapi.Secret
	path string // construct path
}

// buildSecrets makes up the value of each secret as its template says.
func (c *cloud) buildSecrets() error {
	for _, resource := range c.assembly.Resources(secretType) {
		made, err := newSecret(resource)
		if err != nil {
			return fmt.Errorf("secret %s: %w", resource.Path, err)
		}
		c.secrets = append(c.secrets, made)
	}
	return nil
}

func newSecret(resource *assembly.Resource) (secret, error) {
	var properties struct {
		SecretString         string
		GenerateSecretString *generator
	}
	if err := decode(resource, &properties); err != nil {
		return secret{}, err
	}
	arn, err := resource.Ref()
	if err != nil {
		return secret{}, err
	}
	name := arn[strings.LastIndex(arn, ":")+1 : strings.LastIndex(arn, "-")]
	value := properties.SecretString
	if properties.GenerateSecretString != nil {
		value, err = properties.GenerateSecretString.generate()
	}
	return secret{
		Secret: awsapi.Secret{ARN: arn, Name: name, Value: value, Region: resource.Stack.Region},
		path:   strings.TrimSuffix(resource.Path, "/Resource"),
	}, err
}

// generator is GenerateSecretString (CloudFormation Template Reference, AWS::SecretsManager::Secret GenerateSecretString).
type generator struct {
	ExcludeCharacters       string
	ExcludeLowercase        bool
	ExcludeNumbers          bool
	ExcludePunctuation      bool
	ExcludeUppercase        bool
	GenerateStringKey       string
	IncludeSpace            bool
	PasswordLength          int
	RequireEachIncludedType *bool
	SecretStringTemplate    string
}

func (g *generator) generate() (string, error) {
	password, err := g.password()
	if err != nil || g.SecretStringTemplate == "" {
		return password, err
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(g.SecretStringTemplate), &object); err != nil || g.GenerateStringKey == "" {
		return "", errors.New("SecretStringTemplate must be a JSON object, and GenerateStringKey the key to add to it")
	}
	object[g.GenerateStringKey] = password
	text, err := json.Marshal(object)
	return string(text), err
}

// password draws one character of each kind first, unless that is not asked for, then from all kinds, and shuffles.
func (g *generator) password() (string, error) {
	length := g.PasswordLength
	if length == 0 {
		length = 32
	}
	var kinds []string
	for _, kind := range []struct {
		characters string
		excluded   bool
	}{
		{"abcdefghijklmnopqrstuvwxyz", g.ExcludeLowercase},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", g.ExcludeUppercase},
		{"0123456789", g.ExcludeNumbers},
		{"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", g.ExcludePunctuation},
		{" ", !g.IncludeSpace},
	} {
		left := strings.Map(func(character rune) rune {
			if strings.ContainsRune(g.ExcludeCharacters, character) {
				return -1
			}
			return character
		}, kind.characters)
		if !kind.excluded && left != "" {
			kinds = append(kinds, left)
		}
	}
	if len(kinds) == 0 || length < len(kinds) || length > 4096 {
		return "", fmt.Errorf("GenerateSecretString: no password of length %d can be made of %d kinds of characters", length, len(kinds))
	}
	password := make([]byte, length)
	all := strings.Join(kinds, "")
	for i := range password {
		from := all
		if each := g.RequireEachIncludedType; i < len(kinds) && (each == nil || *each) {
			from = kinds[i]
		}
		password[i] = from[below(len(from))]
	}
	for i := len(password) - 1; i > 0; i-- {
		j := below(i + 1)
		password[i], password[j] = password[j], password[i]
	}
	return string(password), nil
}

// below is a random number from 0 to limit-1.
func below(limit int) int {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		panic(err) // crypto/rand ends the program instead
	}
	return int(n.Int64())
}
