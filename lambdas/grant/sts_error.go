package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// reasonOf tells for the log why STS gave no session, with what to check; not in the words of the error itself, which can hold the
// request's address and more.
func reasonOf(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "STS did not answer within " + stsTimeout.String()
	}
	var failure smithy.APIError
	if !errors.As(err, &failure) {
		var answered *smithyhttp.ResponseError
		if errors.As(err, &answered) && answered.HTTPStatusCode() != 0 {
			return "STS answered " + strconv.Itoa(answered.HTTPStatusCode()) + " with something that is no answer of STS"
		}
		return "STS could not be asked"
	}
	switch failure.ErrorCode() {
	case "AccessDenied":
		return "STS answered AccessDenied: within a minute of a deployment, new roles are not known everywhere yet; later, check the leased role's trust policy and this function's policy for sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity"
	case "Throttling", "ThrottlingException", "RequestLimitExceeded":
		return "STS throttles this account"
	}
	return "STS answered " + failure.ErrorCode()
}
