package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// handler answers POST /grant.
type handler struct {
	config     settings
	assumeRole func(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
	now        func() time.Time
	log        *slog.Logger
}

func newHandler(config settings, sdk aws.Config, log *slog.Logger) *handler {
	return &handler{config: config, assumeRole: newSTS(sdk).AssumeRole, now: time.Now, log: log}
}

// handle answers one request with a lease, or with JSON that says why there is none. The log has the request's extended
// id. Clients can choose the other id (API Gateway Developer Guide, api-gateway-mapping-template-reference).
func (h *handler) handle(ctx context.Context, r events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	log := h.log.With("apiRequestId", r.RequestContext.ExtendedRequestID)
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		log = log.With("requestId", invocation.AwsRequestID)
	}
	origin := header(r, "origin")
	asked, refused := h.read(r, origin)
	if asked.subject != "" {
		log = log.With("subjectHash", hash(asked.subject)[:16])
	}
	if asked.function != "" {
		log = log.With("function", asked.function)
	}
	var granted lease
	if refused == nil {
		granted, refused = h.grant(ctx, asked)
	}
	if refused != nil {
		log.WarnContext(ctx, "refused", "status", refused.status, "error", refused.code, "reason", refused.reason)
		return h.refuse(refused, origin)
	}
	log.InfoContext(ctx, "granted", "accessKeyId", granted.AccessKeyId, "expiration", granted.Expiration)
	return h.respond(http.StatusOK, origin, granted)
}

// grant makes the lease that is asked for.
func (h *handler) grant(ctx context.Context, asked request) (lease, *refusal) {
	input, refused := h.assumeRoleInput(asked)
	if refused != nil {
		return lease{}, refused
	}
	session, refused := h.session(ctx, input)
	if refused != nil {
		return lease{}, refused
	}
	return lease{
		FuncUrl:         h.config.functions[asked.function].URL,
		Region:          h.config.region,
		AccessKeyId:     *session.AccessKeyId,
		SecretAccessKey: *session.SecretAccessKey,
		SessionToken:    *session.SessionToken,
		Expiration:      session.Expiration.UTC().Format(time.RFC3339),
		ServerTime:      h.now().UTC().Format(time.RFC3339),
	}, nil
}

// header joins all the values of a header, whose name is given in lower case. Two origins are no allowed origin. API
// Gateway keeps the case in which the client wrote a name. Its Headers have the last value only.
func header(r events.APIGatewayProxyRequest, name string) string {
	var all []string
	for key, values := range r.MultiValueHeaders {
		if strings.ToLower(key) == name {
			all = append(all, values...)
		}
	}
	if len(all) > 0 {
		return strings.Join(all, ", ")
	}
	for key, value := range r.Headers {
		if strings.ToLower(key) == name {
			all = append(all, value)
		}
	}
	return strings.Join(all, ", ")
}
