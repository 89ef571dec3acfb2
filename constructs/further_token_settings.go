package furl

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// furtherTokenSettings are the settings that tokens of every kind have.
type furtherTokenSettings struct {
	scopes                   []string
	cookie, resourceMetadata string
	leeway                   awscdk.Duration
}

// cookieName is the form of a cookie's name (RFC 6265, section 4.1.1).
var cookieName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

const maxLeeway = 300 // seconds

// problem is the fault of a setting, with its remedy. Both are "" for none.
func (f furtherTokenSettings) problem() (problem, remedy string) {
	if problem := scopeProblem(f.scopes); problem != "" {
		return "Scopes: " + problem, `write each scope once, as the access tokens have it, such as "orders/read"`
	}
	if f.cookie != "" && !cookieName.MatchString(f.cookie) {
		return fmt.Sprintf("Cookie: %q is no name of a cookie", f.cookie), `write one such as "__Host-token"`
	}
	if f.resourceMetadata != "" {
		if problem := httpsProblem(f.resourceMetadata); problem != "" {
			return "ResourceMetadata " + problem,
				`write a URL such as "https://api.example.com/.well-known/oauth-protected-resource"`
		}
	}
	if f.leeway == nil {
		return "", ""
	}
	const example = "write awscdk.Duration_Seconds(jsii.Number(30)), or leave it out"
	if *f.leeway.IsUnresolved() {
		return "Leeway is known at deployment only", example
	}
	if seconds := f.leewaySeconds(); seconds != float64(int(seconds)) || seconds > maxLeeway {
		return fmt.Sprintf("Leeway: %v s is not a whole number of seconds up to %d", seconds, maxLeeway), example
	}
	return "", ""
}

func (f furtherTokenSettings) leewaySeconds() float64 {
	return *f.leeway.ToSeconds(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)})
}

func (f furtherTokenSettings) headers() []originHeader {
	leeway := ""
	if f.leeway != nil {
		leeway = strconv.Itoa(int(f.leewaySeconds()))
	}
	return []originHeader{
		listHeader("x-furl-scopes", f.scopes, "Scopes"),
		{"x-furl-cookie", f.cookie, "Cookie"},
		{"x-furl-resource-metadata", f.resourceMetadata, "ResourceMetadata"},
		{"x-furl-leeway", leeway, "Leeway"},
	}
}
