package main

import (
	"regexp"
	"strings"
	"testing"
)

// stsName matches the names that STS takes as RoleSessionName and SourceIdentity (STS API Reference, AssumeRole).
var stsName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func TestSessionName(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, row := range []struct {
		name, why, subject string
		plain              bool
	}{
		{"Cognito", "a UUID", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true},
		{"Lambda", "a user's name", "ada", true},
		{"API key's id", "ten letters and digits", "a1b2c3d4e5", true},
		{"every character", "that STS takes, but @", "Az09_+=,.-", true},
		{"two characters", "the shortest", "ab", true},
		{"64 characters", "the longest", long, true},
		{"one character", "too short for STS", "a", false},
		{"65 characters", "too long for STS", long + "b", false},
		{"10,000 characters", "likewise", strings.Repeat("a", 10_000), false},
		{"e-mail address", "CloudTrail is not to have it", "ada@example.com", false},
		{"an @ alone", "may be part of one", "ada@", false},
		{"Auth0", "a bar", "auth0|507f1f77bcf86cd799439011", false},
		{"IAM user", "colons and a slash", "arn:aws:iam::111122223333:user/ada", false},
		{"IAM role's session", "colons and slashes", "arn:aws:sts::111122223333:assumed-role/app/ada", false},
		{"a space", "STS refuses it", "ada lovelace", false},
		{"Japanese", "not in STS's alphabet", "愛田さん", false},
		{"an accent", "a letter, but not one of STS's", "adä", false},
		{"full-width", "looks plain", "ａｄａ", false},
		{"a newline at the end", "not part of a plain name", "ada\n", false},
		{"NUL", "likewise", "ada\x00", false},
		{"invalid UTF-8", "likewise", "ada\xff", false},
		{"a hash's prefix", "nobody takes the name of another", "sha256-b5fc85e55755f9e0d5e6c0f8", false},
		{"the prefix alone", "likewise", "sha256-", false},
		{"the prefix in capitals", "no hash looks like that", "SHA256-ada", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := sessionName(row.subject)
			if (got == row.subject) != row.plain || !stsName.MatchString(got) || strings.Contains(got, "@") {
				t.Errorf("%s: %q", row.why, got)
			}
			if !row.plain && !regexp.MustCompile(`^sha256-[0-9a-f]{40}$`).MatchString(got) {
				t.Errorf("%s: %q is no hash", row.why, got)
			}
			if got != sessionName(row.subject) {
				t.Error("it is not the same each time")
			}
		})
	}
}

// TestNoTwoSubjectsShareAName: a subject that is the hash of another, or the hash of that hash, gets a third name.
func TestNoTwoSubjectsShareAName(t *testing.T) {
	names := map[string]string{}
	victim := "ada@example.com"
	for _, subject := range []string{
		victim, "Ada@example.com", " ada@example.com", "ada@example.com\n", "ada", "ADA",
		"a", strings.Repeat("a", 65), strings.Repeat("a", 66),
		sessionName(victim), sessionName(sessionName(victim)),
		strings.TrimPrefix(sessionName(victim), hashPrefix), hash(victim), hashPrefix,
	} {
		name := sessionName(subject)
		if other, taken := names[name]; taken {
			t.Errorf("%q and %q are both %q", subject, other, name)
		}
		names[name] = subject
	}
	if got := sessionName(victim); got != "sha256-b5fc85e55755f9e0d030a10ab4429b6b2944855f" {
		t.Errorf("the name of %s has changed to %q: CloudTrail has the old one", victim, got)
	}
}
