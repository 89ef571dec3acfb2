package viewer

import (
	"cmp"
	"net/http"

	"github.com/aws/aws-lambda-go/lambdaurl"
)

// Handler is [Restore] for net/http. next gets a copy of the request, with the viewer's own values put back.
// authorization is as in Restore.
//
//   - The header Authorization gets the value of the named header, which is removed. Without a value Authorization is
//     removed as well.
//   - r.Host gets the value of X-Forwarded-Host, which is removed. So is a Host header. lambdaurl sets one, and
//     net/http's server never does. Without X-Forwarded-Host both stay.
//   - r.URL stays the Function URL's, as lambdaurl makes it. [OriginalURI] has the viewer's.
//   - r.RemoteAddr gets the viewer's address and port from CloudFront-Viewer-Address. It has the form that net/http's
//     server writes and net.SplitHostPort takes. Without that header it stays lambdaurl's. That is CloudFront's
//     address, without a port.
//
// Behind lambdaurl an answer for which next writes no body gets a line feed as its body. The package's comment says
// why. Such an answer loses its Content-Encoding, since a line feed is in no coding.
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
		stream.end()
	})
}

// streamed is a response that knows whether it has a body. It holds back the status and headers of an answer with a
// Content-Encoding until there is a body, since lambdaurl sends headers with the status.
type streamed struct {
	http.ResponseWriter
	status  int  // held back, or 0
	sent    bool // whether lambdaurl has the headers, which it reads in another goroutine
	hasBody bool
}

// WriteHeader takes the first status. Later ones have no effect.
func (s *streamed) WriteHeader(status int) {
	if s.sent {
		return
	}
	s.status = cmp.Or(s.status, status)
	if s.Header().Get("Content-Encoding") == "" {
		s.sent = true
		s.ResponseWriter.WriteHeader(s.status)
	}
}

func (s *streamed) Write(p []byte) (int, error) {
	if len(p) == 0 {
		s.WriteHeader(http.StatusOK)
		return 0, nil
	}
	if !s.sent && s.status != 0 { // without a status lambdaurl detects the content type by p
		s.ResponseWriter.WriteHeader(s.status)
	}
	s.sent, s.hasBody = true, true
	return s.ResponseWriter.Write(p)
}

// end writes the line feed.
func (s *streamed) end() {
	if s.hasBody {
		return
	}
	if !s.sent {
		s.Header().Del("Content-Encoding")
	}
	_, _ = s.Write([]byte("\n")) // It fails only if the reader is gone.
}

// Flush sends status and headers, unless they are held back. lambdaurl sends each Write at once.
func (s *streamed) Flush() { s.WriteHeader(http.StatusOK) }

// Unwrap is for http.ResponseController.
func (s *streamed) Unwrap() http.ResponseWriter { return s.ResponseWriter }
