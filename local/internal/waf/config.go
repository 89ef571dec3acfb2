package waf

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The types below hold the properties of AWS::WAFv2::WebACL and AWS::WAFv2::IPSet that are read here. They have
// the names of CloudFormation (CloudFormation Template Reference, aws-resource-wafv2-webacl).

type webACL struct {
	Name                 string
	Scope                string
	DefaultAction        action
	Rules                []ruleConfig
	CustomResponseBodies map[string]responseBody
}

type ruleConfig struct {
	Name           string
	Priority       number
	Action         *action
	OverrideAction *overrideAction
	// Statement has exactly one key, the kind of the statement. The kind decides the type of its value.
	Statement map[string]json.RawMessage
}

type action struct {
	Allow, Count, Captcha, Challenge *customRequest
	Block                            *blockConfig
}

type blockConfig struct{ CustomResponse *customResponse }

// overrideAction is the action of a rule group. None keeps the action of each rule in the group.
type overrideAction struct{ Count, None *struct{} }

type customRequest struct {
	CustomRequestHandling json.RawMessage
}

type customResponse struct {
	ResponseCode          number
	CustomResponseBodyKey string
	ResponseHeaders       []struct{ Name, Value string }
}

type responseBody struct {
	ContentType, Content string
}

type ipSet struct {
	IPAddressVersion string
	Addresses        []string
}

type ipSetReference struct {
	// Arn is spelt so by CloudFormation.
	Arn                    string
	IPSetForwardedIPConfig json.RawMessage
}

type logicalConfig struct {
	Statements []map[string]json.RawMessage
}

type negation struct {
	Statement map[string]json.RawMessage
}

type managedRuleGroup struct {
	VendorName, Name    string
	ExcludedRules       []namedRule // the older form of an override to Count
	RuleActionOverrides []struct {
		Name        string
		ActionToUse action
	}
	ScopeDownStatement map[string]json.RawMessage
}

type namedRule struct{ Name string }

type byteMatchConfig struct {
	// FieldToMatch has exactly one key, which names the part of the request.
	FieldToMatch                     map[string]json.RawMessage
	PositionalConstraint             string
	SearchString, SearchStringBase64 string
	TextTransformations              []textTransformation
}

type textTransformation struct {
	Priority number
	Type     string
}

// number is a whole number. A template may also write it as a string, as parameters do.
type number int64

// UnmarshalJSON implements [json.Unmarshaler].
func (n *number) UnmarshalJSON(document []byte) error {
	text := strings.Trim(string(document), `"`)
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value != float64(int64(value)) {
		return fmt.Errorf("%s is not a whole number", document)
	}
	*n = number(value)
	return nil
}
