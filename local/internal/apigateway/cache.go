package apigateway

import (
	"sync"
	"time"
)

// cache keeps an authorizer's verdicts by the values of its identity sources.
type cache struct {
	mu      sync.Mutex
	entries map[string]cacheEntry
}

type cacheEntry struct {
	verdict *verdict
	expires time.Time
}

func (c *cache) get(key string, now time.Time) *verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, ok := c.entries[key]; ok && now.Before(entry.expires) {
		return entry.verdict
	}
	return nil
}

// put keeps a verdict for the TTL, and forgets the expired ones. A verdict with a TTL of 0 expires at once.
func (c *cache) put(key string, found *verdict, now time.Time, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]cacheEntry{}
	}
	for other, entry := range c.entries {
		if !now.Before(entry.expires) {
			delete(c.entries, other)
		}
	}
	c.entries[key] = cacheEntry{found, now.Add(ttl)}
}
