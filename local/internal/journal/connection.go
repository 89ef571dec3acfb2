package journal

import (
	"net"
	"net/http"
)

// connection names a connection of this machine by the addresses of its two ends. The client's address alone is no
// name, since the system gives one port to several connections if they lead to different servers.
type connection struct{ client, server string }

// connectionTo names a connection as its client has it.
func connectionTo(server net.Conn) connection {
	return connection{server.LocalAddr().String(), server.RemoteAddr().String()}
}

// connectionOf names the connection that a request came by.
func connectionOf(r *http.Request) connection {
	address, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if address == nil { // no server of net/http has the request
		return connection{client: r.RemoteAddr}
	}
	return connection{r.RemoteAddr, address.String()}
}
