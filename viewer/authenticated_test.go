package viewer

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// called is the answer of a handler behind lambdaurl.
func called(t *testing.T, handler http.Handler, event *events.LambdaFunctionURLRequest) (int, string, string) {
	t.Helper()
	event.RequestContext.HTTP.Method, event.RawPath = http.MethodGet, "/"
	response, err := lambdaurl.Wrap(handler)(context.Background(), event)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), response.Headers["Cache-Control"]
}

// TestAuthenticated: the handler has the claims, around Handler and within. It is never called for a refused request.
func TestAuthenticated(t *testing.T) {
	var calls int
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		claims, ok := ClaimsFromContext(r.Context())
		if !ok {
			t.Error("the context has no claims")
		}
		_ = json.NewEncoder(w).Encode(claims)
	})
	for _, row := range claimRows() {
		for order, handler := range map[string]http.Handler{
			"around Handler": Authenticated(Handler(next, ForwardedAuthorization), row.roleOf()),
			"within Handler": Handler(Authenticated(next, row.roleOf()), ForwardedAuthorization),
		} {
			t.Run(row.name+" "+order, func(t *testing.T) {
				calls = 0
				status, body, caching := called(t, handler, row.event)
				if row.claims == "" {
					code, want := "NotAuthenticated", http.StatusForbidden
					if row.refusal == "signerRole" {
						code, want = "InternalError", http.StatusInternalServerError
					}
					if status != want || calls != 0 || caching != "no-store" || !strings.Contains(body, row.refusal) ||
						!strings.Contains(body, `{"error":"`+code+`","message":"`) {
						t.Errorf("%d %q %s, %d calls, want %d (%s)", status, caching, body, calls, want, row.why)
					}
					return
				}
				if status != 200 || calls != 1 || len(decoded(t, body)) != len(decoded(t, row.claims)) {
					t.Errorf("%d %s, %d calls (%s)", status, body, calls, row.why)
				}
			})
		}
	}
}

func TestAuthenticatedWithoutEvent(t *testing.T) {
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler is called") })
	w := httptest.NewRecorder()
	r := incoming(http.Header{"X-Forwarded-Authorization": {bearer(adasClaims)}})
	Authenticated(next, signerRole).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "NotAuthenticated") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if claims, ok := ClaimsFromContext(t.Context()); ok || claims != nil {
		t.Errorf("a bare context has %v", claims)
	}
}
