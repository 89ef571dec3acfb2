package waf

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

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

func (c *compiler) rateBasedStatement(rule string, document json.RawMessage) (statement, error) {
	var config rateBasedConfig
	if err := json.Unmarshal(document, &config); err != nil {
		return nil, fmt.Errorf("RateBasedStatement: %w", err)
	}
	if config.AggregateKeyType != "IP" {
		return nil, notSimulatedError("RateBasedStatement with AggregateKeyType " + config.AggregateKeyType)
	}
	if config.Limit < 10 {
		return nil, fmt.Errorf("RateBasedStatement: Limit %d is under AWS WAF's minimum of 10", config.Limit)
	}
	if config.EvaluationWindowSec == 0 {
		config.EvaluationWindowSec = 300
	}
	if !slices.Contains([]number{60, 120, 300, 600}, config.EvaluationWindowSec) {
		return nil, fmt.Errorf("RateBasedStatement: EvaluationWindowSec %d is none of 60, 120, 300, 600",
			config.EvaluationWindowSec)
	}
	scope, err := c.scopeDown(rule, config.ScopeDownStatement)
	return &rate{
		limit:  int(config.Limit),
		window: time.Duration(config.EvaluationWindowSec) * time.Second,
		scope:  scope,
		now:    c.now,
		recent: map[netip.Addr][]time.Time{},
	}, err
}

type rateBasedConfig struct {
	Limit               number
	EvaluationWindowSec number
	AggregateKeyType    string
	ScopeDownStatement  map[string]json.RawMessage
}
