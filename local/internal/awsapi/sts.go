package awsapi

import (
	"encoding/xml"
	"fmt"
	"net/url"
)

// serveSTS answers the query protocol of STS, version 2011-06-15.
func (h *Handler) serveSTS(c *call) (any, *failure) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || c.Method != "POST" || c.URL.RawQuery != "" {
		return nil, &failure{status: 404, code: "MalformedQueryString", message: "want POST with a form-encoded body, and no query"}
	}
	if form.Get("Version") != "2011-06-15" {
		return nil, &failure{status: 400, code: "InvalidAction", message: "Could not find operation for version " + quoted(form.Get("Version"))}
	}
	switch action := form.Get("Action"); action {
	case "AssumeRole":
		return h.assumeRole(c, form)
	case "GetCallerIdentity":
		return callerIdentity(c), nil // needs no permission
	default:
		return nil, &failure{status: 400, code: "InvalidAction", message: quoted(action) + " is not simulated: furl local has AssumeRole and GetCallerIdentity"}
	}
}

type responseMetadata struct {
	RequestID string `xml:"RequestId"`
}

func callerIdentity(c *call) any {
	type result struct{ Arn, UserId, Account string }
	return struct {
		XMLName          xml.Name         `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
		Result           result           `xml:"GetCallerIdentityResult"`
		ResponseMetadata responseMetadata `xml:"ResponseMetadata"`
	}{Result: result{c.identity.ARN(), c.identity.UserID(), c.identity.Role.Account}, ResponseMetadata: responseMetadata{c.requestID}}
}

// quoted is a name in the request as messages and logs may hold it: cut, and without control characters.
func quoted(text string) string { return fmt.Sprintf("%.64q", text) }
