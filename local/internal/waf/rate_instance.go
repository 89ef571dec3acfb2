package waf

import "time"

// maxSpans bounds the memory of an instance under any limit.
const maxSpans = 1024

// instance counts the requests of one aggregation instance. Limits up to maxSpans are exact, since each request has its
// own span. Under a larger limit, requests within a thousandth of the window share a span. They then count up
// to that much longer than on AWS, and never shorter.
type instance struct {
	spans []span // oldest first
	total int    // requests in all spans
}

// span is some requests that are close to each other. The times count from the start of the rule.
type span struct {
	first, last time.Duration
	requests    int
}

// exceeds reports whether a window that ends now has the limit's number of requests in it, and counts one more.
func (i *instance) exceeds(limit int, window, now time.Duration) bool {
	for len(i.spans) > 0 && now-i.spans[0].last >= window {
		i.drop()
	}
	exceeded := i.total >= limit
	newest := len(i.spans) - 1
	if limit > maxSpans && newest >= 0 && now-i.spans[newest].first < window/maxSpans {
		i.spans[newest].last = now
		i.spans[newest].requests++
	} else {
		i.spans = append(i.spans, span{now, now, 1})
	}
	i.total++
	// Requests older than the last ones up to the limit do not decide about the next one.
	for i.total-i.spans[0].requests >= limit {
		i.drop()
	}
	return exceeded
}

// drop forgets the oldest span.
func (i *instance) drop() {
	i.total -= i.spans[0].requests
	i.spans = i.spans[1:]
}

// idle reports whether no request was counted in a window that ends now.
func (i *instance) idle(window, now time.Duration) bool {
	return now-i.spans[len(i.spans)-1].last >= window
}
