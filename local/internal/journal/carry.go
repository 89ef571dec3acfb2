package journal

import (
	"context"
	"net/http"
	"net/http/httptrace"
)

// Carry returns a context for a request that a part of furl sends to another one over a loopback connection. The
// record of ctx goes with it. Nothing is added to the request. The receiver knows the connection by its addresses,
// which no other one can have meanwhile.
func Carry(ctx context.Context) context.Context {
	record := From(ctx)
	if record == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		record.log.carried.Store(ConnectionTo(got.Conn), record)
	}})
}

// take returns the record that a request belongs to, or nil. A record that is written already is of a request that
// never arrived. The addresses are another connection's by then.
func (l *Log) take(request *http.Request) *Record {
	value, _ := l.carried.LoadAndDelete(ConnectionOf(request))
	record, _ := value.(*Record)
	if record == nil {
		return nil
	}
	record.mu.Lock()
	defer record.mu.Unlock()
	if record.written {
		return nil
	}
	return record
}
