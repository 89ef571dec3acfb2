package waf

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The limits and words are those of the AWS WAF Developer Guide, waf-rule-label-requirements.
var (
	labelText     = regexp.MustCompile(`\A[0-9A-Za-z_:-]+\z`)
	reservedWords = []string{
		"awswaf", "aws", "waf", "rulegroup", "webacl", "regexpatternset", "ipset", "managed",
	}
)

const (
	maxLabelNamespaces = 5
	maxLabelPart       = 128
)

// labelNamespace is the prefix of the labels that the rules of a web ACL or rule group add. Its ARN has the account,
// the kind and the name.
func labelNamespace(arn string) string {
	fields := strings.SplitN(arn+":::::", ":", 6)
	resource := strings.Split(fields[5]+"//", "/") // global/webacl/NAME/ID
	return fmt.Sprintf("awswaf:%s:%s:%s:", fields[4], resource[1], resource[2])
}

// labels returns the fully qualified labels that a rule adds.
func (c *compiler) labels(configs []namedRule) ([]string, error) {
	var labels []string
	for _, config := range configs {
		parts := strings.Split(config.Name, ":")
		switch {
		case !labelText.MatchString(config.Name):
			return nil, fmt.Errorf("RuleLabels: %q: write letters, digits, colons, _ and -", config.Name)
		case len(parts) > maxLabelNamespaces+1:
			return nil, fmt.Errorf("RuleLabels: %s has more than %d namespaces", config.Name, maxLabelNamespaces)
		case slices.ContainsFunc(parts, func(part string) bool { return part == "" || len(part) > maxLabelPart }):
			return nil, fmt.Errorf("RuleLabels: %s: each part has 1 to %d characters", config.Name, maxLabelPart)
		}
		for _, part := range parts {
			if slices.Contains(reservedWords, part) {
				return nil, fmt.Errorf("RuleLabels: %s: AWS WAF reserves the word %s", config.Name, part)
			}
		}
		labels = append(labels, c.namespace+config.Name)
	}
	return labels, nil
}
