package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// maxBodyBytes is more than {"function":"…"} ever needs.
const maxBodyBytes = 4 << 10

const unknownFunction = "no function of that name is leased here: the name is that of GrantFunction.Name"

// request is a request for a lease.
type request struct {
	subject  string            // the user, as the authorizer named it
	function string            // a name in settings.functions
	tags     map[string]string // the session's, without functionTag
	address  netip.Addr        // the caller's if leases are bound to it
}

// read reads the request of an event. With a refusal it returns the fields that it found, for the log.
func (h *handler) read(r events.APIGatewayProxyRequest, origin string) (request, *refusal) {
	var asked request
	if origin != "" && h.allowedOrigin(origin) == "" {
		return asked, &refusal{
			status: http.StatusForbidden, code: "OriginNotAllowed",
			message: "this page's origin is not among the AllowedOrigins of the grant",
		}
	}
	asked.subject = subjects[h.config.subject](r.RequestContext)
	if asked.subject == "" {
		return asked, &refusal{
			status: http.StatusForbidden, code: "NoSubject",
			message: "the authorizer named nobody to lease to: its answer needs a subject",
			reason:  "no subject where an authorizer of kind " + string(h.config.subject) + " puts it",
		}
	}
	name, refused := h.functionName(r)
	if refused != nil {
		return asked, refused
	}
	asked.function = name
	if asked.tags, refused = h.sessionTags(r.RequestContext); refused != nil {
		return asked, refused
	}
	if h.config.bindToSourceIP {
		// The caller may write anything into X-Forwarded-For, so it is not read.
		address, err := netip.ParseAddr(r.RequestContext.Identity.SourceIP)
		if err != nil || address.Zone() != "" {
			return asked, &refusal{
				status: http.StatusForbidden, code: "NoSourceIp",
				message: "the lease is bound to the caller's address, and API Gateway told none",
				reason:  "requestContext.identity.sourceIp is no address",
			}
		}
		asked.address = address
	}
	return asked, nil
}

// functionName reads the name of a function from the body. No answer and no log has another text from the body in it.
func (h *handler) functionName(r events.APIGatewayProxyRequest) (string, *refusal) {
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			return "", badRequest("the body is not base64")
		}
	}
	if len(body) > maxBodyBytes {
		return "", badRequest("the body is too long")
	}
	if !utf8.Valid(body) {
		return "", badRequest("the body is not UTF-8")
	}
	var asked struct {
		Function *string `json:"function"`
	}
	if body = bytes.TrimSpace(body); len(body) > 0 {
		if body[0] != '{' {
			return "", badRequest("the body is not a JSON object") // The decoder would take null.
		}
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		if decoder.Decode(&asked) != nil {
			return "", badRequest("the body is not a JSON object with the field function only")
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return "", badRequest("something follows the JSON object")
		}
	}
	if asked.Function == nil {
		return h.onlyFunction()
	}
	if _, known := h.config.functions[*asked.Function]; !known {
		return "", &refusal{status: http.StatusBadRequest, code: "UnknownFunction", message: unknownFunction}
	}
	return *asked.Function, nil
}

func (h *handler) onlyFunction() (string, *refusal) {
	if len(h.config.functions) > 1 {
		return "", badRequest("several functions are leased here")
	}
	for name := range h.config.functions {
		return name, nil
	}
	return "", badRequest("no function is leased here")
}

func badRequest(wrong string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "BadRequest", message: wrong + `: send {"function":"<name>"}`}
}
