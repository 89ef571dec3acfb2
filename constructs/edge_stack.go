package furl

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// edgeRegion is where Lambda@Edge functions and CLOUDFRONT-scope web ACLs live (CloudFront Developer Guide,
// lambda-at-edge-function-restrictions; WAF Developer Guide, how-aws-waf-works-resources).
const edgeRegion = "us-east-1"

// requireRegion refuses a stack whose region is only known at deployment. The region decides whether a support
// stack is needed, and what its name is. Both must be known at synthesis.
func requireRegion(at site, scope constructs.Construct) {
	stack := awscdk.Stack_Of(scope)
	if *awscdk.Token_IsUnresolved(stack.Region()) {
		at.refuse("Env of stack "+*stack.Node().Path(), "it has no region",
			`give the stack one: &awscdk.StackProps{Env: &awscdk.Environment{Region: jsii.String("ap-northeast-1")}}`+
				` (Account may stay unset)`)
	}
	if region := *stack.Region(); strings.HasPrefix(region, "cn-") || strings.HasPrefix(region, "us-gov-") {
		at.refuse("Env of stack "+*stack.Node().Path(),
			region+" is of another partition than "+edgeRegion+
				", where CloudFront takes edge functions and web ACLs from",
			"deploy to a commercial region")
	}
}

// edgeScope is where a construct puts the resources that have to be in us-east-1. A stack in us-east-1 has them
// under the construct itself. Any other top-level stack has one support stack for them.
func edgeScope(construct constructs.Construct) constructs.Construct {
	if *awscdk.Stack_Of(construct).Region() == edgeRegion {
		return construct
	}
	parent := topLevelStack(construct)
	return constructs.NewConstruct(supportStack(parent), jsii.String(idBelow(parent, construct)))
}

// supportStack finds or makes the stack in us-east-1 that goes with a stack elsewhere. Its name carries the
// parent's name and region. So one app that is deployed to two regions of an account has two of them.
func supportStack(parent awscdk.Stack) awscdk.Stack {
	suffix := "-furl-edge-" + *parent.Region()
	id := jsii.String(*parent.Node().Id() + suffix)
	// The support stack stands beside the parent, in the same Stage. A Stage is synthesised and deployed as one.
	scope := parent.Node().Scope()
	if found := scope.Node().TryFindChild(id); found != nil {
		return found.(awscdk.Stack)
	}
	environment := &awscdk.Environment{Region: jsii.String(edgeRegion)}
	if !*awscdk.Token_IsUnresolved(parent.Account()) {
		environment.Account = parent.Account()
	}
	support := awscdk.NewStack(scope.(constructs.Construct), id, &awscdk.StackProps{
		StackName: jsii.String(*parent.StackName() + suffix),
		Description: jsii.String(fmt.Sprintf("What CloudFront needs in %s for the stack %s in %s",
			edgeRegion, *parent.StackName(), *parent.Region())),
		Env: environment,
	})
	awscdk.Aspects_Of(support).Add(&supportAspect{parent: parent, support: support}, nil)
	warnOptIn(parent, support)
	return support
}

// topLevelStack is the outermost parent of nested stacks, or the stack itself. CloudFormation deploys it on its
// own.
func topLevelStack(construct constructs.IConstruct) awscdk.Stack {
	stack := awscdk.Stack_Of(construct)
	for parent := stack.NestedStackParent(); parent != nil; parent = stack.NestedStackParent() {
		stack = parent
	}
	return stack
}

// idBelow is an id for something outside a stack that stands for a construct within it.
func idBelow(stack awscdk.Stack, construct constructs.IConstruct) string {
	return strings.ReplaceAll(strings.TrimPrefix(*construct.Node().Path(), *stack.Node().Path()+"/"), "/", "--")
}

// uniqueName is a name for a resource that is global in an account. It differs by stack name, region and construct
// path. The stack name is the top-level stack's, since a nested stack's is known only once deployed.
func uniqueName(kind string, construct constructs.IConstruct, limit int) string {
	stack := topLevelStack(construct)
	suffix := "-" + shortHash(*stack.StackName()+"\n"+*stack.Region()+"\n"+*construct.Node().Path())
	name := kind + "-" + *stack.StackName()
	return name[:min(len(name), limit-len(suffix))] + suffix
}

// shortHash is the part of a name that tells two names apart.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// requireReach refuses to use a shared edge resource (a signer, a web ACL) where the reference to it could not be a
// weak one.
func requireReach(at site, field string, owner, resource constructs.IConstruct, consumer constructs.Construct) {
	ownerStack, consumerStack := topLevelStack(owner), topLevelStack(consumer)
	if sameConstruct(ownerStack, consumerStack) {
		return
	}
	theirs, ours := ownerStack.Account(), consumerStack.Account()
	if *theirs != *ours && !bothUnresolved(theirs, ours) {
		at.refuse(field,
			fmt.Sprintf("%s is in a stack of another account, or only one of the two stacks names its account, "+
				"and CloudFront takes edge resources of its own account only", *owner.Node().Path()),
			"write the same Account in the Env of both stacks, or make one in this account")
	}
	if awscdk.Stack_Of(resource).NestedStackParent() != nil {
		// A reference out of a nested stack goes through that stack's outputs. Their strength is the user's to set,
		// so the reference would be an Export. An Export refuses the next change of the signer while it is in use.
		at.refuse(field,
			fmt.Sprintf("%s is in a nested stack of %s, which other stacks cannot refer to weakly",
				*owner.Node().Path(), *ownerStack.Node().Path()),
			"make it in a top-level stack to share it between stacks")
	}
	warnOptIn(consumerStack, topLevelStack(resource))
}

func sameConstruct(a, b constructs.IConstruct) bool {
	return *a.Node().Addr() == *b.Node().Addr()
}

func bothUnresolved(a, b *string) bool {
	return *awscdk.Token_IsUnresolved(a) && *awscdk.Token_IsUnresolved(b)
}
