package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/furl-cdk/furl/local"
)

const tokenHelp = `Usage: furl token --pool PATH --user NAME [flags]

Prints a token of a user pool, and nothing else. It asks the furl local that
runs on the same assembly. Every name is a user. The token holds until that furl
local ends, or until it expires.

Flags:

  --assembly FOLDER
        The folder that furl local runs. The default is cdk.out.

  --pool PATH
        The construct path of the user pool.

  --user NAME
        The name of the user.

  --client PATH
        The construct path of the app client, or its id. The pool's only client
        needs no flag.

  --use USE
        The use of the token, id or access. The default is id.

  --claim NAME=VALUE
        A further claim, such as email=ada@example.com, cognito:groups=a,b or
        exp=1700000000. The flag may be repeated.

  --scope SCOPE
        A scope of the access token. Without the flag it has the scope that a
        user gets who signs in by password. The flag may be repeated.

Example:

  furl token --pool Demo/Pool --user ada
`

// runToken is 'furl token'.
func runToken(ctx context.Context, args []string, stdout io.Writer) error {
	var options local.TokenOptions
	if helped, err := parse(tokenFlags(&options), args, tokenHelp, stdout); helped || err != nil {
		return err
	}
	if options.Pool == "" || options.User == "" {
		return &usageError{"furl token needs --pool and --user"}
	}
	token, err := local.Token(ctx, options)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, token)
	return err
}

// tokenFlags are the flags of 'furl token', which tokenHelp describes.
func tokenFlags(options *local.TokenOptions) *flag.FlagSet {
	options.Claims = map[string]string{}
	flags := flag.NewFlagSet("furl token", flag.ContinueOnError)
	flags.StringVar(&options.Assembly, "assembly", local.DefaultAssembly, "")
	flags.StringVar(&options.Pool, "pool", "", "")
	flags.StringVar(&options.User, "user", "", "")
	flags.StringVar(&options.Client, "client", "", "")
	flags.StringVar(&options.Use, "use", "id", "")
	flags.Func("claim", "", pairs(options.Claims, "NAME=VALUE"))
	flags.Func("scope", "", func(value string) error {
		if value == "" {
			return errors.New("want SCOPE")
		}
		options.Scopes = append(options.Scopes, value)
		return nil
	})
	return flags
}
