package lambda

import (
	"encoding/json"
	"fmt"
)

// Redirects lead TLS connections of functions to this machine. Our runtimes for Node.js and Python keep them, for a
// host's port 443. Other programs connect to AWS. The zero value has none.
type Redirects struct {
	CAFile string         `json:"ca"`    // PEM file with the CA that these hosts have here
	Ports  map[string]int `json:"ports"` // of 127.0.0.1, by host name
}

// argument is what a runtime gets, "" for no redirects.
func (r Redirects) argument() string {
	if len(r.Ports) == 0 {
		return ""
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Errorf("lambda: encode redirects: %w", err)) // strings and numbers, so it cannot happen
	}
	return string(text)
}
