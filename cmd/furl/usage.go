package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// usageError is a command line that makes no sense.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

// helpCommand is the command that prints the help for a command line.
func helpCommand(args []string) string {
	if len(args) > 0 && slices.Contains([]string{"local", "token", "credentials", "version"}, args[0]) {
		return "furl " + args[0] + " --help"
	}
	return "furl help"
}

// singleDash finds the dash before a flag's name in the messages of package flag.
var singleDash = regexp.MustCompile(`^(flag [a-z ]+: |invalid [a-z ]+ "(?:[^"\\]|\\.)*" for (?:flag )?)-`)

// parse reads the flags of a command, which takes no other arguments. It reports whether it printed the help.
func parse(flags *flag.FlagSet, args []string, help string, stdout io.Writer) (helped bool, err error) {
	flags.SetOutput(io.Discard)
	err = flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(stdout, help)
		return true, err
	}
	if err != nil {
		return false, &usageError{singleDash.ReplaceAllString(err.Error(), "$1--")}
	}
	if flags.NArg() > 0 {
		return false, &usageError{fmt.Sprintf("%s takes flags only, not %q", flags.Name(), flags.Arg(0))}
	}
	return false, nil
}
