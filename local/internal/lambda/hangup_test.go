package lambda

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestHungUp(t *testing.T) {
	closed := make(chan struct{})
	before, after := make(chan bool, 1), make(chan bool, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithoutCancel(r.Context())) // net/http may not have noticed yet
		before <- hungUp(r)
		<-closed
		for start := time.Now(); !hungUp(r) && time.Since(start) < 5*time.Second; time.Sleep(time.Millisecond) {
		}
		after <- hungUp(r)
	}))
	server.Config.ConnContext = withConnection
	server.Start()
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: runtime\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if <-before {
		t.Error("a runtime that waits is taken for one that is gone")
	}
	_ = connection.Close()
	close(closed)
	if !<-after {
		t.Error("a runtime that is gone is taken for one that waits")
	}
}
