package awsapi

import (
	"encoding/xml"
	"fmt"
	"net/url"
)

// serveSTS answers the query protocol of STS, version 2011-06-15.
func (h *Handler) serveSTS(c *call) (any, *refusal) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || c.Method != "POST" || c.URL.RawQuery != "" {
		return nil, &refusal{
			status: 404, code: "MalformedQueryString", message: "want POST with a form-encoded body, and no query",
		}
	}
	if form.Get("Version") != "2011-06-15" {
		return nil, invalidAction("Could not find operation for version " + quote(form.Get("Version")))
	}
	switch action := form.Get("Action"); action {
	case "AssumeRole":
		c.record().Name("sts:AssumeRole")
		return h.assumeRole(c, form)
	case "GetCallerIdentity":
		c.record().Name("sts:GetCallerIdentity")
		return callerIdentity(c), nil // needs no permission
	default:
		return nil, invalidAction(quote(action) + " is not simulated: furl local has AssumeRole and GetCallerIdentity")
	}
}

func invalidAction(message string) *refusal {
	return &refusal{status: 400, code: "InvalidAction", message: message}
}

type responseMetadata struct {
	RequestID string `xml:"RequestId"`
}

type callerIdentityResult struct{ Arn, UserId, Account string }

func callerIdentity(c *call) any {
	return struct {
		XMLName          xml.Name             `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
		Result           callerIdentityResult `xml:"GetCallerIdentityResult"`
		ResponseMetadata responseMetadata     `xml:"ResponseMetadata"`
	}{
		Result:           callerIdentityResult{c.identity.ARN(), c.identity.UserID(), c.identity.Role.Account},
		ResponseMetadata: responseMetadata{c.requestID},
	}
}

// quote makes a name in the request fit for messages and logs. It cuts the name and escapes its control characters.
func quote(text string) string { return fmt.Sprintf("%.64q", text) }
