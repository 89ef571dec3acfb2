package assembly

import (
	"fmt"
	"maps"
)

// Tags returns the tags of a resource. CloudFormation hands the stack's tags on to it, and its own tags win
// (CloudFormation Template Reference, aws-properties-resource-tags). The tags that CloudFormation makes up, with keys
// that begin with "aws:", are left out.
func (r *Resource) Tags() (map[string]string, error) {
	stack := r.Stack
	for stack.Parent != nil {
		stack = stack.Parent
	}
	tags := map[string]string{}
	maps.Copy(tags, stack.tags)
	given, err := evaluation{stack: r.Stack}.resolve(r.properties["Tags"])
	if err != nil {
		return nil, fmt.Errorf("properties of %s: %w", r, within("Tags", err))
	}
	list, ok := given.([]any)
	if !ok && given != nil && given != (absent{}) {
		return nil, fmt.Errorf("tags of %s: want a list, have %s", r, kind(given))
	}
	for _, element := range list {
		tag, _ := element.(map[string]any)
		key, keyErr := text(tag["Key"])
		value, valueErr := text(tag["Value"])
		if keyErr != nil || valueErr != nil {
			return nil, fmt.Errorf("tags of %s: want objects with Key and Value, have %v", r, element)
		}
		tags[key] = value
	}
	return tags, nil
}
