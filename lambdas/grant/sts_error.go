package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// reasonOf says for the log why STS gave no session, and what to check. It does not quote the error, which can hold the
// request's address and more.
func reasonOf(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "STS did not answer within " + stsTimeout.String()
	}
	var failure smithy.APIError
	if !errors.As(err, &failure) {
		var response *smithyhttp.ResponseError
		if errors.As(err, &response) && response.HTTPStatusCode() != 0 {
			return "STS answered " + strconv.Itoa(response.HTTPStatusCode()) +
				" with something that is no answer of STS"
		}
		return "STS could not be asked"
	}
	switch failure.ErrorCode() {
	case "AccessDenied":
		return "STS answered AccessDenied. " +
			"New roles are not known everywhere within a minute of a deployment. " +
			"Later check the leased role's trust policy and this function's policy " +
			"for sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity"
	case "Throttling", "ThrottlingException", "RequestLimitExceeded":
		return "STS throttles this account"
	}
	return "STS answered " + failure.ErrorCode()
}
