package journal

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestConnection: a record goes to the request of its own connection. Another client may have the same port meanwhile,
// on a connection to another server.
func TestConnection(t *testing.T) {
	here, elsewhere := listen(t), listen(t)
	client, err := net.Dial("tcp", here.String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, row := range []struct {
		name, why string
		server    net.Addr
		carried   bool
	}{
		{name: "the connection", why: "both ends are its own", server: here, carried: true},
		{name: "another connection", why: "its line must not go missing", server: elsewhere},
	} {
		t.Run(row.name, func(t *testing.T) {
			log, _ := newTestLog()
			carried := log.newRecord("Outer", httptest.NewRequest(http.MethodGet, "/", nil))
			log.carried.Store(connectionTo(client), carried.Within(t.Context()))
			ctx := context.WithValue(t.Context(), http.LocalAddrContextKey, row.server)
			request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
			request.RemoteAddr = client.LocalAddr().String()
			if taken := log.take(request) != nil; taken != row.carried {
				t.Errorf("%s: it has the context: %t", row.why, taken)
			}
		})
	}
}

// listen returns the address of a listener.
func listen(t *testing.T) net.Addr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr()
}
