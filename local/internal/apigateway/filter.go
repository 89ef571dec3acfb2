package apigateway

import (
	"net/http"
	"net/netip"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// filter lets the web ACL judge a request before any other access control (API Gateway Developer Guide,
// apigateway-control-access-aws-waf). AWS does not document whether the web ACL judges a path without a method,
// but here it does. The web ACL does not see a request for another stage.
func (a *API) filter(x *exchange) *refusal {
	if _, ok := a.onStage(x); !ok || a.config.WebACL == nil {
		return nil
	}
	client, _ := netip.ParseAddrPort(x.RemoteAddr)
	verdict := a.config.WebACL.Evaluate(x.Request, client.Addr())
	by, record := "web ACL "+a.config.WebACL.Path(), journal.From(x.Context())
	for _, rule := range verdict.Counted {
		record.Detail("counted by " + by + ": rule " + rule)
	}
	if verdict.Allowed {
		return nil
	}
	refused := &refusal{code: "WAF_FILTERED", message: "Forbidden", by: by, reason: verdict.Why()}
	if verdict.Header != nil {
		refused.customResponse = &verdict
	}
	return refused
}

// writeCustomResponse answers as the web ACL's rule says. AWS does not document whether a gateway response
// changes such an answer, and here none does.
func (a *API) writeCustomResponse(w http.ResponseWriter, refused refusal) {
	response := refused.customResponse
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	if response.ContentType != "" {
		w.Header().Set("Content-Type", response.ContentType)
	}
	w.WriteHeader(response.Status)
	_, _ = w.Write([]byte(response.Body))
}
