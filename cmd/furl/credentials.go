package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/furl-cdk/furl/local"
)

const credentialsHelp = `Usage: furl credentials --as PATH [flags]

Prints lines for a shell that set credentials of a role or user of the app. It
asks the furl local that runs on the same assembly. A role's last an hour, and
they hold in that furl local only. With them the AWS SDKs and the AWS CLI call
the AWS APIs of furl local. Set them with 'eval "$(furl credentials …)"'.

Flags:

  --assembly FOLDER
        The folder that furl local runs. The default is cdk.out.

  --as PATH
        The construct path of the role or user.

Example:

  furl credentials --as Demo/Worker/Role
`

// credentialsOptions are the flags of 'furl credentials'.
type credentialsOptions struct{ assembly, as string }

// runCredentials is 'furl credentials'.
func runCredentials(ctx context.Context, args []string, stdout io.Writer) error {
	var options credentialsOptions
	if helped, err := parse(credentialsFlags(&options), args, credentialsHelp, stdout); helped || err != nil {
		return err
	}
	if options.as == "" {
		return &usageError{"furl credentials needs --as"}
	}
	variables, err := local.Credentials(ctx, options.assembly, options.as)
	if err != nil {
		return err
	}
	_, err = io.WriteString(stdout, exportLines(variables))
	return err
}

// exportLines are the lines for a shell. The keys of a user have no session token, so they take away an earlier one.
func exportLines(variables []local.Variable) string {
	var lines strings.Builder
	hasToken := false
	for _, variable := range variables {
		value := strings.ReplaceAll(variable.Value, "'", `'\''`) // the region is any text of the assembly
		fmt.Fprintf(&lines, "export %s='%s'\n", variable.Name, value)
		hasToken = hasToken || variable.Name == "AWS_SESSION_TOKEN"
	}
	if !hasToken {
		lines.WriteString("unset AWS_SESSION_TOKEN\n")
	}
	return lines.String()
}

// credentialsFlags are the flags of 'furl credentials', which credentialsHelp describes.
func credentialsFlags(options *credentialsOptions) *flag.FlagSet {
	flags := flag.NewFlagSet("furl credentials", flag.ContinueOnError)
	flags.StringVar(&options.assembly, "assembly", local.DefaultAssembly, "")
	flags.StringVar(&options.as, "as", "", "")
	return flags
}
