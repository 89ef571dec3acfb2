package journal

import (
	"context"
	"net/http"
	"net/http/httptrace"
)

// Carry returns a context for a request that a part of furl sends to another one over a loopback connection. The
// values of ctx go with it, its record among them. Nothing is added to the request. The receiver knows the connection
// by its addresses, which no other one can have meanwhile.
func Carry(ctx context.Context) context.Context {
	record := From(ctx)
	if record == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		record.log.carried.Store(connectionTo(got.Conn), ctx)
	}})
}

// take returns the context that a request belongs to, or nil. If the record of the context is written already, its
// request never arrived. The addresses are another connection's by then.
func (l *Log) take(request *http.Request) context.Context {
	value, carried := l.carried.LoadAndDelete(connectionOf(request))
	if !carried {
		return nil
	}
	ctx := value.(context.Context)
	record := From(ctx)
	record.mu.Lock()
	defer record.mu.Unlock()
	if record.written {
		return nil
	}
	return ctx
}

// inner is the context of a request that belongs to a viewer's. It ends with its own connection, and has the viewer's
// values too.
type inner struct {
	context.Context
	viewer context.Context
}

// Value returns the request's own value of a key, or else the viewer's.
func (i inner) Value(key any) any {
	if value := i.Context.Value(key); value != nil {
		return value
	}
	return i.viewer.Value(key)
}
