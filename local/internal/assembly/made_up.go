package assembly

import "sync"

// MadeUp holds the values that were made up for a run. They stay as they are when the assembly is read again. The zero
// value is ready, and a MadeUp is safe for concurrent use.
type MadeUp struct {
	mu     sync.Mutex
	values map[string]string
}

// Value returns the value of a name. It makes the value when the name is new.
func (m *MadeUp) Value(name string, makeUp func() (string, error)) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, ok := m.values[name]; ok {
		return value, nil
	}
	value, err := makeUp()
	if err != nil {
		return "", err
	}
	if m.values == nil {
		m.values = map[string]string{}
	}
	m.values[name] = value
	return value, nil
}
