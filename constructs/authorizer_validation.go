package furl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"
)

// authorizerKey marks a distribution in the construct tree. The mark's text is that of a guardedBehavior.
const authorizerKey = "furl:authorizer"

// guardedBehavior is a behaviour with an authorizer, whose settings are custom headers of its origin.
type guardedBehavior struct {
	distribution string   // its logical id
	pattern      string   // "" for the default behaviour
	settings     []string // names of the headers
}

// markGuarded marks a behaviour that has an authorizer.
func (e *endpoint) markGuarded(distribution awscloudfront.Distribution, pattern string, authorizer *Authorizer) {
	if authorizer == nil || authorizer.open {
		return
	}
	text := strings.Join(append([]string{pattern}, e.settings[authorizer]...), " ")
	distribution.Node().DefaultChild().Node().AddMetadata(jsii.String(authorizerKey), text, nil)
	validateAtSynthesis(distribution)
}

// guardedBehaviors reads the marks of a distribution.
func guardedBehaviors(distribution awscloudfront.CfnDistribution) []guardedBehavior {
	var all []guardedBehavior
	for _, entry := range *distribution.Node().Metadata() {
		if text, ok := entry.Data.(string); ok && *entry.Type == authorizerKey {
			parts := strings.Split(text, " ")
			id := *awscdk.Stack_Of(distribution).GetLogicalId(distribution)
			all = append(all, guardedBehavior{id, parts[0], parts[1:]})
		}
	}
	return all
}

// lostAuthorizers finds behaviours that lost their authorizer, a part of it, or the cache policy CachingDisabled. An
// override does that, such as one for a custom header of the app's own. The edge signer cannot tell an origin that lost
// its settings from one without an authorizer.
func (t *templates) lostAuthorizers() []*awscdk.PolicyViolation {
	var found []*awscdk.PolicyViolation
	for _, in := range t.all {
		for _, guarded := range in.guarded {
			config, _ := in.Resources[guarded.distribution].Properties["DistributionConfig"].(map[string]any)
			behavior := behaviorOf(config, guarded.pattern)
			add := func(problem, remedy string) {
				found = append(found, violation("authorizer", severityFatal,
					guarded.name()+" "+problem, remedy, place{in, guarded.distribution}))
			}
			if behavior == nil {
				add("has an Authorizer, and the template does not show the behaviour any more. Its requests would go "+
					"to another one.", "Leave CacheBehaviors and their path patterns as they are.")
				continue
			}
			if lost := guarded.lostSettings(config, behavior); lost != nil {
				add(fmt.Sprintf("has an Authorizer, and its origin lost the custom headers %s. Requests would pass "+
					"without what they ask for.", strings.Join(lost, ", ")),
					"Leave OriginCustomHeaders as they are, or write Authorizer: furl.NoAuthorizer().")
			}
			if policy := behavior["CachePolicyId"]; managedCachePolicies[fmt.Sprint(policy)].name != "CachingDisabled" {
				add(fmt.Sprintf("has an Authorizer, and its cache policy is %s. The answer for one user would be "+
					"given to others.", t.text(in, policy)), "Leave CachePolicyId as it is.")
			}
		}
	}
	return found
}

func (g guardedBehavior) name() string {
	if g.pattern == "" {
		return "The default behaviour"
	}
	return "The behaviour " + g.pattern
}

// lostSettings are the headers that the behaviour's origin does not have, in any case.
func (g guardedBehavior) lostSettings(config, behavior map[string]any) []string {
	kept := map[string]bool{}
	for _, origin := range objectsIn(config["Origins"]) {
		if origin["Id"] != behavior["TargetOriginId"] {
			continue
		}
		for _, header := range objectsIn(origin["OriginCustomHeaders"]) {
			name, _ := header["HeaderName"].(string)
			kept[strings.ToLower(name)] = true
		}
	}
	lost := slices.Clone(g.settings)
	lost = slices.DeleteFunc(lost, func(name string) bool { return kept[name] })
	if len(lost) == 0 {
		return nil
	}
	return lost
}

// behaviorOf is the behaviour of a pattern. It is nil where the template does not show one.
func behaviorOf(config map[string]any, pattern string) map[string]any {
	if pattern == "" {
		behavior, _ := config["DefaultCacheBehavior"].(map[string]any)
		return behavior
	}
	for _, behavior := range objectsIn(config["CacheBehaviors"]) {
		if behavior["PathPattern"] == pattern {
			return behavior
		}
	}
	return nil
}

// objectsIn are the objects of a list in a template. A list that an intrinsic function makes has none.
func objectsIn(list any) []map[string]any {
	var all []map[string]any
	items, _ := list.([]any)
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}
