package main

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	// stsTimeout is for the call with all its retries. It is short because a browser waits for the answer.
	stsTimeout = 3 * time.Second

	// maxBackoff leaves time for the SDK's three attempts within stsTimeout. The SDK's default of 20 s would use it up.
	maxBackoff = 500 * time.Millisecond

	retryAfter = 2 * time.Second
)

func newSTS(sdk aws.Config) *sts.Client {
	return sts.NewFromConfig(sdk, func(o *sts.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = maxBackoff })
	})
}

func (h *handler) assumeRoleInput(asked request) (*sts.AssumeRoleInput, *refusal) {
	document, err := sessionPolicy(h.config.functions[asked.function].ARN, asked.address)
	if err != nil {
		return nil, unavailable(err.Error())
	}
	name := aws.String(sessionName(asked.subject))
	return &sts.AssumeRoleInput{
		RoleArn:         aws.String(h.config.roleARN),
		RoleSessionName: name,
		SourceIdentity:  name,
		Policy:          aws.String(document),
		DurationSeconds: aws.Int32(int32(h.config.duration.Seconds())),
		Tags:            stsTags(asked.function, asked.tags),
	}, nil
}

// session asks STS for a session. Credentials that are not complete are a refusal. A refusal by STS is never the
// client's fault. Throttling passes, and so does the refusal of a role that is minutes old. For the other errors an
// operator has to read the log.
func (h *handler) session(ctx context.Context, input *sts.AssumeRoleInput) (*types.Credentials, *refusal) {
	ctx, cancel := context.WithTimeout(ctx, stsTimeout)
	defer cancel()
	output, err := h.assumeRole(ctx, input)
	if err != nil {
		return nil, unavailable(reasonOf(err))
	}
	c := output.Credentials
	if c == nil || c.Expiration == nil || aws.ToString(c.AccessKeyId) == "" ||
		aws.ToString(c.SecretAccessKey) == "" || aws.ToString(c.SessionToken) == "" {
		return nil, unavailable("STS answered without credentials")
	}
	return c, nil
}

func unavailable(reason string) *refusal {
	return &refusal{
		status: http.StatusServiceUnavailable, code: "Unavailable",
		message: "no lease can be had at the moment: try again in some seconds",
		reason:  reason, retryAfter: retryAfter,
	}
}
