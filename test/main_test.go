// Package test is the only package that synthesises. One jsii process serves all its tests. No test here is parallel,
// since jsii is not safe for concurrent use.
package test

import (
	"os"
	"testing"

	"github.com/aws/jsii-runtime-go"
)

// atExit holds functions to call when all tests have run. They remove folders that several tests share.
var atExit []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for _, do := range atExit {
		do()
	}
	jsii.Close()
	os.Exit(code)
}
