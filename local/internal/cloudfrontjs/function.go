// Package cloudfrontjs runs CloudFront Functions of the runtime cloudfront-js-2.0 in Node.js: processes of its own for each function, as
// many as the machine has processors, and in them a fresh context for each event, with globals and built-in modules of its own: those
// that the runtime has and no others (CloudFront Developer Guide, functions-javascript-runtime-20).
//
// Where it differs from AWS, what runs here may be a 503 there: "async arguments and closures are not supported" in cloudfront-js-2.0,
// and here they are; Node.js knows other syntax and methods of built-in objects that it does not (classes, for-of, destructuring,
// Array.prototype.at …); a handler may be any top-level function, where AWS documents a declaration; Date is not frozen at the
// function's start; the limits on compute utilization (about 1 ms) and memory (2 MB) are not simulated, but a function that does not
// end is ended. What AWS takes and this does not: an import that neither begins a line nor follows a semicolon.
package cloudfrontjs

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Config describes one CloudFront Function, as AWS::CloudFront::Function does.
type Config struct {
	Path      string // construct path, used in messages
	Name, ARN string
	Runtime   string // FunctionConfig.Runtime
	Code      string // FunctionCode
	// KeyValueStores says that FunctionConfig associates some.
	KeyValueStores bool
	Log            io.Writer // gets what the function logs, after the request's id; nil: dropped
}

const (
	supportedRuntime = "cloudfront-js-2.0"
	maxCode          = 10 << 10 // CloudFront Developer Guide, cloudfront-limits, "Quotas on CloudFront Functions"

	// timeout ends what never ends. It is far more than the millisecond that AWS gives, as this machine may be busy.
	timeout = 2 * time.Second

	// maxWait ends the wait for a process, which is one of milliseconds unless the function does not end. It is more than a process may
	// take to start, 30 s.
	maxWait = time.Minute
)

// sandbox is the module that a Lambda function is here whose handler runs the CloudFront Function's; realm is the module that makes
// what the runtime has of its own in the function's context.
var (
	//go:embed sandbox.mjs
	sandbox []byte
	//go:embed realm.mjs
	realm []byte
)

// cloudfrontModule is the code's use of the module cloudfront: an import, or a variable that is what require gives, at the start of a
// line or after ";". In a comment or a text of several lines it is taken for one as well.
var cloudfrontModule = regexp.MustCompile(`(?m)(?:^|;)[ \t]*(?:import\b[^'";\n]*|(?:const|let|var)\b[^'";\n]*=\s*require\s*\(\s*)['"]cloudfront['"]`)

// New checks a CloudFront Function and makes it ready to run. The result is invoked with {"requestId", "event"}, and answers
// {"result", "queryChanged"}: what the handler returned, and whether the query string in it is another than in the event.
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
	case config.KeyValueStores || cloudfrontModule.MatchString(config.Code):
		return nil, errors.New("the module cloudfront (key value stores, origin changes) is not simulated")
	}
	dir, err := os.MkdirTemp("", "furl-cloudfront-function-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for its code: %w", err)
	}
	defer os.RemoveAll(dir) // lambda has a copy
	for name, text := range map[string][]byte{"sandbox.mjs": sandbox, "realm.mjs": realm, "function.js": []byte(config.Code)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, fmt.Errorf("write its code: %w", err)
		}
	}
	return lambda.New(lambda.Config{
		Path: config.Path, Name: config.Name, ARN: config.ARN, Runtime: "nodejs22.x", Handler: "sandbox.handler", CodeDir: dir,
		Timeout: timeout, MaxProcesses: runtime.NumCPU(), MaxWait: maxWait, Log: config.Log,
		// No string becomes code, in the sandbox's own realm neither, should the function ever get hold of something of it.
		Environment: map[string]string{"NODE_OPTIONS": "--disallow-code-generation-from-strings"},
	})
}
