package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/furl-cdk/furl/local"
)

const localHelp = `Usage: furl local [flags]

Runs a synthesised CDK app (the folder that 'npx cdk synth' writes) on loopback: CloudFront, the web ACL, CloudFront Functions,
the edge signer or origin access control, the Function URLs with their signature and policy checks, REST APIs with their
authorizers, the functions themselves, and STS, Secrets Manager and Lambda's Invoke API for them. Ctrl-C stops everything.

Flags:

`

// runLocal is 'furl local'.
func runLocal(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	options := local.Options{Commands: map[string]string{}}
	flags := flag.NewFlagSet("furl local", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&options.Assembly, "assembly", "cdk.out", "the `folder` that 'cdk synth' wrote")
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:8080", "`address` of the first distribution; port 0 takes a free one")
	flags.BoolVar(&options.JSON, "json", false, "print where things listen as one JSON object, the first line on stdout")
	flags.BoolVar(&options.Verbose, "verbose", false, "say of each refused or counted request what decided")
	flags.DurationVar(&options.SessionDuration, "session-duration", 0, "end the sessions of AssumeRole after this `time`, such as 20s, however long was asked for: to watch a client renew")
	flags.Func("run", "`CONSTRUCT_PATH=COMMAND`: run COMMAND, which speaks the Lambda Runtime API, in place of that function's asset; may be repeated", func(value string) error {
		path, command, found := strings.Cut(value, "=")
		if !found || path == "" || command == "" {
			return errors.New("want CONSTRUCT_PATH=COMMAND")
		}
		options.Commands[path] = command
		return nil
	})
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, localHelp)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	}
	if err != nil {
		return &usageError{err.Error()}
	}
	if flags.NArg() > 0 {
		return &usageError{fmt.Sprintf("furl local takes flags only, not %q", flags.Arg(0))}
	}
	return local.Run(ctx, options, stdout, stderr)
}
