package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"strings"

	"github.com/furl-cdk/furl/local"
)

const localHelp = `Usage: furl local [flags]

Runs a synthesised CDK app on loopback. Signatures, policies and web ACLs are
enforced. Ctrl-C stops everything.

It serves CloudFront, the web ACL, CloudFront Functions, the edge signer or
origin access control, Function URLs, REST APIs with their authorizers, and the
functions themselves. STS, Secrets Manager and Lambda's Invoke API are there for
the functions.

Flags:

  --assembly FOLDER
        The folder that 'npx cdk synth' wrote. The default is cdk.out.

  --listen ADDRESS
        The host and port of the first distribution. The default is
        127.0.0.1:8080. Port 0 takes a free port.

  --json
        Print where things listen as one JSON object. It is the first line on
        stdout.

  --verbose
        Say for each refused or counted request which check or rule decided.

  --session-duration TIME
        End the sessions of AssumeRole after this time, even if a longer time
        was asked for. With 20s you can watch a client renew its lease. The
        shortest time is 1s.

  --run CONSTRUCT_PATH=COMMAND
        Run COMMAND in place of this function's asset. The command speaks the
        Lambda Runtime API. The flag may be repeated.

Example:

  furl local --assembly cdk.out --listen 127.0.0.1:0 --verbose
`

// runLocal is 'furl local'.
func runLocal(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var options local.Options
	if helped, err := parse(localFlags(&options), args, localHelp, stdout); helped || err != nil {
		return err
	}
	return local.Run(ctx, options, stdout, stderr)
}

// localFlags are the flags of 'furl local', which localHelp describes.
func localFlags(options *local.Options) *flag.FlagSet {
	options.Commands = map[string]string{}
	flags := flag.NewFlagSet("furl local", flag.ContinueOnError)
	flags.StringVar(&options.Assembly, "assembly", "cdk.out", "")
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:8080", "")
	flags.BoolVar(&options.JSON, "json", false, "")
	flags.BoolVar(&options.Verbose, "verbose", false, "")
	flags.DurationVar(&options.SessionDuration, "session-duration", 0, "")
	flags.Func("run", "", func(value string) error {
		path, command, found := strings.Cut(value, "=")
		if !found || path == "" || command == "" {
			return errors.New("want CONSTRUCT_PATH=COMMAND")
		}
		options.Commands[path] = command
		return nil
	})
	return flags
}
