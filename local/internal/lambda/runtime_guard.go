package lambda

import (
	"fmt"
	"net/http"
	"strings"
)

// guard refuses requests that a web page can make. A page reaches the port by a name that was rebound to
// 127.0.0.1, so the Host header must be the port's address. Browsers send Origin or Sec-Fetch headers with most
// requests, and runtimes do not. Only the fetch of Node.js sends one, which no runtime of AWS uses. A top-level
// navigation carries neither of the two.
func (p *process) guard(address string, next http.Handler) http.Handler {
	_, port, _ := strings.Cut(address, ":")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reason := fromAPage(r, port); reason != "" {
			said := fmt.Sprintf("%s: its Runtime API refused a request with %s", p.function.config.Path, reason)
			p.function.log.Say(said)
			http.Error(w, "the Runtime API of furl local refuses requests with "+reason, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fromAPage returns the name of the header that no runtime sends, or "".
func fromAPage(r *http.Request, port string) string {
	if r.Host != "127.0.0.1:"+port && r.Host != "localhost:"+port {
		return "a foreign Host header"
	}
	for name := range r.Header {
		if name == "Origin" || strings.HasPrefix(name, "Sec-Fetch-") {
			return "the header " + name
		}
	}
	return ""
}
