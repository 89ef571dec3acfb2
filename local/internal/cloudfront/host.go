package cloudfront

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// checkHost refuses a request that does not name this distribution in Host. On AWS the host name selects the
// distribution, and CloudFront answers 403 for a name that none has (CloudFront Developer Guide, CNAMEs). So a web page
// whose name was pointed at this machine (DNS rebinding) reads nothing. A request without Host gets a 400.
func (x *exchange) checkHost() error {
	switch {
	case x.r.Host == "":
		return badRequest("the request has no Host")
	case x.d.isAddressed(x.r):
		return nil
	}
	return &refusal{
		status: http.StatusForbidden, message: "Bad request. We can't connect to the server for this app or website.",
		reason: "the request's Host is none of " + strings.Join(x.d.names, ", ") + " and this port's loopback address",
	}
}

// isAddressed reports whether Host is one of the distribution's names or the loopback address that the request came to.
func (d *Distribution) isAddressed(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	address, port, _ := net.SplitHostPort(local.String())
	host, givenPort, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, givenPort = strings.Trim(r.Host, "[]"), "" // the host alone
	}
	if host = strings.ToLower(host); slices.ContainsFunc(d.names, func(n string) bool { return covers(n, host) }) {
		return givenPort == "" || givenPort == port
	}
	own := host == address || host == "localhost"
	return own && (givenPort == port || givenPort == "" && port == "80")
}

// covers reports whether a name of a distribution covers a host. The first label of an alias may be a wildcard, which
// stands for one label or more (CloudFront Developer Guide, CNAMEs, "Using the * wildcard").
func covers(name, host string) bool {
	if suffix, wildcard := strings.CutPrefix(name, "*"); wildcard {
		return len(host) > len(suffix) && strings.HasSuffix(host, suffix)
	}
	return host == name
}
