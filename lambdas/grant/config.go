package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// settings are the environment variables, which the construct wrote.
type settings struct {
	functions      map[string]function // by the name that a request asks for
	roleARN        string
	duration       time.Duration // of a session, 15 to 60 minutes
	allowedOrigins []string      // exact, or "*" alone for any
	subject        subjectSource
	sessionTags    map[string]string // the name of the claim that each tag's value comes from, by the tag's key
	bindToSourceIP bool
	region         string
}

// function is a function that can be leased.
type function struct {
	URL string `json:"url"` // its Function URL, with the trailing slash
	ARN string `json:"arn"` // of the function or alias that has the URL
}

// readConfig reads FURL_FUNCTIONS, FURL_ROLE_ARN, FURL_SESSION_SECONDS, FURL_ALLOWED_ORIGINS, FURL_SUBJECT,
// FURL_SESSION_TAGS, FURL_BIND_TO_SOURCE_IP and AWS_REGION. There are no defaults. The error names the variable that is
// missing or malformed.
func readConfig(getenv func(string) string) (settings, error) {
	var s settings
	for _, variable := range []struct {
		name string
		read func(string) error
	}{
		{"FURL_FUNCTIONS", s.readFunctions},
		{"FURL_ROLE_ARN", s.readRole},
		{"FURL_SESSION_SECONDS", s.readDuration},
		{"FURL_ALLOWED_ORIGINS", s.readOrigins},
		{"FURL_SUBJECT", s.readSubject},
		{"FURL_SESSION_TAGS", s.readSessionTags},
		{"FURL_BIND_TO_SOURCE_IP", s.readBinding},
		{"AWS_REGION", s.readRegion},
	} {
		value := getenv(variable.name)
		if value == "" {
			return s, fmt.Errorf("the environment variable %s is not set: "+
				"deploy this function with the construct CredentialGrant", variable.name)
		}
		if err := variable.read(value); err != nil {
			return s, fmt.Errorf("the environment variable %s: %w", variable.name, err)
		}
	}
	return s, nil
}

func (s *settings) readFunctions(value string) error {
	if err := json.Unmarshal([]byte(value), &s.functions); err != nil {
		return fmt.Errorf("want a JSON object: %w", err)
	}
	if len(s.functions) == 0 {
		return errors.New("it has no function")
	}
	for name, f := range s.functions {
		if !isFunctionURL(f.URL) {
			return fmt.Errorf("function %q: url is %q, want https://…/", name, f.URL)
		}
		parsed, err := arn.Parse(f.ARN)
		if err != nil || parsed.Service != "lambda" || strings.ContainsAny(f.ARN, "*?") {
			return fmt.Errorf("function %q: arn is %q, want that of a function or alias", name, f.ARN)
		}
	}
	return nil
}

// isFunctionURL reports whether a text is a URL with the path "/", by https or on this machine. Without TLS the session
// token could be read on the way. furl local serves on loopback.
func isFunctionURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	address, _ := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && address.IsLoopback()
}

func (s *settings) readRole(value string) error {
	parsed, err := arn.Parse(value)
	if err != nil || parsed.Service != "iam" || !strings.HasPrefix(parsed.Resource, "role/") {
		return fmt.Errorf("%q is not the ARN of a role", value)
	}
	s.roleARN = value
	return nil
}

// readDuration reads the seconds of a session. STS takes 15 minutes at least. It takes one hour at most from a caller
// that is a role session, as this function is (STS API Reference, AssumeRole).
func (s *settings) readDuration(value string) error {
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 900 || seconds > 3600 {
		return fmt.Errorf("%q is not a number of seconds from 900 to 3600", value)
	}
	s.duration = time.Duration(seconds) * time.Second
	return nil
}

func (s *settings) readOrigins(value string) error {
	if err := json.Unmarshal([]byte(value), &s.allowedOrigins); err != nil {
		return fmt.Errorf("want a JSON array of origins: %w", err)
	}
	if len(s.allowedOrigins) == 0 {
		return errors.New("it has no origin")
	}
	if slices.Contains(s.allowedOrigins, "") || slices.Contains(s.allowedOrigins, "*") && len(s.allowedOrigins) > 1 {
		return errors.New(`want origins such as "https://app.example.com", or "*" alone`)
	}
	return nil
}

func (s *settings) readSubject(value string) error {
	s.subject = subjectSource(value)
	if _, known := subjects[s.subject]; !known {
		return fmt.Errorf("%q is none of cognito, lambda, iam and api-key", value)
	}
	return nil
}

// readSessionTags reads a JSON object with the name of a claim for each tag. It comes after the subject, which tells
// whether there are claims.
func (s *settings) readSessionTags(value string) error {
	if err := json.Unmarshal([]byte(value), &s.sessionTags); err != nil || s.sessionTags == nil {
		return errors.New("want a JSON object of the claim's name by the tag's key")
	}
	if _, known := claims[s.subject]; !known && len(s.sessionTags) > 0 {
		return fmt.Errorf("an authorizer of kind %s has no claims", s.subject)
	}
	for key, claim := range s.sessionTags {
		if key == "" || key == functionTag || claim == "" {
			return fmt.Errorf("tag %q: want a key other than %s, and the name of a claim", key, functionTag)
		}
	}
	return nil
}

func (s *settings) readBinding(value string) error {
	if value != "true" && value != "false" {
		return fmt.Errorf("%q is neither true nor false", value)
	}
	s.bindToSourceIP = value == "true"
	return nil
}

func (s *settings) readRegion(value string) error {
	s.region = value
	return nil
}
