package viewer

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambdaurl"
)

// Handler is [Restore] for net/http: next gets a copy of the request, with the viewer's own values put back.
// authorization is as in Restore.
//
//   - The header Authorization becomes what the named header holds, which is removed; without one Authorization is
//     removed.
//   - r.Host becomes X-Forwarded-Host, which is removed, and so is a Host header, which lambdaurl sets and net/http's
//     own server never does. Without X-Forwarded-Host both stay. r.URL stays the Function URL's, as lambdaurl makes it;
//     [OriginalURI] has the viewer's.
//   - r.RemoteAddr becomes CloudFront-Viewer-Address, the viewer's address and port in the form that net/http's own
//     server writes and net.SplitHostPort takes. Without one it stays lambdaurl's, CloudFront's address without a port.
//
// Behind lambdaurl an answer for which next writes no body gets a line feed as its body. The package's comment says
// why.
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
		if _, ok := lambdaurl.RequestFromContext(r.Context()); !ok {
			next.ServeHTTP(w, r)
			return
		}
		stream := &streamed{ResponseWriter: w}
		next.ServeHTTP(stream, r)
		if !stream.hasBody {
			_, _ = stream.Write([]byte("\n")) // an error is the reader's, which is gone
		}
	})
}

// streamed is a response that knows whether it has a body.
type streamed struct {
	http.ResponseWriter
	hasBody bool
}

func (s *streamed) Write(p []byte) (int, error) {
	s.hasBody = s.hasBody || len(p) > 0
	return s.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (s *streamed) Unwrap() http.ResponseWriter { return s.ResponseWriter }
