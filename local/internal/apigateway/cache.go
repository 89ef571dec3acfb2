package apigateway

import (
	"sync"
	"time"
)

// cache keeps an authorizer's verdicts by the values of its identity sources.
type cache struct {
	mu      sync.Mutex
	entries map[string]cached
}

type cached struct {
	verdict *verdict
	until   time.Time
}

func (c *cache) get(key string, now time.Time) *verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, ok := c.entries[key]; ok && now.Before(entry.until) {
		return entry.verdict
	}
	return nil
}

// put keeps a verdict, for 0 not at all, and forgets those that are over.
func (c *cache) put(key string, found *verdict, now time.Time, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]cached{}
	}
	for other, entry := range c.entries {
		if !now.Before(entry.until) {
			delete(c.entries, other)
		}
	}
	c.entries[key] = cached{found, now.Add(ttl)}
}
