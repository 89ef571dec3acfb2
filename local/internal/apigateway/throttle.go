package apigateway

import (
	"sync"
	"time"
)

// bucket is the token bucket of one method (API Gateway Developer Guide, api-gateway-request-throttling); nil never runs out. AWS's is
// a target, this one is exact.
type bucket struct {
	mu     sync.Mutex
	limit  Throttle
	tokens float64
	at     time.Time
}

func newBucket(limit *Throttle) *bucket {
	if limit == nil {
		return nil
	}
	return &bucket{limit: *limit, tokens: float64(limit.Burst)}
}

func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.After(b.at) {
		if !b.at.IsZero() {
			b.tokens = min(float64(b.limit.Burst), b.tokens+b.limit.Rate*now.Sub(b.at).Seconds())
		}
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
