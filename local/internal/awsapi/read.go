package awsapi

import (
	"io"
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Needs holds the parts of furl local that the AWS APIs use.
type Needs struct {
	Role         func(arn string) (*iam.Role, error)
	Function     func(arn string) (*lambda.Function, error)
	Policy       func(arn string) *iam.Policy // of a function or alias; nil for none
	Credentials  *iam.Store
	Secrets      []Secret
	SessionLimit time.Duration // as in Config
	Verbose      io.Writer     // as in Config
}

// Read makes the handler of the AWS APIs in the account and the regions of the assembly's stacks.
func Read(a *assembly.Assembly, needs Needs) *Handler {
	config := Config{
		Credentials: needs.Credentials, Secrets: needs.Secrets, SessionLimit: needs.SessionLimit,
		Now: time.Now, Verbose: needs.Verbose,
		Roles: func(arn string) *LeasableRole {
			role, err := needs.Role(arn)
			if err != nil {
				return nil
			}
			return &LeasableRole{Role: role, MaxSession: role.MaxSession}
		},
		Functions: func(arn string) *Function {
			function, err := needs.Function(arn)
			if err != nil {
				return nil
			}
			return &Function{Function: function, Policy: needs.Policy(arn)}
		},
	}
	for _, stack := range a.Stacks {
		config.Account = stack.Account
		if !slices.Contains(config.Regions, stack.Region) {
			config.Regions = append(config.Regions, stack.Region)
		}
	}
	return New(config)
}
