package viewer

import "net/http"

// Handler is [Restore] for net/http: next gets a copy of the request, with the viewer's own values put back. authorization
// is as in Restore.
//
//   - The header Authorization becomes what the named header holds, which is removed; without one Authorization is removed.
//   - r.Host becomes X-Forwarded-Host, which is removed, and so is a Host header, which lambdaurl sets and net/http's own server
//     never does. Without X-Forwarded-Host both stay. r.URL stays: it is the Function URL's, as lambdaurl makes it.
//   - r.RemoteAddr becomes CloudFront-Viewer-Address, the viewer's address and port in the form that net/http's own server
//     writes and net.SplitHostPort takes. Without one it stays: lambdaurl's, CloudFront's address without a port.
func Handler(next http.Handler, authorization string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context()) // a handler must not change the request that it is given
		r.Header.Del("Authorization")
		value := r.Header.Get(authorization)
		r.Header.Del(authorization)
		if value != "" {
			r.Header.Set("Authorization", value)
		}
		host := r.Header.Get(forwardedHost)
		r.Header.Del(forwardedHost)
		if host != "" {
			r.Host = host
			r.Header.Del("Host")
		}
		if address, ok := parseAddress(r.Header.Get(viewerAddress)); ok {
			r.RemoteAddr = address.String()
		}
		next.ServeHTTP(w, r)
	})
}
