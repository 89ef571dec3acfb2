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
       furl token --issuer URL --user NAME [flags]

Prints a token of a user pool or of another issuer, and nothing else. It asks
the furl local that runs on the same assembly. Every name is a user. The token
holds until that furl local ends, or until it expires.

Flags:

  --assembly FOLDER
        The folder that furl local runs. The default is cdk.out.

  --pool PATH
        The construct path of the user pool.

  --issuer URL
        In place of --pool, an issuer whose tokens an origin takes. It is the
        exact text of the claim iss.

  --user NAME
        The name of the user. A token of --issuer has it as its sub.

  --client PATH
        The construct path of the app client, or its id. The pool's only client
        needs no flag. It is for --pool.

  --audience AUDIENCE
        An audience of the token of --issuer. The only one that the origins take
        needs no flag. The flag may be repeated.

  --use USE
        The use of the token, id or access. The default is id. With --issuer it
        is for a user pool of another app, and the default is what the origins
        take.

  --claim NAME=VALUE
        A further claim, such as email=ada@example.com, cognito:groups=a,b or
        exp=1700000000. An exp in the past makes an expired token. The flag may
        be repeated.

  --scope SCOPE
        A scope of the token. Without the flag an access token of --pool has the
        scope that a user gets who signs in by password, and a token of --issuer
        has none. The flag may be repeated.

Example:

  furl token --pool Demo/Pool --user ada
`

// runToken is 'furl token'.
func runToken(ctx context.Context, args []string, stdout io.Writer) error {
	var options local.TokenOptions
	if helped, err := parse(tokenFlags(&options), args, tokenHelp, stdout); helped || err != nil {
		return err
	}
	if err := checkToken(options); err != nil {
		return err
	}
	token, err := local.Token(ctx, options)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, token)
	return err
}

// checkToken refuses flags that do not go together.
func checkToken(o local.TokenOptions) error {
	switch {
	case (o.Pool == "") == (o.Issuer == "") || o.User == "":
		return &usageError{"furl token needs --user, and either --pool or --issuer"}
	case o.Issuer != "" && o.Client != "":
		return &usageError{"--client is for --pool: name the client of --issuer by --audience"}
	case o.Pool != "" && o.Audience != nil:
		return &usageError{"--audience is for --issuer: name the client of --pool by --client"}
	}
	return nil
}

// tokenFlags are the flags of 'furl token', which tokenHelp describes.
func tokenFlags(options *local.TokenOptions) *flag.FlagSet {
	options.Claims = map[string]string{}
	flags := flag.NewFlagSet("furl token", flag.ContinueOnError)
	flags.StringVar(&options.Assembly, "assembly", local.DefaultAssembly, "")
	flags.StringVar(&options.Pool, "pool", "", "")
	flags.StringVar(&options.Issuer, "issuer", "", "")
	flags.StringVar(&options.User, "user", "", "")
	flags.StringVar(&options.Client, "client", "", "")
	flags.StringVar(&options.Use, "use", "", "")
	flags.Func("claim", "", pairs(options.Claims, "NAME=VALUE"))
	flags.Func("audience", "", texts(&options.Audience, "AUDIENCE"))
	flags.Func("scope", "", texts(&options.Scopes, "SCOPE"))
	return flags
}

// texts collects the values of a flag that may be repeated.
func texts(into *[]string, want string) func(string) error {
	return func(value string) error {
		if value == "" {
			return errors.New("want " + want)
		}
		*into = append(*into, value)
		return nil
	}
}
