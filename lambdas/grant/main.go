// Command grant answers POST /grant. It leases a role that may call one Function URL. The lease goes to the user whom
// API Gateway's authorizer let in.
//
// The request is {"function": "<name>"}, or empty if only one function is leased. The answer is a lease. Errors are
// {"error": "<Code>", "message": "<what to do>"}.
//
// The construct CredentialGrant writes the environment that readConfig reads.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	if err := start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "furl grant:", err)
		os.Exit(1)
	}
}

// start returns only if the function cannot run.
func start(ctx context.Context) error {
	settings, err := readConfig(os.Getenv)
	if err != nil {
		return err
	}
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("configure the AWS SDK: %w", err)
	}
	lambda.Start(newHandler(settings, sdk, slog.New(slog.NewJSONHandler(os.Stdout, nil))).handle)
	return nil
}
