package furl

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// authorizerCycles finds distributions with an authorizer that need themselves. A client whose callback URL is at the
// distribution's own domain name does that, since the origin's settings name the client. CDK only warns of a cycle, and
// CloudFormation refuses it.
func (t *templates) authorizerCycles() []*awscdk.PolicyViolation {
	var found []*awscdk.PolicyViolation
	for _, in := range t.all {
		ids := map[string]bool{}
		for _, guarded := range in.guarded {
			ids[guarded.distribution] = true
		}
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			way := in.wayBack(id)
			if way == nil {
				continue
			}
			var places []place
			for _, step := range way {
				places = append(places, place{in, step})
			}
			found = append(found, violation("authorizerCycle", severityFatal,
				"A distribution with an Authorizer needs itself, by "+strings.Join(append(way, id), " → ")+
					". CloudFormation refuses such a circular dependency.",
				"Give the distribution a domain name of yours in DistributionProps.DomainNames. Write that name into "+
					"the client's callback URLs, or into ResourceMetadata.", places...))
		}
	}
	return found
}

// wayBack is a shortest way from a resource to itself, by references and DependsOn. It begins with the resource. It is
// nil where there is none.
func (t *template) wayBack(id string) []string {
	before := map[string]string{} // by resource, the one that refers to it
	for queue := []string{id}; len(queue) > 0; queue = queue[1:] {
		step := queue[0]
		for _, next := range t.needs(step) {
			if next == id {
				way := []string{step}
				for way[0] != id {
					way = slices.Insert(way, 0, before[way[0]])
				}
				return way
			}
			if before[next] == "" {
				before[next] = step
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// needs are the resources of the template that must be there before a resource, sorted.
func (t *template) needs(id string) []string {
	found := map[string]bool{}
	note := func(name string) {
		name, _, _ = strings.Cut(name, ".") // of an attribute
		if _, ok := t.Resources[name]; ok {
			found[name] = true
		}
	}
	resource := t.Resources[id]
	eachReference(resource.Properties, note)
	switch dependsOn := resource.DependsOn.(type) {
	case string:
		note(dependsOn)
	case []any:
		for _, name := range dependsOn {
			text, _ := name.(string)
			note(text)
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// substituted is a variable of Fn::Sub.
var substituted = regexp.MustCompile(`\$\{([A-Za-z0-9.]+)\}`)

// eachReference calls note with each name that a value refers to, an attribute behind a point.
func eachReference(value any, note func(string)) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			eachReference(item, note)
		}
	case map[string]any:
		for key, item := range value {
			text, isText := item.(string)
			list, _ := item.([]any)
			switch {
			case key == "Ref", key == "Fn::GetAtt" && isText:
				note(text)
			case key == "Fn::GetAtt" && len(list) > 0:
				text, _ = list[0].(string)
				note(text)
			case key == "Fn::Sub":
				if len(list) > 0 {
					text, _ = list[0].(string)
				}
				for _, found := range substituted.FindAllStringSubmatch(text, -1) {
					note(found[1])
				}
			}
			eachReference(item, note)
		}
	}
}
