package functionurl

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// authorize verifies the signature, unless the URL's AuthType is NONE, and asks the policies. The identity is nil for
// NONE, and for a request that an AWS service signed.
func (h *Handler) authorize(r *http.Request, body []byte) (identity *iam.Identity, refused *refusal) {
	if refused := h.checkQuery(r); refused != nil {
		return nil, refused
	}
	var service *iam.Service
	if h.config.AuthType == AuthIAM {
		if identity, service, refused = h.authenticate(r, body); refused != nil {
			return nil, refused
		}
	}
	// Since October 2025 a URL needs both actions, each with its own condition key (Lambda Developer Guide,
	// urls-auth).
	for _, question := range []struct{ action, key, value string }{
		{"lambda:InvokeFunctionUrl", "lambda:FunctionUrlAuthType", h.config.AuthType},
		{"lambda:InvokeFunction", "lambda:InvokedViaFunctionUrl", "true"},
	} {
		request := iam.Request{
			Action: question.action, Identity: identity,
			Resource: h.config.FunctionARN, ResourceAccount: h.config.Account,
		}
		var decision iam.Decision
		if service != nil {
			request.Context = service.RequestKeys(r, h.config.Region, h.config.Now())
			request.Context[question.key] = []string{question.value}
			decision = iam.EvaluateService(service.Principal, request, h.config.Policy)
		} else {
			request.Context = iam.RequestKeys(r, h.config.Region, h.config.Now(), identity)
			request.Context[question.key] = []string{question.value}
			decision = iam.Evaluate(request, h.config.Policy)
		}
		if !decision.Allowed {
			return nil, forbid("policy", decision.Reason)
		}
	}
	return identity, nil
}

// authenticate verifies the signature and finds the signer, which is a role's session or an AWS service.
func (h *Handler) authenticate(r *http.Request, body []byte) (*iam.Identity, *iam.Service, *refusal) {
	accessKeyID, err := h.verifier.Verify(r, body)
	if err != nil {
		return nil, nil, signatureRefusal(err)
	}
	if identity, known := h.config.Credentials.Lookup(accessKeyID); known {
		return identity, nil, nil
	}
	if service, known := h.config.Credentials.LookupService(accessKeyID); known {
		return nil, service, nil
	}
	return nil, nil, forbid("signature", "nobody has the access key id "+accessKeyID)
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
		refused.reason = strings.ReplaceAll(strings.TrimSpace(failure.Message+"\n"+failure.Detail), "\n", "\n  ")
	}
	return refused
}

// checkQuery refuses characters that must be escaped in the query of a function URL (Lambda Developer Guide,
// urls-invocation, on rawQueryString). "~" passes, since no SigV4 client escapes it. Both answers were seen live.
func (h *Handler) checkQuery(r *http.Request) *refusal {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%&=+~"
	_, query := wireTarget(r)
	bad := strings.IndexFunc(query, func(c rune) bool { return !strings.ContainsRune(allowed, c) })
	if bad < 0 {
		return nil
	}
	reason := fmt.Sprintf("the query has an unescaped %q: percent-encode it", []rune(query[bad:])[0])
	if h.config.AuthType == AuthIAM {
		return forbid("query", reason)
	}
	return &refusal{
		status: 400, code: "InvalidQueryStringException", message: "The query string is invalid",
		check: "query", reason: reason,
	}
}
