package waf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The types below hold the properties of AWS::WAFv2::WebACL and AWS::WAFv2::RuleGroup that are read here. They have
// the names of CloudFormation (CloudFormation Template Reference, aws-resource-wafv2-webacl). Statements have theirs
// beside the code that compiles them.

type webACL struct {
	Name                 string
	Scope                string
	DefaultAction        action
	Rules                []ruleConfig
	CustomResponseBodies map[string]responseBody
	AssociationConfig    struct {
		// RequestBody has a key for each kind of protected resource, such as CLOUDFRONT.
		RequestBody map[string]struct{ DefaultSizeInspectionLimit string }
	}
}

type ruleGroup struct {
	Rules                []ruleConfig
	CustomResponseBodies map[string]responseBody
}

type ruleConfig struct {
	Name           string
	Priority       int
	Action         *action
	OverrideAction *overrideAction
	RuleLabels     []namedRule
	// Statement has exactly one key, the kind of the statement. The kind decides the type of its value.
	Statement map[string]json.RawMessage
}

type action struct {
	Allow, Count, Captcha, Challenge *customRequest
	Block                            *blockConfig
	Monetize                         *struct{} // without a model
}

type blockConfig struct{ CustomResponse *customResponse }

// overrideAction is the action of a rule group. None keeps the action of each rule in the group.
type overrideAction struct{ Count, None *struct{} }

type customRequest struct {
	CustomRequestHandling *struct{ InsertHeaders []customHeader }
}

// headers are the headers to insert.
func (c *customRequest) headers() []customHeader {
	if c.CustomRequestHandling == nil {
		return nil
	}
	return c.CustomRequestHandling.InsertHeaders
}

type customResponse struct {
	ResponseCode          int
	CustomResponseBodyKey string
	ResponseHeaders       []customHeader
}

type customHeader struct{ Name, Value string }

type responseBody struct {
	ContentType, Content string
}

type namedRule struct{ Name string }

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

// decodeStatement reads a statement. A property that its struct lacks has no model here, and may change the
// match.
func decodeStatement(kind string, document json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		return nil
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return notSimulatedError(kind + " with " + strings.Trim(name, `"`))
	}
	return fmt.Errorf("%s: %w", kind, err)
}
