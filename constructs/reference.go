package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// referenceIn is the reference that a token stands for; nil for a literal, and for a text with more than a reference in it.
func referenceIn(value *string) awscdk.Reference {
	token := awscdk.Tokenization_Reverse(value, &awscdk.ReverseOptions{FailConcat: jsii.Bool(false)})
	if token == nil || !*awscdk.Reference_IsReference(token) {
		return nil
	}
	return token.(awscdk.Reference)
}
