package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// supportAspect gives a support stack the termination protection and the tags of its parent. Both may be set after
// the support stack is made, so this is an aspect.
type supportAspect struct{ parent, support awscdk.Stack }

// Visit is called by CDK for the support stack and for everything in it.
func (s *supportAspect) Visit(node constructs.IConstruct) {
	// Tags_Of(parent) adds aspects to the parent. Each of them decides which resources it tags.
	for _, aspect := range *awscdk.Aspects_Of(s.parent).All() {
		switch aspect.(type) {
		case awscdk.Tag, awscdk.RemoveTag:
			aspect.Visit(node)
		}
	}
	if !sameConstruct(node, s.support) {
		return
	}
	s.support.SetTerminationProtection(s.parent.TerminationProtection())
	for key, value := range *s.parent.Tags().TagValues() {
		s.support.Tags().SetTag(&key, value, nil, nil)
	}
}
