package apigateway

import (
	"sync"
	"time"
)

// bucket is a token bucket; nil never runs out.
type bucket struct {
	mu     sync.Mutex
	limit  Throttle
	tokens float64
	at     time.Time
}

func newBucket(limit Throttle) *bucket {
	if limit == (Throttle{}) {
		return nil
	}
	return &bucket{limit: limit, tokens: float64(limit.Burst)}
}

func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.at.IsZero() {
		b.tokens = min(float64(b.limit.Burst), b.tokens+b.limit.Rate*now.Sub(b.at).Seconds())
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
