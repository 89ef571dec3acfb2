// Package test is the one package that synthesises: one jsii process serves all its tests, which is why none of them is
// parallel (jsii is not safe for concurrent use).
package test

import (
	"os"
	"testing"

	"github.com/aws/jsii-runtime-go"
)

// atExit is what tests leave to be done when all of them have run, such as removing what several of them share.
var atExit []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for _, do := range atExit {
		do()
	}
	jsii.Close()
	os.Exit(code)
}
