package functionurl

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// refusal is an answer of the function URL instead of the function's. Check, reason and details are for the developer
// only.
type refusal struct {
	status  int
	code    string // AWS's error type
	message string // AWS's message
	check   string // the check that refused, e.g. "signature"; "" where the function failed
	reason  string
	details string // may have several lines
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

// decided notes that the URL itself answers, and why.
func (h *Handler) decided(r *http.Request, why string) {
	journal.From(r.Context()).Decide("Function URL "+h.config.Path, why)
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, refused *refusal) {
	if refused.check == "" {
		journal.From(r.Context()).Decide("function "+h.config.Function.Path(), refused.reason)
	} else {
		h.decided(r, refused.check+": "+refused.reason)
		journal.From(r.Context()).Detail(refused.details)
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
