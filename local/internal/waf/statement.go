package waf

// statement is a condition on a request.
type statement interface {
	matches(q *request) bool
}

// anyRequest matches each request.
type anyRequest struct{}

func (anyRequest) matches(*request) bool { return true }

// and matches where all of its statements do (AndStatement).
type and []statement

func (s and) matches(q *request) bool {
	for _, inner := range s {
		if !inner.matches(q) {
			return false
		}
	}
	return true
}

// or matches where any of its statements does (OrStatement).
type or []statement

func (s or) matches(q *request) bool {
	for _, inner := range s {
		if inner.matches(q) {
			return true
		}
	}
	return false
}

type not struct{ statement statement }

func (s not) matches(q *request) bool { return !s.statement.matches(q) }
