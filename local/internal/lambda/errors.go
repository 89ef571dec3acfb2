package lambda

import "errors"

// ErrTimeout is the error of an invocation whose function took longer than its timeout. AWS then resets the
// environment. Here the process is killed.
var ErrTimeout = errors.New("the function timed out")

// ErrExited is the error of an invocation whose process ended without an answer or could not start.
var ErrExited = errors.New("the function's process ended")

// ErrBusy is the error of an invocation that waited longer than its function's MaxWait for a free process.
var ErrBusy = errors.New("none became free")

// errStopping is the fate of the processes that Close kills.
var errStopping = errors.New("the runner is stopping")

// FunctionError is an error that the handler or its runtime reported. The process lives on unless it ends itself.
type FunctionError struct {
	Type    string // errorType, "Error" or "Runtime.UserCodeSyntaxError"
	Message string // errorMessage
}

// errNoResponse is the error of an invocation whose runtime went on without an answer.
var errNoResponse = &FunctionError{
	Type:    "Runtime.NoResponse",
	Message: "the runtime asked for the next event without having answered this one",
}

func (e *FunctionError) Error() string {
	return "the function reported " + e.Type + ": " + e.Message
}
