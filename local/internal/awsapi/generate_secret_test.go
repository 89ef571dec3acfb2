package awsapi

import (
	"encoding/json"
	"strings"
	"testing"
)

const (
	lowercase   = "abcdefghijklmnopqrstuvwxyz"
	uppercase   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	numbers     = "0123456789"
	punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" // as GetRandomPassword lists it (Secrets Manager API Reference)
)

// TestPassword draws many passwords of each kind: together they have all the characters that they may and no others,
// and each has one of every kind that it must.
func TestPassword(t *testing.T) {
	no := false
	for _, row := range []struct {
		name, why string
		generator generator
		length    int
		each      []string // kinds
		never     string
	}{
		{
			name: "default", why: "32 of everything but a space",
			generator: generator{}, length: 32, each: []string{lowercase, uppercase, numbers, punctuation},
			never: " ",
		},
		{
			name:      "length",
			generator: generator{PasswordLength: 7}, length: 7,
			each: []string{lowercase, uppercase, numbers, punctuation}, never: " ",
		},
		{
			name: "longest", why: "4096",
			generator: generator{PasswordLength: 4096}, length: 4096,
			each: []string{lowercase, uppercase, numbers, punctuation}, never: " ",
		},
		{
			name: "as short as the kinds are many", why: "one of each",
			generator: generator{PasswordLength: 4}, length: 4,
			each: []string{lowercase, uppercase, numbers, punctuation}, never: " ",
		},
		{
			name:      "no lowercase",
			generator: generator{ExcludeLowercase: true}, length: 32, each: []string{uppercase, numbers, punctuation},
			never: lowercase,
		},
		{
			name:      "no uppercase",
			generator: generator{ExcludeUppercase: true}, length: 32, each: []string{lowercase, numbers, punctuation},
			never: uppercase,
		},
		{
			name:      "no numbers",
			generator: generator{ExcludeNumbers: true}, length: 32, each: []string{lowercase, uppercase, punctuation},
			never: numbers,
		},
		{
			name:      "no punctuation",
			generator: generator{ExcludePunctuation: true}, length: 32, each: []string{lowercase, uppercase, numbers},
			never: punctuation,
		},
		{
			name: "space", why: "a kind of its own",
			generator: generator{IncludeSpace: true}, length: 32,
			each: []string{lowercase, uppercase, numbers, punctuation, " "},
		},
		{
			name: "excluded characters", why: "out of all kinds",
			generator: generator{ExcludeCharacters: "aZ0\"@ "}, length: 32,
			each: []string{lowercase[1:], uppercase[:25], numbers[1:]}, never: "aZ0\"@ ",
		},
		{
			name: "a kind excluded by its characters", why: "there is none to be had",
			generator: generator{ExcludeCharacters: numbers}, length: 32,
			each: []string{lowercase, uppercase, punctuation}, never: numbers,
		},
		{
			name: "not each kind", why: "shorter than the kinds are many",
			generator: generator{PasswordLength: 1, RequireEachIncludedType: &no}, length: 1, never: " ",
		},
		{
			name: "numbers only",
			generator: generator{
				PasswordLength: 6, ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true,
			},
			length: 6, each: []string{numbers}, never: lowercase + uppercase + punctuation,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			seen := map[rune]bool{}
			for drawn := 0; drawn < 20000; drawn += row.length { // 94 characters: each comes some 200 times
				password, err := row.generator.generate()
				if err != nil {
					t.Fatalf("%s: %v", row.why, err)
				}
				if len(password) != row.length || strings.ContainsAny(password, row.never) {
					t.Fatalf("%s: %q", row.why, password)
				}
				for _, kind := range row.each {
					if !strings.ContainsAny(password, kind) {
						t.Fatalf("%s: %q has none of %q", row.why, password, kind)
					}
				}
				for _, character := range password {
					seen[character] = true
				}
			}
			for _, character := range strings.Join(row.each, "") {
				if !seen[character] {
					t.Errorf("%s: %q never came", row.why, character)
				}
			}
		})
	}
}

// TestPasswordsAreShuffled: the character that each kind must have is not at a place of its own.
func TestPasswordsAreShuffled(t *testing.T) {
	g := generator{PasswordLength: 4}
	first := map[string]int{}
	for range 1000 {
		password, err := g.generate()
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{lowercase, uppercase, numbers, punctuation} {
			if strings.Contains(kind, password[:1]) {
				first[kind]++
			}
		}
	}
	for kind, count := range first { // 250 expected; less than 150 has a chance of one in 10^13
		if count < 150 {
			t.Errorf("of 1000 passwords %d begin with one of %q", count, kind)
		}
	}
	if len(first) != 4 {
		t.Errorf("%d kinds of 4 come first", len(first))
	}
}

func TestSecretTemplate(t *testing.T) {
	g := generator{
		SecretStringTemplate: `{"username":"app","port":12345678901234567890,"password":"old"}`,
		GenerateStringKey:    "password", ExcludeCharacters: "&<>",
	}
	text, err := g.generate()
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]json.RawMessage
	var password string
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(object["password"], &password); err != nil || len(password) != 32 {
		t.Errorf("password %s: %v", object["password"], err)
	}
	if len(object) != 3 || string(object["port"]) != "12345678901234567890" || string(object["username"]) != `"app"` {
		t.Error("the template's own values changed")
	}
}
