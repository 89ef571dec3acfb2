package lambda

import (
	"context"
	"net"
	"net/http"
	"syscall"
)

// connectionKey is the context key of the connection that a request came on.
type connectionKey struct{}

func withConnection(ctx context.Context, connection net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, connection)
}

// hungUp reports whether the runtime that waits for this request's answer has closed its connection. The death of
// its process closes the connection. The request's context then ends too, but only once net/http has noticed. An
// event written in between would be lost with the process that never saw it.
func hungUp(r *http.Request) bool {
	if r.Context().Err() != nil {
		return true
	}
	connection, err := r.Context().Value(connectionKey{}).(*net.TCPConn).SyscallConn()
	if err != nil {
		return true
	}
	closed := false
	err = connection.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		closed = err == nil && n == 0 || err == syscall.ECONNRESET // open and silent is EAGAIN
	})
	return err != nil || closed
}
