// Package cloudfrontjs runs CloudFront Functions of the runtime cloudfront-js-2.0 in Node.js. Each function has as
// many processes as the machine has processors. In them each event gets a fresh context, with the globals and
// built-in modules of the runtime and no others (CloudFront Developer Guide, functions-javascript-runtime-20).
//
// Code that runs here may be a 503 on AWS. AWS says that "async arguments and closures are not supported", and
// here they are. Node.js knows other syntax and methods of built-in objects that AWS's runtime does not know, such
// as classes, for-of, destructuring and Array.prototype.at. A handler may be any top-level function here, and AWS
// documents a declaration. Date is not frozen at the function's start. The limits on compute utilization (a
// millisecond or so) and memory (2 MB) are not simulated, but a function that does not end is ended. AWS takes one
// kind of code that fails here, an import that neither begins a line nor follows a semicolon.
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
	// KeyValueStores is true if FunctionConfig associates key value stores.
	KeyValueStores bool
	Log            io.Writer // gets the function's log lines, each after the request's id; nil: dropped
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

// sandbox is the module of the Lambda function whose handler runs the CloudFront Function's. realm is the module
// that makes the runtime's globals and modules in the function's context.
var (
	//go:embed sandbox.mjs
	sandbox []byte
	//go:embed realm.mjs
	realm []byte
)

// cloudfrontModule finds uses of the module cloudfront in the code. It finds an import, or a variable that takes
// the result of require, at the start of a line or after ";". It also finds such text in comments and strings of
// several lines.
var cloudfrontModule = regexp.MustCompile(`(?m)(?:^|;)[ \t]*` +
	`(?:import\b[^'";\n]*|(?:const|let|var)\b[^'";\n]*=\s*require\s*\(\s*)['"]cloudfront['"]`)

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
	case config.KeyValueStores || cloudfrontModule.MatchString(config.Code):
		return nil, errors.New("the module cloudfront (key value stores, origin changes) is not simulated")
	}
	dir, err := os.MkdirTemp("", "furl-cloudfront-function-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for its code: %w", err)
	}
	for name, text := range map[string][]byte{
		"sandbox.mjs": sandbox,
		"realm.mjs":   realm,
		"function.js": []byte(config.Code),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			_ = os.RemoveAll(dir)
			return nil, fmt.Errorf("write its code: %w", err)
		}
	}
	return lambda.New(lambda.Config{
		Path: config.Path, Name: config.Name, ARN: config.ARN,
		Runtime: lambda.AnyNode, Handler: "sandbox.handler", CodeDir: dir, OwnCode: true,
		Timeout: timeout, MaxProcesses: runtime.NumCPU(), MaxWait: maxWait, Log: config.Log,
		// No string becomes code in the sandbox's realm either. The function might get hold of an object of that realm.
		Environment: map[string]string{"NODE_OPTIONS": "--disallow-code-generation-from-strings"},
	})
}
