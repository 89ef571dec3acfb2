package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/furl-cdk/furl/local"
)

const localHelp = `Usage: furl local [flags]

Runs a synthesised CDK app on loopback. Signatures, policies and web ACLs are
enforced. Ctrl-C stops everything.

It serves CloudFront, the web ACL, CloudFront Functions, the edge signer or
origin access control, Function URLs, REST APIs with their authorizers, and the
functions themselves. STS, Secrets Manager, Lambda's Invoke API and user pools
are there for the functions.

Flags:

  --assembly FOLDER
        The folder that 'npx cdk synth' wrote. The default is cdk.out.

  --listen [CONSTRUCT_PATH=]ADDRESS
        The host and port of the first distribution, or of the distribution,
        Function URL or REST API with this construct path. The default is
        127.0.0.1:8080. Port 0 takes a free port. Without the flag, a construct
        path has the same port in every run, unless it is taken. The flag may be
        repeated.

  --only PATTERN
        Serve only what has such a construct path. In a pattern, * stands for
        any characters. The flag may be repeated.

  --run PATTERN=COMMAND
        Run COMMAND in place of the asset of the functions with such a construct
        path. The command speaks the Lambda Runtime API. The flag may be
        repeated.

  --parameter [STACK.]NAME=VALUE
        The value of a template's parameter, of an SSM parameter, or of an
        export of another app. Without one a placeholder stands in its place.
        The flag may be repeated.

  --env PATTERN:NAME=VALUE
        Set an environment variable of the functions with such a construct path.
        The flag may be repeated.

  --layer ARN=FOLDER
        The content of a layer's version that is not in the assembly. The flag
        may be repeated.

  --origin NAME=FOLDER_OR_URL
        Answer for an origin from a folder (./www) or a server
        (http://127.0.0.1:5173). NAME is the origin's domain name, its Id, or
        the construct path of its bucket. The flag may be repeated.

  --watch
        Read the assembly again when 'cdk synth' wrote it. Restart a function
        when its code changes in the app, where 'cdk synth' leaves it without
        staging.

  --build PATTERN=COMMAND
        Run COMMAND when a file in this folder changes, and at start. It builds
        what the functions with such a construct path run. The flag implies
        --watch, and it may be repeated.

  --synth COMMAND
        Run COMMAND when a file in this folder changes, and at start. It writes
        the assembly, such as 'npx cdk synth -q'. The flag implies --watch.

  --debug PATH[:PORT]
        Start the Node.js function with this construct path at once, with the
        inspector on this loopback port. The default port is 9229. The function
        has one process and no timeout. With --run, whose command starts a
        debugger, all that changes is that there is no timeout. The flag may be
        repeated.

  --log FORMAT
        The form of the log on stderr, text or json. The default is text. The
        log has a line for each request, which says who decided the answer, and
        all output of functions. On a terminal the text has colors, unless
        NO_COLOR is set.

  --verbose
        Print details below a request's line: the canonical requests of a
        signature that does not match, and the rules that counted the request.

  --json
        Print where things listen as one JSON object. It is the first line on
        stdout.

  --session-duration TIME
        End the sessions of AssumeRole after this time, even if a longer time
        was asked for. With 20s you can watch a client renew its lease. The
        shortest time is 1s.

  --viewer-address ADDRESS
        The IP address of all viewers on this machine, for web ACLs. With it you
        can try allow lists and block lists.

  --viewer-country CODE
        The country of all viewers, for web ACLs, such as DE. Without it, rules
        by country are left out.

Example:

  furl local --assembly cdk.out --listen 127.0.0.1:0 --verbose
`

// runLocal is 'furl local'.
func runLocal(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var options local.Options
	if helped, err := parse(localFlags(&options), args, localHelp, stdout); helped || err != nil {
		return err
	}
	// The heap is small. So fewer collections cost some 15 MB, and save a twelfth of the time that a request takes.
	debug.SetGCPercent(400)
	options.Color = hasColors(stderr, os.Getenv)
	return local.Run(ctx, options, stdout, stderr)
}

// localFlags are the flags of 'furl local', in the order in which localHelp describes them.
func localFlags(options *local.Options) *flag.FlagSet {
	flags := flag.NewFlagSet("furl local", flag.ContinueOnError)
	servedFlags(flags, options)
	contentFlags(flags, options)
	watchFlags(flags, options)
	outputFlags(flags, options)
	flags.DurationVar(&options.SessionDuration, "session-duration", 0, "")
	flags.Func("viewer-address", "", func(value string) (err error) {
		if options.ViewerAddress, err = netip.ParseAddr(value); err != nil {
			return errors.New("want an IP address, such as 203.0.113.9")
		}
		return nil
	})
	flags.StringVar(&options.ViewerCountry, "viewer-country", "", "")
	return flags
}

// servedFlags choose the parts that are served, and their addresses.
func servedFlags(flags *flag.FlagSet, options *local.Options) {
	options.Listen, options.ListenAt = "127.0.0.1:8080", map[string]string{}
	flags.StringVar(&options.Assembly, "assembly", local.DefaultAssembly, "")
	flags.Func("listen", "", func(value string) error {
		if path, address, found := strings.Cut(value, "="); found {
			options.ListenAt[path] = address
		} else {
			options.Listen = value
		}
		return nil
	})
	flags.Func("only", "", func(value string) error {
		options.Only = append(options.Only, value)
		return nil
	})
}

// contentFlags give values and content in place of those of the assembly.
func contentFlags(flags *flag.FlagSet, options *local.Options) {
	options.Commands, options.Values = map[string]string{}, map[string]string{}
	options.Layers, options.Origins = map[string]string{}, map[string]string{}
	flags.Func("run", "", pairs(options.Commands, "PATTERN=COMMAND"))
	flags.Func("parameter", "", pairs(options.Values, "[STACK.]NAME=VALUE"))
	flags.Func("env", "", func(value string) error {
		variable, err := parseVariable(value)
		options.Variables = append(options.Variables, variable)
		return err
	})
	flags.Func("layer", "", pairs(options.Layers, "ARN=FOLDER"))
	flags.Func("origin", "", pairs(options.Origins, "NAME=FOLDER_OR_URL"))
}

// watchFlags are for work on an app.
func watchFlags(flags *flag.FlagSet, options *local.Options) {
	options.Builds, options.Debug = map[string]string{}, map[string]int{}
	flags.BoolVar(&options.Watch, "watch", false, "")
	flags.Func("build", "", pairs(options.Builds, "PATTERN=COMMAND"))
	flags.StringVar(&options.Synth, "synth", "", "")
	flags.Func("debug", "", debugged(options.Debug))
}

// outputFlags choose the output.
func outputFlags(flags *flag.FlagSet, options *local.Options) {
	flags.Func("log", "", func(value string) error {
		if value != "text" && value != "json" {
			return errors.New("want text or json")
		}
		options.LogJSON = value == "json"
		return nil
	})
	flags.BoolVar(&options.Verbose, "verbose", false, "")
	flags.BoolVar(&options.JSON, "json", false, "")
}

// pairs fills a map from the values of a flag that may be repeated. The form is for the message.
func pairs(into map[string]string, form string) func(string) error {
	return func(value string) error {
		key, text, found := strings.Cut(value, "=")
		if !found || key == "" || text == "" {
			return errors.New("want " + form)
		}
		into[key] = text
		return nil
	}
}

// debugged reads PATH[:PORT]. A construct path has no colon. Port 0 is the default port.
func debugged(into map[string]int) func(string) error {
	return func(value string) error {
		path, number, hasPort := strings.Cut(value, ":")
		port := uint64(0)
		if hasPort {
			var err error
			if port, err = strconv.ParseUint(number, 10, 16); err != nil || port == 0 {
				return errors.New("want PATH or PATH:PORT, with a port from 1 to 65535")
			}
		}
		if path == "" {
			return errors.New("want PATH or PATH:PORT")
		}
		into[path] = int(port)
		return nil
	}
}

// parseVariable reads PATTERN:NAME=VALUE. A value may be empty, and a construct path has no colon.
func parseVariable(text string) (local.Variable, error) {
	functions, assignment, isPair := strings.Cut(text, ":")
	name, value, isSet := strings.Cut(assignment, "=")
	if !isPair || !isSet || functions == "" || name == "" {
		return local.Variable{}, errors.New("want PATTERN:NAME=VALUE")
	}
	return local.Variable{Functions: functions, Name: name, Value: value}, nil
}
