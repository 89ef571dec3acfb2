package furl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
)

// givenDistribution warns of problems of a distribution that was passed in. It reads the L1, so it does not see
// overrides. It is an aspect, since the web ACL may be attached to the distribution later.
type givenDistribution struct {
	scope        constructs.Construct
	distribution awscloudfront.Distribution
}

func warnOfDistribution(scope constructs.Construct, distribution awscloudfront.Distribution) {
	awscdk.Aspects_Of(scope).Add(&givenDistribution{scope, distribution}, nil)
}

// Visit is called by CDK for the scope and for everything in it.
func (g *givenDistribution) Visit(node constructs.IConstruct) {
	if !sameConstruct(node, g.scope) {
		return
	}
	cfn := g.distribution.Node().DefaultChild().(awscloudfront.CfnDistribution)
	config := resolvedConfig(cfn, (*cfn.CfnProperties())["distributionConfig"])
	path := *g.distribution.Node().Path()
	if config["webAclId"] == nil {
		warn(g.scope, "furl:distributionWebAcl", "the distribution %s has no WebAclId, so nothing limits who calls "+
			"the function, and how often, unless an override sets one. Set its WebAclId, to furl.NewWebAcl(…).Arn() "+
			"for instance.", path)
	}
	kept := slices.Clone(keptErrors)
	var pages []string
	responses, _ := config["customErrorResponses"].([]any)
	for _, response := range responses {
		entry, _ := response.(map[string]any)
		status, _ := entry["errorCode"].(float64)
		if ttl, ok := entry["errorCachingMinTtl"].(float64); ok && ttl == 0 {
			kept = slices.DeleteFunc(kept, func(code int) bool { return code == int(status) })
		}
		if entry["responsePagePath"] != nil {
			pages = append(pages, fmt.Sprint(int(status)))
		}
	}
	if len(pages) > 0 {
		warn(g.scope, "furl:errorPages", "the ErrorResponses of the distribution %s replace the function's own "+
			"answers of status %s by pages. ErrorResponses are for all behaviours of a distribution. "+
			"Take these statuses out, or answer with others.",
			path, strings.Join(pages, ", "))
	}
	if len(kept) > 0 {
		warn(g.scope, "furl:errorCaching", "the distribution %s keeps the function's answers of status %s for 10 s "+
			"and gives them to others. Add ErrorResponses with Ttl: awscdk.Duration_Seconds(jsii.Number(0)) for them.",
			path, strings.Trim(strings.ReplaceAll(fmt.Sprint(kept), " ", ", "), "[]"))
	}
}
