package awsapi

import (
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Needs holds the parts of furl local that the AWS APIs use. An error of Role or Function says that there is none.
type Needs struct {
	Role        func(arn string) (*iam.Role, error)
	Function    func(arn string) (*lambda.Function, error) // a function, version or alias
	Policy      func(arn string) *iam.Policy               // of a function or alias; nil for none
	Credentials *iam.Store
	Secrets     []Secret
	// SessionLimit is the longest life of a session of AssumeRole, even if the caller asks for more. 0 sets no limit.
	SessionLimit time.Duration
}

// Read makes the handler of the AWS APIs in the account and the regions of the assembly's stacks.
func Read(a *assembly.Assembly, needs Needs) *Handler {
	config := Config{Needs: needs, Now: time.Now}
	for _, stack := range a.Stacks {
		config.Account = stack.Account
		if !slices.Contains(config.Regions, stack.Region) {
			config.Regions = append(config.Regions, stack.Region)
		}
	}
	return New(config)
}
