package furl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// originHeader is a custom header of an origin, by which a setting of an authorizer travels to the edge signer. It is
// not written where its value is "".
type originHeader struct {
	name, value string
	field       string // the field that it is made from, for messages
}

// Limits of an origin's custom headers, in characters (CloudFront Developer Guide, cloudfront-limits).
const (
	maxHeaderValue = 1783
	maxHeaders     = 30
	maxAllHeaders  = 10_240 // names and values together
)

// headerText is a value that goes through an HTTP header as it is, without spaces.
var headerText = regexp.MustCompile(`^[\x21-\x7E]+$`)

// tokenText is CDK's text for a value that only the deployment knows. It takes such a value for as long as a client id
// of Cognito.
var (
	tokenText   = regexp.MustCompile(`\$\{Token\[[^\]]*\]\}`)
	tokenLength = strings.Repeat("x", 26)
)

func listHeader(name string, values []string, field string) originHeader {
	return originHeader{name, strings.Join(values, " "), field}
}

// customHeaders are the headers of an origin with an authorizer. It is nil without one. They have as many of the
// origins of CORS as fit, so that pages of those can read a refusal.
func customHeaders(at site, e *endpoint, authorizer *Authorizer) *map[string]*string {
	if authorizer == nil {
		return nil
	}
	headers := append(authorizer.headersFor(e.scope), credentialsHeader(e.cors))
	headers = slices.DeleteFunc(headers, func(h originHeader) bool { return h.value == "" })
	total := 0
	for _, header := range headers {
		total += len(header.name) + header.length()
		requireHeader(at, header)
	}
	if cors := corsHeader(e.cors, maxAllHeaders-total); cors.value != "" {
		requireHeader(at, cors)
		e.scope.Node().AddValidation(&corsValidation{e})
		headers = append(headers, cors)
		total += len(cors.name) + cors.length()
	}
	if total > maxAllHeaders || len(headers) > maxHeaders {
		at.refuse("Authorizer",
			fmt.Sprintf("its %d settings are custom headers of the origin with %d characters, and CloudFront takes "+
				"%d headers with %d", len(headers), total, maxHeaders, maxAllHeaders),
			"shorten its lists, or put a function of its own behind a pattern of its own")
	}
	byName, names := map[string]*string{}, []string{}
	for _, header := range headers {
		byName[header.name] = jsii.String(header.value)
		names = append(names, header.name)
	}
	e.settings[authorizer] = names
	return &byName
}

// requireHeader refuses a value that CloudFront would not take.
func requireHeader(at site, header originHeader) {
	if length := header.length(); length > maxHeaderValue {
		at.refuse("Authorizer",
			fmt.Sprintf("%s has %d characters as a custom header of the origin, and CloudFront takes %d",
				header.field, length, maxHeaderValue),
			"shorten it, or split it between two path patterns")
	}
}

// length is the number of characters of the value, as far as it is known.
func (h originHeader) length() int { return len(tokenText.ReplaceAllString(h.value, tokenLength)) }

// credentialsHeader says that the pages of CORS may send requests with cookies. A browser shows a page the refusal of
// such a request only if the refusal allows credentials (Fetch Standard, CORS check).
func credentialsHeader(cors *awslambda.FunctionUrlCorsOptions) originHeader {
	header := originHeader{name: "x-furl-cors-credentials", field: "Cors.AllowCredentials"}
	if cors != nil && valueOf(cors.AllowCredentials) {
		header.value = "true"
	}
	return header
}

// corsHeader has the origins of CORS that fit into a room, in their order. The first one always stands in it, since the
// header also says that the URL answers preflights.
func corsHeader(cors *awslambda.FunctionUrlCorsOptions, room int) originHeader {
	header := originHeader{name: "x-furl-cors", field: "Cors.AllowedOrigins"}
	if cors == nil {
		return header
	}
	room = min(room-len(header.name), maxHeaderValue)
	for _, origin := range *cors.AllowedOrigins {
		if *origin == "*" {
			header.value = "*"
			return header
		}
	}
	for _, origin := range *cors.AllowedOrigins {
		longer := header
		longer.value = strings.TrimSpace(header.value + " " + *origin)
		if header.value != "" && longer.length() > room {
			return header
		}
		header = longer
	}
	return header
}

// listProblem names the fault of a list whose values stand in one header with a space between, and its remedy.
func listProblem(field string, values []string, form string) (problem, remedy string) {
	for i, value := range values {
		place := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case *awscdk.Token_IsUnresolved(jsii.String(value)):
		case !headerText.MatchString(value):
			return fmt.Sprintf("%s: %q is not %s, without spaces", place, value, form),
				"write another, since it travels to the edge signer in a header"
		case slices.Contains(values[:i], value):
			return fmt.Sprintf("%s: %q is there twice", place, value), "leave it out"
		}
	}
	return "", ""
}
