// Command furl runs a synthesised CDK app on this machine.
//
//	furl local [flags]                   run a synthesised CDK app on this machine
//	furl token --pool PATH --user NAME   print a token of a user pool
//	furl credentials --as PATH           print credentials of a role or user of the app
//	furl version                         print the versions of furl and Go
//	furl help                            print the commands
//
// 'furl COMMAND --help' describes the flags of a command.
//
// Text for programs goes to stdout, and all other text to stderr. The exit status is 0 when the command is done. It is
// also 0 when Ctrl-C, SIGTERM or a closed terminal stopped it. It is 1 when something failed, and 2 when the command
// line is wrong.
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
		fmt.Fprintf(os.Stderr, "furl: %v\nRun '%s' for how it is used.\n", err, helpCommand(os.Args[1:]))
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "furl: %v\n", err)
		os.Exit(1)
	}
}

const help = `Furl puts a Lambda Function URL on the internet safely.

Usage:

  furl local [flags]                  Run a synthesised CDK app on this machine.
  furl token --pool PATH --user NAME  Print a token of a user pool.
  furl credentials --as PATH          Print credentials of a role or user.
  furl version                        Print the versions of furl and Go.
  furl help                           Print this.

Example:

  furl local --assembly cdk.out

'furl COMMAND --help' describes the flags of a command.
`

// run is the whole program. It returns when the command is done or ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return &usageError{"no command given"}
	}
	switch args[0] {
	case "local":
		return runLocal(ctx, args[1:], stdout, stderr)
	case "token":
		return runToken(ctx, args[1:], stdout)
	case "credentials":
		return runCredentials(ctx, args[1:], stdout)
	case "version", "--version":
		return runVersion(args[1:], stdout)
	case "help", "-h", "--help":
		_, err := io.WriteString(stdout, help)
		return err
	default:
		return &usageError{fmt.Sprintf("there is no command %q", args[0])}
	}
}
