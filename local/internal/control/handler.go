package control

import (
	"encoding/json"
	"net/http"
)

// refusal is the answer to a request that cannot be done.
type refusal struct {
	Error string `json:"error"`
}

// maxRequest is more than any request has, in bytes.
const maxRequest = 64 << 10

// Answer makes the handler of one action out of a function. An error of the function is the answer's message.
func Answer[Request, Result any](do func(Request) (Result, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request Request
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&request); err != nil {
			write(w, http.StatusBadRequest, refusal{"the request is of another version of furl: start both anew"})
			return
		}
		result, err := do(request)
		if err != nil {
			write(w, http.StatusBadRequest, refusal{err.Error()})
			return
		}
		write(w, http.StatusOK, result)
	})
}

func write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // an error means that the command is gone
}
