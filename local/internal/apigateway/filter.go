package apigateway

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// filter lets the web ACL judge a request, before anything that says who may call (API Gateway Developer Guide,
// apigateway-control-access-aws-waf). AWS does not document whether it judges a path without a method as well; here it
// does. It does not see a request for another stage.
func (a *API) filter(x *exchange) *refusal {
	if _, ok := a.onStage(x); !ok || a.config.WebACL == nil {
		return nil
	}
	client, _ := netip.ParseAddrPort(x.RemoteAddr)
	verdict := a.config.WebACL.Evaluate(x.Request, client.Addr())
	if a.config.Verbose != nil {
		path, _, _ := strings.Cut(x.RequestURI, "?")
		for _, rule := range verdict.Counted {
			const line = "%s: %s %s: counted by the web ACL: %s\n"
			fmt.Fprintf(a.config.Verbose, line, a.config.Path, x.Method, path, rule)
		}
	}
	if verdict.Allowed {
		return nil
	}
	refused := &refusal{kind: "WAF_FILTERED", message: "Forbidden", reason: "blocked by the web ACL: " + verdict.Rule}
	if verdict.Header != nil {
		refused.custom = &verdict
	}
	return refused
}

// answerCustom answers as the web ACL's rule says. AWS does not document whether a gateway response changes such an
// answer; here none does.
func (a *API) answerCustom(w http.ResponseWriter, x *exchange, refused refusal) {
	custom := refused.custom
	for name, values := range custom.Header {
		w.Header()[name] = values
	}
	if custom.ContentType != "" {
		w.Header().Set("Content-Type", custom.ContentType)
	}
	a.tell(x, custom.Status, http.StatusForbidden, refused)
	w.WriteHeader(custom.Status)
	_, _ = w.Write([]byte(custom.Body))
}
