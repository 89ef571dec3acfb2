package waf

import (
	"fmt"
	"net/http"
)

// rule is one rule that is simulated. Its action is Count where neither allow nor block is set. Count decides
// nothing.
type rule struct {
	name      string
	statement statement
	allow     bool
	block     *blockAction
}

// blockAction is the answer to a blocked request.
type blockAction struct {
	status            int
	header            http.Header
	contentType, body string
}

// block builds the answer to a request that a rule or the default action blocks.
func (c *compiler) block(config blockConfig) (*blockAction, error) {
	block := &blockAction{status: http.StatusForbidden}
	custom := config.CustomResponse
	if custom == nil {
		return block, nil
	}
	if custom.ResponseCode < 200 || custom.ResponseCode > 599 {
		return nil, fmt.Errorf("CustomResponse: ResponseCode %d is not a status code from 200 to 599",
			custom.ResponseCode)
	}
	block.status = int(custom.ResponseCode)
	block.header = http.Header{}
	for _, header := range custom.ResponseHeaders {
		block.header.Add(header.Name, header.Value)
	}
	if key := custom.CustomResponseBodyKey; key != "" {
		body, ok := c.bodies[key]
		if !ok {
			return nil, fmt.Errorf("CustomResponse: the web ACL has no CustomResponseBodies entry %q", key)
		}
		contentType, ok := contentTypes[body.ContentType]
		if !ok {
			return nil, fmt.Errorf(
				"CustomResponseBodies %s: ContentType %q is none of APPLICATION_JSON, TEXT_HTML, TEXT_PLAIN",
				key, body.ContentType)
		}
		block.contentType, block.body = contentType, body.Content
	}
	return block, nil
}

var contentTypes = map[string]string{
	"APPLICATION_JSON": "application/json",
	"TEXT_HTML":        "text/html",
	"TEXT_PLAIN":       "text/plain",
}
