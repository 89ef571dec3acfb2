package lambda

import "errors"

// ErrTimeout is why an invocation failed whose function took longer than its timeout. AWS resets the environment; here
// the process is killed.
var ErrTimeout = errors.New("the function timed out")

// ErrExited is why an invocation failed whose process ended without an answer, or could not start.
var ErrExited = errors.New("the function's process ended")

// ErrBusy is why an invocation failed that waited for a free process longer than its function's MaxWait.
var ErrBusy = errors.New("none became free")

// FunctionError is an error that the handler, or the runtime for it, reported. Its process lives on unless it ends itself.
type FunctionError struct {
	Type    string // errorType, "Error" or "Runtime.UserCodeSyntaxError"
	Message string // errorMessage
}

func (e *FunctionError) Error() string {
	return "the function reported " + e.Type + ": " + e.Message
}
