package lambda

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// runtimeClient is npm's aws-lambda-ric, AWS's own runtime client, which `make ric` builds.
const runtimeClient = "../../../.build/ric/node_modules/aws-lambda-ric/index.mjs"

// TestNodeStreamsAsAWSDoes runs the same handlers in AWS's runtime client. Our runtime must give the same answers.
func TestNodeStreamsAsAWSDoes(t *testing.T) {
	client, err := filepath.Abs(runtimeClient)
	if err != nil {
		t.Fatal(err)
	}
	compiled := filepath.Join(filepath.Dir(client), "rapid-client.node") // make ric makes it last
	if _, err := os.Stat(compiled); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIPPED: AWS's runtime client, since there is no %s: make ric", compiled)
	}
	for _, test := range streamCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := nodeConfig(t, "index.mjs", test.source())
			if test.timesOut {
				config.Timeout = 500 * time.Millisecond
			}
			config.Command = "exec node '" + client + "'"
			got := answerOf(t, newFunction(t, config))
			// AWS's client asks for the next event without waiting until the failure is posted. So either is first.
			failedAtOnce := test.failure != nil && test.contentType == ""
			if failure := new(FunctionError); failedAtOnce && errors.As(got.err, &failure) {
				return
			}
			test.check(t, got)
		})
	}
}
