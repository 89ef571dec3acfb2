package furl

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// description is a text that ends in a construct's path. It is valid wherever AWS takes a description. Its
// characters are those of descriptionText. It has at most 256 bytes, and so at most Lambda's 256 characters (Lambda
// API Reference, CreateFunction).
func description(text string, construct constructs.IConstruct) *string {
	text = descriptionText(text + *construct.Node().Path())
	return jsii.String(strings.ToValidUTF8(text[:min(len(text), 256)], "")) // drops a character that is cut
}

// descriptionText is a text in the characters that the description of an IAM role takes. These are the fewest of
// all descriptions (IAM API Reference, CreateRole). Other characters become "?". CloudFormation shows them in a
// template as "?" anyway (aws-cloudformation/cloudformation-coverage-roadmap#814).
func descriptionText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', ' ' <= r && r <= '~', '¡' <= r && r <= 'ÿ':
			return r
		default:
			return '?'
		}
	}, text)
}
