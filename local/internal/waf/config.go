package waf

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The types below are the part of AWS::WAFv2::WebACL and AWS::WAFv2::IPSet that is read here, under the names that
// CloudFormation gives it (CloudFormation Template Reference, aws-resource-wafv2-webacl).

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
	// Statement is held raw: it has exactly one key, which names the kind of statement.
	Statement map[string]json.RawMessage
}

type action struct {
	Allow, Count, Captcha, Challenge *customRequest
	Block                            *blockConfig
}

type blockConfig struct{ CustomResponse *customResponse }

// overrideAction is the action of a rule group: None leaves each of its rules its own.
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

type rateBased struct {
	Limit               number
	EvaluationWindowSec number
	AggregateKeyType    string
	ScopeDownStatement  map[string]json.RawMessage
}

type logical struct {
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

// number is a whole number that a template may also write as a string, as parameters do.
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
