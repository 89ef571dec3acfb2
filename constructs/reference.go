package furl

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscertificatemanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// weakAcrossRegions is a value of the user's as a construct in another region is to refer to it. The reference goes
// by Fn::GetStackOutput. No other reference changes. CDK would make custom resources for it, or throw.
//
// Within a region the reference stays as the app has it. A deployed Export can only go after all of its imports. So
// to weaken the reference here would fail the next deployment of the other stack.
func weakAcrossRegions(consumer constructs.IConstruct, value *string) *string {
	reference := referenceIn(value)
	if reference == nil {
		return value
	}
	producer, stack := topLevelStack(reference.Target()), topLevelStack(consumer)
	if !knownToDiffer(producer.Region(), stack.Region()) || knownToDiffer(producer.Account(), stack.Account()) {
		return value
	}
	if awscdk.Stack_Of(reference.Target()).NestedStackParent() != nil {
		return value // CDK 2.277 loses the strength on the way through the nested stack's outputs
	}
	switch resolved := tryResolve(stack, value); {
	case resolved == "": // CDK refuses an L2 without an explicit name, but its L1 has the attribute
		resource, ok := reference.Target().(awscdk.CfnResource)
		if !ok {
			return value
		}
		value = awscdk.Token_AsString(resource.GetAtt(reference.DisplayName(), awscdk.ResolutionTypeHint_STRING), nil)
	case !strings.Contains(resolved, `"Fn::GetAtt"`) && !strings.Contains(resolved, `"Ref"`):
		return value // it has a name, by which CDK writes it
	}
	warnOptIn(stack, producer)
	return awscdk.Stack_ConsumeReference(value, awscdk.ReferenceStrength_WEAK)
}

// certificateFor is a certificate as a distribution in another region refers to it.
func certificateFor(
	distribution constructs.Construct, certificate interfacesawscertificatemanager.ICertificateRef,
) interfacesawscertificatemanager.ICertificateRef {
	if certificate == nil {
		return nil
	}
	arn := certificate.CertificateRef().CertificateArn
	weakArn := weakAcrossRegions(distribution, arn)
	if *weakArn == *arn {
		return certificate
	}
	return awscertificatemanager.Certificate_FromCertificateArn(distribution, jsii.String("Certificate"), weakArn)
}

// userPoolFor is a user pool as an API in another region refers to it.
func userPoolFor(api constructs.Construct, pool awscognito.IUserPool) awscognito.IUserPool {
	weakArn := weakAcrossRegions(api, pool.UserPoolArn())
	if *weakArn == *pool.UserPoolArn() {
		return pool
	}
	return awscognito.UserPool_FromUserPoolArn(api, jsii.String("UserPool"), weakArn)
}

// referenceIn is the reference that a token stands for. It is nil for a literal, and for a text with more than a
// reference in it.
func referenceIn(value *string) awscdk.Reference {
	token := awscdk.Tokenization_Reverse(value, &awscdk.ReverseOptions{FailConcat: jsii.Bool(false)})
	if token == nil || !*awscdk.Reference_IsReference(token) {
		return nil
	}
	return token.(awscdk.Reference)
}

// tryResolve is as resolve, but gives "" where CDK throws.
func tryResolve(stack awscdk.Stack, value any) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	return resolve(stack, value)
}

// sameValue reports whether two values are one. Two resources of one logical id, in two stacks, have the same text
// in a template. So texts are compared only where no resource is in them.
func sameValue(scope constructs.Construct, a, b *string) bool {
	if *a == *b {
		return true
	}
	text := resolve(awscdk.Stack_Of(scope), a)
	references := strings.Count(text, `"Ref":`) + strings.Count(text, `"Fn::GetAtt"`) + strings.Count(text, `"Fn::Sub"`)
	pseudo := strings.Count(text, `"Ref":"AWS::`)
	return references == pseudo && text == resolve(awscdk.Stack_Of(scope), b)
}

// addressesIn are the addresses of the resources to which texts refer. They tell apart resources of one logical id in
// two stacks.
func addressesIn(texts []*string) string {
	var addresses strings.Builder
	for _, text := range texts {
		if text == nil {
			continue
		}
		for _, token := range *awscdk.Tokenization_ReverseString(text).Tokens() {
			if *awscdk.Reference_IsReference(token) {
				addresses.WriteString(*token.(awscdk.Reference).Target().Node().Addr())
			}
		}
	}
	return addresses.String()
}
