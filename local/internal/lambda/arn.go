package lambda

import (
	"fmt"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// QualifiedARN is the ARN of a function or alias that a template names by ARN, by name or by NAME:ALIAS. A given
// qualifier replaces the name's own.
func QualifiedARN(name, qualifier string, stack *assembly.Stack) (string, error) {
	arn := name
	if !strings.HasPrefix(name, "arn:") {
		arn = fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", stack.Region, stack.Account, name)
	}
	unqualified, _, err := splitARN(arn)
	if err != nil {
		return "", err
	}
	if qualifier != "" {
		return unqualified + ":" + qualifier, nil
	}
	return arn, nil
}

// splitARN parts arn:aws:lambda:REGION:ACCOUNT:function:NAME from its qualifier, an alias or a version number. The
// qualifier is "" where there is none.
func splitARN(arn string) (unqualified, qualifier string, err error) {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[2] != "lambda" || parts[5] != "function" {
		return "", "", fmt.Errorf("%q is not the ARN of a Lambda function", arn)
	}
	if len(parts) == 8 {
		qualifier = parts[7]
	}
	return strings.Join(parts[:7], ":"), qualifier, nil
}
