package journal

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Record is what furl tells of one request. It is safe for concurrent use. A nil Record keeps nothing.
type Record struct {
	log     *Log
	at      string // construct path of what listens
	method  string
	path    string
	started time.Time

	mu        sync.Mutex
	written   bool
	operation string
	signedBy  string
	by        string
	reason    string
	details   []string
}

type recordKey struct{}

// From returns the record of the request that a context is for, or nil.
func From(ctx context.Context) *Record {
	record, _ := ctx.Value(recordKey{}).(*Record)
	return record
}

// Within returns a context for the record's request.
func (r *Record) Within(ctx context.Context) context.Context {
	return context.WithValue(ctx, recordKey{}, r)
}

// Aside returns a context for a request that answers nothing itself, such as the one for an error page. Its decisions
// are not told.
func (r *Record) Aside(ctx context.Context) context.Context {
	if r == nil {
		return ctx
	}
	return (&Record{log: r.log}).Within(ctx)
}

// newRecord begins the record of a request that came to what listens at a construct path.
func (l *Log) newRecord(at string, request *http.Request) *Record {
	return &Record{log: l, at: at, by: at, method: request.Method, path: pathOf(request), started: time.Now()}
}

// pathOf is the target of a request without its query. A target that is a whole URL may have a password before its
// host, which is left out.
func pathOf(request *http.Request) string {
	if request.URL.User != nil {
		return request.URL.Host + request.URL.EscapedPath()
	}
	path, _, _ := strings.Cut(request.RequestURI, "?")
	return path
}

// Decide notes who decided the answer, such as "function Demo/Orders", and why. The reason may be "". A later decision
// replaces an earlier one.
func (r *Record) Decide(by, reason string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by, r.reason = by, reason
}

// Name notes what a request to an AWS API asks for, such as "sts:AssumeRole". It stands in the place of the path.
func (r *Record) Name(operation string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operation = operation
}

// SignedBy notes who signed the request on its way. A line that tells of a refusal has it.
func (r *Record) SignedBy(who string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.signedBy = who
}

// Detail adds lines that stand below the request's line, with --verbose only.
func (r *Record) Detail(text string) {
	if r == nil || text == "" || !r.log.options.Verbose {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.details = append(r.details, strings.Split(text, "\n")...)
}
