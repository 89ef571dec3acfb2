package local

import (
	"cmp"
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

// secret is a secret of the assembly, with its value.
type secret struct {
	awsapi.Secret
	path   string // construct path
	madeUp bool   // the value is this run's own, so it may be told; one that the template holds may not
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
	made := secret{
		Secret: awsapi.Secret{ARN: arn, Name: name, Value: properties.SecretString, Region: resource.Stack.Region},
		path:   strings.TrimSuffix(resource.Path, "/Resource"),
	}
	if properties.GenerateSecretString == nil {
		return made, nil
	}
	if properties.SecretString != "" {
		return secret{}, errors.New("it has both SecretString and GenerateSecretString, and CloudFormation takes one of them")
	}
	made.madeUp = true
	made.Value, err = properties.GenerateSecretString.generate()
	return made, err
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
	if err != nil || g.SecretStringTemplate == "" && g.GenerateStringKey == "" {
		return password, err
	}
	var object map[string]json.RawMessage // numbers and the like stay as they are written
	err = json.Unmarshal([]byte(g.SecretStringTemplate), &object)
	if err != nil || object == nil || g.GenerateStringKey == "" {
		return "", errors.New("GenerateSecretString: SecretStringTemplate must be a JSON object, and GenerateStringKey the key to add to it")
	}
	if object[g.GenerateStringKey], err = json.Marshal(password); err != nil {
		return "", err
	}
	text, err := json.Marshal(object)
	return string(text), err
}

// password draws one character of each kind first, unless that is not asked for, then from all kinds, and shuffles.
func (g *generator) password() (string, error) {
	length, kinds := cmp.Or(g.PasswordLength, 32), g.kinds()
	var required []string
	if g.RequireEachIncludedType == nil || *g.RequireEachIncludedType {
		required = kinds
	}
	if len(kinds) == 0 || length < max(1, len(required)) || length > 4096 {
		return "", fmt.Errorf("GenerateSecretString: no password of length %d can be made of %d kinds of characters", length, len(kinds))
	}
	password := make([]byte, length)
	all := strings.Join(kinds, "")
	for i := range password {
		from := all
		if i < len(required) {
			from = required[i]
		}
		password[i] = from[below(len(from))]
	}
	for i := len(password) - 1; i > 0; i-- {
		j := below(i + 1)
		password[i], password[j] = password[j], password[i]
	}
	return string(password), nil
}

// kinds are the characters of each kind that is included, without those that are not. A kind of which nothing is left is none.
func (g *generator) kinds() []string {
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
	return kinds
}

// below is a random number from 0 to limit-1.
func below(limit int) int {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		panic(err) // crypto/rand ends the program instead
	}
	return int(n.Int64())
}
