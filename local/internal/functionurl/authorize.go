package functionurl

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// authorize verifies the signature, unless the URL's AuthType is NONE, and asks the policies.
func (h *Handler) authorize(r *http.Request, body []byte) (c caller, refused *refusal) {
	if refused := h.checkQuery(r); refused != nil {
		return c, refused
	}
	if h.config.AuthType == AuthIAM {
		if c, refused = h.authenticate(r, body); refused != nil {
			return c, refused
		}
	}
	// Since October 2025 a URL needs both actions, each with its own condition key (Lambda Developer Guide,
	// urls-auth).
	for _, question := range []struct{ action, key, value string }{
		{"lambda:InvokeFunctionUrl", "lambda:FunctionUrlAuthType", h.config.AuthType},
		{"lambda:InvokeFunction", "lambda:InvokedViaFunctionUrl", "true"},
	} {
		decision := h.decide(r, c, question.action, question.key, question.value)
		if !decision.Allowed {
			return c, forbid("policy", decision.Reason)
		}
	}
	return c, nil
}

// authenticate verifies the signature and finds the signer, which is a role, a user or a service. A role may go with a
// new assembly just after its signature was verified.
func (h *Handler) authenticate(r *http.Request, body []byte) (caller, *refusal) {
	accessKeyID, err := h.verifier.Verify(r, body)
	if err != nil {
		return caller{}, signatureRefusal(err)
	}
	identity, isIdentity := h.config.Credentials.Lookup(accessKeyID)
	service, isService := h.config.Credentials.LookupService(accessKeyID)
	if !isIdentity && !isService {
		return caller{}, forbid("signature", "the session has just ended, since its role is gone")
	}
	return caller{accessKeyID, identity, service}, nil
}

// forbid is the refusal of a caller that may not call.
func forbid(check, reason string) *refusal {
	return &refusal{status: 403, code: accessDenied, message: forbidden, check: check, reason: reason}
}

// signatureRefusal is the answer to a request whose signature does not hold.
func signatureRefusal(err error) *refusal {
	refused := forbid("signature", err.Error())
	var failure *sigv4.Error
	if errors.As(err, &failure) {
		refused.code, refused.message = failure.Code, failure.Message
		refused.reason, refused.details = failure.Why(), failure.Details
	}
	return refused
}

// Characters outside of these sets must be escaped in a query. Lambda documents one set for the whole query (Lambda
// Developer Guide, urls-invocation, on rawQueryString). It was seen live that "~" passes, and that "/" and ":" pass in
// a value and not in a name (sveltejs/kit#7098 and #15610), so this is disputed.
const (
	queryNameCharacters  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%+~"
	queryValueCharacters = queryNameCharacters + "=/:"
)

// checkQuery refuses a query with a character that must be escaped. Both answers were seen live.
func (h *Handler) checkQuery(r *http.Request) *refusal {
	_, query := wireTarget(r)
	var bad string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		bad += strings.Trim(name, queryNameCharacters) + strings.Trim(value, queryValueCharacters)
	}
	if bad == "" {
		return nil
	}
	reason := fmt.Sprintf("the query has an unescaped %q: percent-encode it", []rune(bad)[0])
	if h.config.AuthType == AuthIAM {
		return forbid("query", reason)
	}
	return &refusal{
		status: 400, code: "InvalidQueryStringException", message: "The query string is invalid",
		check: "query", reason: reason,
	}
}
