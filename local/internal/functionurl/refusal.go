package functionurl

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// refusal is an answer of the function URL instead of the function's. Check and reason are for the developer only.
type refusal struct {
	status  int
	code    string // AWS's error type
	message string // AWS's message
	check   string // the check that refused, e.g. "signature"
	reason  string // may have several lines
}

const (
	accessDenied = "AccessDeniedException"
	forbidden    = "Forbidden. For troubleshooting Function URL authorization issues, see: " +
		"https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)

func badRequest(check, reason string) *refusal {
	return &refusal{status: 400, code: "BadRequestException", message: "Bad request", check: check, reason: reason}
}

func requestTooLarge(size int) *refusal {
	return &refusal{
		status: 413, code: "RequestTooLargeException", check: "size",
		message: fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", maxRequestSize),
		reason:  fmt.Sprintf("the event for the function has %d bytes or more; a binary body counts as base64", size),
	}
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, refused *refusal) {
	log := h.config.Verbose
	if log == nil && refused.status == http.StatusBadGateway {
		log = h.config.Log
	}
	if log != nil {
		path, _ := wireTarget(r)
		record := fmt.Sprintf("%s: %d %s to %s %s\n  %s: %s\n",
			h.config.Path, refused.status, refused.code, r.Method, path, refused.check,
			strings.ReplaceAll(refused.reason, "\n", "\n  "))
		_, _ = log.Write([]byte(record)) // one Write, so that records do not mix; nothing can be done if it fails
	}
	// AWS writes "Message" where the URL itself forbids, and "message" where the signature does not hold.
	key := "message"
	if refused.code == accessDenied {
		key = "Message"
	}
	body, _ := json.Marshal(map[string]string{key: refused.message}) // strings only, so it cannot fail
	if refused.status == http.StatusBadGateway {
		body = []byte(refused.message) // AWS answers a failure of the function with plain text
	}
	w.Header().Set("Content-Type", "application/json") // AWS names this type for the plain text, too
	w.Header().Set("X-Amzn-Errortype", refused.code)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(refused.status)
	_, _ = w.Write(body) // net/http drops the body for HEAD; if the client is gone, nobody waits for it
}
