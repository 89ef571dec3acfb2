package journal

import (
	"net"
	"net/http"
)

// Connection names a connection of this machine by the addresses of its two ends. The client's address alone is no
// name, since the system gives one port to several connections if they lead to different servers.
type Connection struct{ client, server string }

// ConnectionTo names a connection as its client has it.
func ConnectionTo(server net.Conn) Connection {
	return Connection{server.LocalAddr().String(), server.RemoteAddr().String()}
}

// ConnectionOf names the connection that a request came by.
func ConnectionOf(r *http.Request) Connection {
	address, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if address == nil { // no server of net/http has the request
		return Connection{client: r.RemoteAddr}
	}
	return Connection{r.RemoteAddr, address.String()}
}
