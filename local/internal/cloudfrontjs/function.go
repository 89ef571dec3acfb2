// Package cloudfrontjs runs CloudFront Functions of the runtime cloudfront-js-2.0 in Node.js. Each function has as
// many processes as the machine has processors. In them an event gets a context with the globals and built-in modules
// of the runtime and no others (CloudFront Developer Guide, functions-javascript-runtime-20).
//
// CloudFront does not document whether an event can see traces of another. Here it cannot. The code runs anew in each
// event, and a context serves another event only if all that its code can reach is as it was. A function can tell that
// its contexts are used again by two things. The methods of built-in objects are frozen, and variables of the code are
// no properties of globalThis.
//
// Code that runs here may be a 503 on AWS. AWS says that "async arguments and closures are not supported", and
// here they are. Node.js knows other syntax and methods of built-in objects that AWS's runtime does not know, such
// as classes, for-of, destructuring and Array.prototype.at. A handler may be any top-level function here, and AWS
// documents a declaration. Date is not frozen at the function's start. The limits on compute utilization (a
// millisecond or so) and memory (2 MB) are not simulated, but a function that does not end is ended. AWS takes one
// kind of code that fails here, an import that neither begins a line nor follows a semicolon. The methods of the module
// cloudfront that change the origin are not simulated, and throw.
package cloudfrontjs

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Config describes one CloudFront Function, as AWS::CloudFront::Function does.
type Config struct {
	Path      string // construct path, used in messages
	Name, ARN string
	Runtime   string // FunctionConfig.Runtime
	Code      string // FunctionCode
	// KeyValueStore is the store that FunctionConfig associates, or nil.
	KeyValueStore *KeyValueStore
	Scratch       string       // folder for the code; "": the system's folder for temporary files
	Log           *journal.Log // gets the function's log lines, each after the request's id; nil: dropped
}

const (
	supportedRuntime = "cloudfront-js-2.0"
	maxCode          = 10 << 10 // CloudFront Developer Guide, cloudfront-limits, "Quotas on CloudFront Functions"

	// timeout ends a function that never ends. It is far longer than AWS's millisecond, as this machine may be
	// busy.
	timeout = 2 * time.Second

	// maxWait ends the wait for a process. The wait takes milliseconds unless the function does not end. maxWait
	// is longer than the start of a process may take, which is 30 s.
	maxWait = time.Minute
)

// modules are those of the Lambda function that runs the CloudFront Function. Its handler is in sandbox.mjs.
//
//go:embed *.mjs
var modules embed.FS

// New checks a CloudFront Function and makes it ready to run. The Lambda function takes {"requestId", "event"} and
// answers {"result", "queryChanged"}. The result is the handler's. queryChanged is true if the query string in the
// result differs from the event's.
func New(config Config) (*lambda.Function, error) {
	function, err := prepare(config)
	if err != nil {
		return nil, fmt.Errorf("CloudFront Function %s: %w", config.Path, err)
	}
	return function, nil
}

func prepare(config Config) (*lambda.Function, error) {
	switch {
	case config.Runtime != supportedRuntime:
		return nil, fmt.Errorf("the runtime %q is not simulated: use %s", config.Runtime, supportedRuntime)
	case len(config.Code) > maxCode:
		return nil, fmt.Errorf("its code has %d bytes, and CloudFront takes %d at most", len(config.Code), maxCode)
	}
	store, err := json.Marshal(config.KeyValueStore)
	if err != nil {
		return nil, fmt.Errorf("write its key value store: %w", err)
	}
	dir, err := os.MkdirTemp(config.Scratch, "cloudfront-function-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for its code: %w", err)
	}
	if err := os.CopyFS(dir, modules); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("write its runtime: %w", err)
	}
	for name, text := range map[string][]byte{"function.js": []byte(config.Code), "store.json": store} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			_ = os.RemoveAll(dir)
			return nil, fmt.Errorf("write its code: %w", err)
		}
	}
	return lambda.New(lambda.Config{
		Path: config.Path, Name: config.Name, ARN: config.ARN,
		Runtime: lambda.AnyNode, Handler: "sandbox.handler", CodeDir: dir, OwnCode: true,
		Timeout: timeout, MaxProcesses: runtime.NumCPU(), MaxWait: maxWait,
		Log: config.Log, NoReports: true, // CloudFront writes other lines
		// No string becomes code in the sandbox's realm either. The function might get hold of an object of that realm.
		Environment: map[string]string{"NODE_OPTIONS": "--disallow-code-generation-from-strings"},
	})
}
