package furl

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
)

const (
	// exceptPathCapacity is the part of an ACL's capacity that one path takes. A match of a beginning or of the
	// whole path takes 2 units. Each of two transformations takes 10 (WAF Developer Guide,
	// waf-rule-statement-type-string-match).
	exceptPathCapacity = 2 + 2*10

	// maxSearchString is the length of the longest text that WAF compares with, in bytes (CloudFormation,
	// aws-properties-wafv2-webacl-bytematchstatement).
	maxSearchString = 200
)

var percentEscape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// checkExceptPaths refuses paths that would exempt everything. It also refuses paths that no request has after
// WAF's transformations, since these would exempt nothing without a word.
func (g ManagedRuleGroup) checkExceptPaths(at site) {
	field := "ExceptPaths of " + g.Name
	for i, path := range g.ExceptPaths {
		search, _ := strings.CutSuffix(path, "*")
		switch {
		case *awscdk.Token_IsUnresolved(jsii.String(path)):
			at.refuse(field, "a path is known at deployment only, so nobody can tell what it exempts", "write the path")
		case path == "":
			at.refuse(field, "a path is empty", `write it as "/webhooks/*" or "/upload"`)
		case path == "*" || path == "/*":
			at.refuse(field, fmt.Sprintf("%q exempts every request", path), "leave the group out")
		case path[0] != '/':
			at.refuse(field, fmt.Sprintf("%q does not begin with a slash, as every path does", path),
				fmt.Sprintf("write %q", "/"+path))
		case strings.Contains(search, "*"):
			at.refuse(field, fmt.Sprintf("%q has a star that is not its end", path),
				"write each beginning as a path of its own, with one star at its end")
		case strings.ContainsAny(search, "?#"):
			at.refuse(field, fmt.Sprintf("%q has a query or a fragment, and only the path is compared", path),
				"end the path before it")
		case percentEscape.MatchString(search):
			at.refuse(field, fmt.Sprintf("%q is percent-encoded, and WAF compares the decoded path", path),
				fmt.Sprintf("write %q", percentEscape.ReplaceAllStringFunc(path, decodeEscape)))
		case strings.Contains(search, "//") || hasDotSegment(search):
			at.refuse(field,
				fmt.Sprintf("%q has an empty or a dot segment, and WAF compares the normalised path", path),
				"write it without")
		case len(search) > maxSearchString:
			at.refuse(field,
				fmt.Sprintf("%q has %d bytes, and WAF compares with %d at most", path, len(search), maxSearchString),
				"write a shorter beginning, with a star at its end")
		case slices.Contains(g.ExceptPaths[:i], path):
			at.refuse(field, fmt.Sprintf("%q stands there twice", path), "list each path once")
		}
	}
}

func decodeEscape(escape string) string {
	character, _ := url.PathUnescape(escape) // cannot fail, since percentEscape has matched it
	return character
}

// hasDotSegment reports whether a segment of the path is "." or "..".
func hasDotSegment(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(segment string) bool {
		return segment == "." || segment == ".."
	})
}

// otherPaths matches each request whose path is none of these. It is nil where there are no paths.
func otherPaths(paths []string) *awswafv2.CfnWebACL_StatementProperty {
	var statements []*awswafv2.CfnWebACL_StatementProperty
	for _, path := range paths {
		constraint := "EXACTLY"
		search, prefix := strings.CutSuffix(path, "*")
		if prefix {
			constraint = "STARTS_WITH"
		}
		statements = append(statements, &awswafv2.CfnWebACL_StatementProperty{
			ByteMatchStatement: &awswafv2.CfnWebACL_ByteMatchStatementProperty{
				FieldToMatch:         &awswafv2.CfnWebACL_FieldToMatchProperty{UriPath: map[string]any{}},
				PositionalConstraint: jsii.String(constraint), SearchString: jsii.String(search),
				// Without the transformations "/webhooks/../admin" and "/webhooks/%2e%2e/admin" would be exempt as
				// well.
				TextTransformations: []*awswafv2.CfnWebACL_TextTransformationProperty{
					{Priority: jsii.Number(0), Type: jsii.String("URL_DECODE")},
					{Priority: jsii.Number(1), Type: jsii.String("NORMALIZE_PATH")},
				},
			},
		})
	}
	if statements == nil {
		return nil
	}
	return notStatement(orStatement(statements))
}
