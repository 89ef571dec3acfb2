package journal

import (
	"context"
	"net/http/httptrace"
)

// Carry returns a context for a request that a part of furl sends to another one over a loopback connection. The
// record of ctx goes with it. Nothing is added to the request. The receiver knows the connection by its address, which
// nobody else can have meanwhile.
func Carry(ctx context.Context) context.Context {
	record := From(ctx)
	if record == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		record.log.carried.Store(got.Conn.LocalAddr().String(), record)
	}})
}

// take returns the record that a connection's request belongs to, or nil. A record that is written already is of a
// request that never arrived. The address is another connection's by then.
func (l *Log) take(remoteAddress string) *Record {
	value, _ := l.carried.LoadAndDelete(remoteAddress)
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
