package awsapi

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// generator is GenerateSecretString (CloudFormation Template Reference, AWS::SecretsManager::Secret
// GenerateSecretString).
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
		return "", errors.New("GenerateSecretString: SecretStringTemplate must be a JSON object, " +
			"and GenerateStringKey the key to add to it")
	}
	if object[g.GenerateStringKey], err = json.Marshal(password); err != nil {
		return "", err
	}
	text, err := json.Marshal(object)
	return string(text), err
}

// password draws one character of each kind first, unless RequireEachIncludedType is false. It draws the others from
// all kinds, and shuffles.
func (g *generator) password() (string, error) {
	length, kinds := cmp.Or(g.PasswordLength, 32), g.kinds()
	var required []string
	if g.RequireEachIncludedType == nil || *g.RequireEachIncludedType {
		required = kinds
	}
	if len(kinds) == 0 || length < max(1, len(required)) || length > 4096 {
		const message = "GenerateSecretString: no password of length %d can be made of %d kinds of characters"
		return "", fmt.Errorf(message, length, len(kinds))
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

// kinds are the characters of each included kind, without the excluded ones. A kind of which nothing is left is left
// out.
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
