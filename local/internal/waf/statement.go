package waf

import (
	"net/http"
	"net/netip"
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
