package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// The limits of a rate-based rule (AWS WAF API Reference, API_RateBasedStatement).
const (
	minRate       = 10
	maxRate       = 2_000_000_000
	maxCustomKeys = 5
)

// rate matches the requests of an aggregation instance, such as a client's address, beyond limit within any window
// (RateBasedStatement). Matched requests count too, as on AWS. A client that does not slow down stays blocked.
type rate struct {
	limit  int
	window time.Duration
	scope  statement // which requests count
	keys   []aggregateKey
	now    func() time.Time

	mu        sync.Mutex
	start     time.Time
	swept     time.Duration
	instances map[string]*instance
}

func (s *rate) matches(q *request) bool {
	if !s.scope.matches(q) {
		return false
	}
	key, complete := aggregate(q, s.keys)
	if !complete {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now().Sub(s.start)
	s.sweep(now)
	counted, ok := s.instances[key]
	if !ok {
		counted = &instance{}
		s.instances[key] = counted
	}
	return counted.exceeds(s.limit, s.window, now)
}

// sweep forgets, once a window, the instances without a request in the last window.
func (s *rate) sweep(now time.Duration) {
	if now-s.swept < s.window {
		return
	}
	for key, counted := range s.instances {
		if counted.idle(s.window, now) {
			delete(s.instances, key)
		}
	}
	s.swept = now
}

type rateBasedConfig struct {
	Limit               number
	EvaluationWindowSec number
	AggregateKeyType    string
	CustomKeys          []customKey
	ForwardedIPConfig   *forwardedIPConfig
	ScopeDownStatement  map[string]json.RawMessage
}

func (c *compiler) rateBasedStatement(kind, rule string, document json.RawMessage) (statement, error) {
	var config rateBasedConfig
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	if config.Limit < minRate || config.Limit > maxRate {
		return nil, fmt.Errorf("%s: Limit %d is not between %d and %d", kind, config.Limit, minRate, maxRate)
	}
	if config.EvaluationWindowSec == 0 {
		config.EvaluationWindowSec = 300
	}
	if !slices.Contains([]number{60, 120, 300, 600}, config.EvaluationWindowSec) {
		return nil, fmt.Errorf("%s: EvaluationWindowSec %d is none of 60, 120, 300, 600",
			kind, config.EvaluationWindowSec)
	}
	if config.AggregateKeyType == "CONSTANT" && config.ScopeDownStatement == nil {
		return nil, errors.New(kind + ": AggregateKeyType CONSTANT takes a ScopeDownStatement")
	}
	keys, err := c.aggregateKeys(kind, config)
	if err != nil {
		return nil, err
	}
	scope, err := c.scopeDown(rule, config.ScopeDownStatement)
	return &rate{
		limit:     int(config.Limit),
		window:    time.Duration(config.EvaluationWindowSec) * time.Second,
		scope:     scope,
		keys:      keys,
		now:       c.config.Now,
		start:     c.config.Now(),
		instances: map[string]*instance{},
	}, err
}
