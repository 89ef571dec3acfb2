package client

import (
	"errors"
	"fmt"
	"net"
	"net/url"
)

// checkSecure lets credentials and tokens go over https only, or to this machine. Its errors quote only the host,
// because the rest of a URL may be secret.
func checkSecure(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return errors.New("it is not a whole URL, https://…")
	}
	if parsed.User != nil {
		return fmt.Errorf("it has a user or password before %s: leave them out", parsed.Host)
	}
	if parsed.Scheme != "https" && !(parsed.Scheme == "http" && isLocal(parsed)) {
		return fmt.Errorf("the URL of %s is not https", parsed.Host)
	}
	return nil
}

// isLocal reports whether a URL is of this machine, as those of furl local are.
func isLocal(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
