package apigateway

import (
	"fmt"
	"net/http"
	"net/netip"
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
	if a.config.Verbose != nil {
		for _, rule := range verdict.Counted {
			fmt.Fprintf(a.config.Verbose, "%s: %s %s: counted by the web ACL: %s\n",
				a.config.Path, x.Method, x.wirePath(), rule)
		}
	}
	if verdict.Allowed {
		return nil
	}
	refused := &refusal{code: "WAF_FILTERED", message: "Forbidden", reason: "blocked by the web ACL: " + verdict.Rule}
	if verdict.Header != nil {
		refused.customResponse = &verdict
	}
	return refused
}

// writeCustomResponse answers as the web ACL's rule says. AWS does not document whether a gateway response
// changes such an answer, and here none does.
func (a *API) writeCustomResponse(w http.ResponseWriter, x *exchange, refused refusal) {
	response := refused.customResponse
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	if response.ContentType != "" {
		w.Header().Set("Content-Type", response.ContentType)
	}
	a.tell(x, response.Status, http.StatusForbidden, refused)
	w.WriteHeader(response.Status)
	_, _ = w.Write([]byte(response.Body))
}
