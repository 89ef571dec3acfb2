package waf

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// statement is a condition on a request.
type statement interface {
	matches(r *http.Request, client netip.Addr) bool
}

// every matches each request.
type every struct{}

func (every) matches(*http.Request, netip.Addr) bool { return true }

// addresses matches clients in any of its blocks (IPSetReferenceStatement).
type addresses []netip.Prefix

func (s addresses) matches(_ *http.Request, client netip.Addr) bool {
	for _, prefix := range s {
		if prefix.Contains(client) {
			return true
		}
	}
	return false
}

type and []statement

func (s and) matches(r *http.Request, client netip.Addr) bool {
	for _, inner := range s {
		if !inner.matches(r, client) {
			return false
		}
	}
	return true
}

type or []statement

func (s or) matches(r *http.Request, client netip.Addr) bool {
	for _, inner := range s {
		if inner.matches(r, client) {
			return true
		}
	}
	return false
}

type not struct{ statement statement }

func (s not) matches(r *http.Request, client netip.Addr) bool { return !s.statement.matches(r, client) }

// rate matches a client's requests beyond limit within any window (RateBasedStatement). Requests that it matches count too,
// as on AWS: who does not slow down stays blocked.
type rate struct {
	limit  int
	window time.Duration
	scope  statement // which requests count
	now    func() time.Time

	mu sync.Mutex
	// recent holds the times of each client's last requests, oldest first, at most limit of them: whether the request at hand
	// is one too many depends on no others.
	recent map[netip.Addr][]time.Time
}

func (s *rate) matches(r *http.Request, client netip.Addr) bool {
	if !s.scope.matches(r, client) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, recent := s.now(), s.recent[client]
	full := len(recent) == s.limit
	exceeded := full && now.Sub(recent[0]) < s.window
	if full {
		recent = recent[1:]
	}
	s.recent[client] = append(recent, now)
	return exceeded
}
