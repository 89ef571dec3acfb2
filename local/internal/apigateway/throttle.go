package apigateway

import (
	"sync"
	"time"
)

// bucket is the token bucket of one method. A nil bucket never runs out. AWS's limits are targets, and this
// bucket is exact (API Gateway Developer Guide, api-gateway-request-throttling).
type bucket struct {
	mu         sync.Mutex
	limit      Throttle
	tokens     float64
	lastRefill time.Time
}

func newBucket(limit *Throttle) *bucket {
	if limit == nil {
		return nil
	}
	return &bucket{limit: *limit, tokens: float64(limit.Burst)}
}

// take takes a token, and reports whether there was one.
func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.After(b.lastRefill) {
		if !b.lastRefill.IsZero() {
			b.tokens = min(float64(b.limit.Burst), b.tokens+b.limit.Rate*now.Sub(b.lastRefill).Seconds())
		}
		b.lastRefill = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
