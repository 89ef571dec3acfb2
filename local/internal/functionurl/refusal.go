package functionurl

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// refusal is an answer that the function URL gives itself, with what only a developer may see.
type refusal struct {
	status        int
	code, message string // AWS's error type and message
	text          string // instead of a JSON body with the message
	check, reason string // which check refused, and why
	detail        string // more of that, in lines
}

const (
	accessDenied = "AccessDeniedException"
	forbidden    = "Forbidden. For troubleshooting Function URL authorization issues, see: " +
		"https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)

func requestTooLarge(size int) refusal {
	return refusal{
		status: 413, code: "RequestTooLargeException",
		message: fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", maxRequestSize),
		check:   "size", reason: fmt.Sprintf("the event for the function has %d bytes or more; a binary body counts as base64", size),
	}
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, refused refusal) {
	log := h.config.Verbose
	if log == nil && refused.status == http.StatusBadGateway {
		log = h.config.Log
	}
	if log != nil {
		path, _ := wireTarget(r)
		record := fmt.Sprintf("%s: %d %s to %s %s\n  %s: %s\n", h.config.Path, refused.status, refused.code, r.Method, path, refused.check, refused.reason)
		for line := range strings.Lines(refused.detail) {
			record += "  " + strings.TrimRight(line, "\n") + "\n"
		}
		_, _ = log.Write([]byte(record)) // one Write, so that records do not mix; nothing can be done if it fails
	}
	// AWS writes "Message" where the URL itself forbids, and "message" where the signature does not hold.
	key := "message"
	if refused.code == accessDenied {
		key = "Message"
	}
	body := []byte(refused.text)
	if refused.text == "" {
		body, _ = json.Marshal(map[string]string{key: refused.message}) // strings only: cannot fail
	}
	w.Header().Set("Content-Type", "application/json") // AWS says so of the plain text, too
	w.Header().Set("X-Amzn-Errortype", refused.code)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(refused.status)
	_, _ = w.Write(body) // net/http drops it for HEAD; if the client is gone nobody waits for it
}
