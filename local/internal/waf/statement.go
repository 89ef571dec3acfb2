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

// anyRequest matches each request.
type anyRequest struct{}

func (anyRequest) matches(*http.Request, netip.Addr) bool { return true }

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

// and matches where all of its statements do (AndStatement).
type and []statement

func (s and) matches(r *http.Request, client netip.Addr) bool {
	for _, inner := range s {
		if !inner.matches(r, client) {
			return false
		}
	}
	return true
}

// or matches where any of its statements does (OrStatement).
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

// rate matches a client's requests beyond limit within any window (RateBasedStatement). Matched requests count
// too, as on AWS. A client that does not slow down stays blocked.
type rate struct {
	limit  int
	window time.Duration
	scope  statement // which requests count
	now    func() time.Time

	mu sync.Mutex
	// recent holds the times of each client's last requests, oldest first. It keeps at most limit of them,
	// because older ones do not decide about the next request.
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
