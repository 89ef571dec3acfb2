// Command furl runs a synthesised CDK app on this machine.
//
//	furl local [--assembly cdk.out] [--listen 127.0.0.1:8080] [--json] [--verbose] [--session-duration 20s] [--run CONSTRUCT_PATH=COMMAND]...
//
// Output: what a program may read goes to stdout, everything else to stderr. Exit status: 0 when stopped by Ctrl-C, SIGTERM or a closed terminal,
// 1 when something failed, 2 when the command line is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "furl: %v\nRun 'furl help' for how it is used.\n", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "furl: %v\n", err)
		os.Exit(1)
	}
}

// usageError is a command line that makes no sense.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

const help = `Furl puts a Lambda Function URL on the internet safely.

Usage:

  furl local [flags]   run a synthesised CDK app on this machine, signatures and policies enforced
  furl help            print this

'furl local -h' lists the flags.
`

// run is the whole program: it returns when the command is done or ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return &usageError{"no command given"}
	}
	switch args[0] {
	case "local":
		return runLocal(ctx, args[1:], stdout, stderr)
	case "help", "-h", "--help":
		_, err := io.WriteString(stdout, help)
		return err
	default:
		return &usageError{fmt.Sprintf("there is no command %q", args[0])}
	}
}
