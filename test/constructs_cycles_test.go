package test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// checkCycles reports resources of one template that need each other by Ref, Fn::GetAtt, Fn::Sub or DependsOn. CDK
// synthesises such templates, and CloudFormation refuses them.
func checkCycles(a *cloudAssembly, report func(string, ...any)) {
	for _, name := range slices.Sorted(maps.Keys(a.stacks)) {
		if cycle := findCycle(needs(a.stacks[name].template)); cycle != nil {
			report("%s: %s", name, strings.Join(cycle, " → "))
		}
	}
}

var subReference = regexp.MustCompile(`\$\{([A-Za-z0-9]+)[.}]`)

// needs maps the logical id of each resource to the ids of the resources that it refers to.
func needs(template map[string]any) map[string][]string {
	resources, _ := template["Resources"].(map[string]any)
	graph := map[string][]string{}
	for id, resource := range resources {
		need := func(other string) {
			if _, ok := resources[other]; ok {
				graph[id] = append(graph[id], other)
			}
		}
		switch dependsOn := resource.(map[string]any)["DependsOn"].(type) {
		case string:
			need(dependsOn)
		case []any:
			for _, other := range dependsOn {
				need(fmt.Sprint(other))
			}
		}
		walk(resource, func(node map[string]any) {
			if ref, ok := node["Ref"].(string); ok {
				need(ref)
			}
			if attribute, ok := node["Fn::GetAtt"].([]any); ok {
				need(fmt.Sprint(attribute[0]))
			}
			for _, match := range subReference.FindAllStringSubmatch(fmt.Sprint(node["Fn::Sub"]), -1) {
				need(match[1])
			}
		})
		slices.Sort(graph[id])
	}
	return graph
}

// findCycle is a cycle of the graph with its first node repeated at the end. It is nil for a graph without a cycle.
func findCycle(graph map[string][]string) []string {
	done := map[string]bool{}
	var path []string
	var visit func(string) []string
	visit = func(id string) []string {
		if at := slices.Index(path, id); at >= 0 {
			return append(slices.Clone(path[at:]), id)
		}
		if done[id] {
			return nil
		}
		path = append(path, id)
		for _, next := range graph[id] {
			if cycle := visit(next); cycle != nil {
				return cycle
			}
		}
		path = path[:len(path)-1]
		done[id] = true
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(graph)) {
		if cycle := visit(id); cycle != nil {
			return cycle
		}
	}
	return nil
}
