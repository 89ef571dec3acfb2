package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	// maxBody is more than {"function":"…"} ever needs, in bytes.
	maxBody = 4 << 10

	// stsTimeout is for the call with all its retries: a browser waits for it.
	stsTimeout = 3 * time.Second

	retryAfter = 2 * time.Second
)

// handler answers POST /grant.
type handler struct {
	config     settings
	assumeRole func(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
	now        func() time.Time
	log        *slog.Logger
}

// handle answers one request. It returns no error: whatever happens, the client gets JSON that it may read.
func (h *handler) handle(ctx context.Context, r events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	origin := header(r, "origin")
	log := h.log.With("apiRequestId", r.RequestContext.RequestID)
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		log = log.With("requestId", invocation.AwsRequestID)
	}
	granted, log, err := h.grant(ctx, r, origin, log)
	var refused *refusal
	if errors.As(err, &refused) {
		log.WarnContext(ctx, "refused", "status", refused.status, "error", refused.code, "reason", refused.reason)
		return h.refuse(refused, origin)
	}
	log.InfoContext(ctx, "granted", "accessKeyId", granted.AccessKeyId, "expiration", granted.Expiration)
	return h.respond(http.StatusOK, origin, granted)
}

// grant makes a lease. Every error of it is a *refusal.
func (h *handler) grant(ctx context.Context, r events.APIGatewayProxyRequest, origin string, log *slog.Logger) (lease, *slog.Logger, error) {
	if origin != "" && h.allowedOrigin(origin) == "" {
		return lease{}, log, &refusal{status: http.StatusForbidden, code: "OriginNotAllowed", message: "this page's origin is not among the AllowedOrigins of the grant"}
	}
	subject := subjects[h.config.subject](r.RequestContext)
	if subject == "" {
		return lease{}, log, &refusal{
			status: http.StatusForbidden, code: "NoSubject", message: "the authorizer named nobody to lease to: its answer needs a subject",
			reason: "no subject where an authorizer of kind " + string(h.config.subject) + " puts it",
		}
	}
	log = log.With("subjectHash", hash(subject)[:16])
	name, err := h.functionName(r)
	if err != nil {
		return lease{}, log, err
	}
	log = log.With("function", name)
	input, err := h.assumeRoleInput(subject, name, r.RequestContext.Identity.SourceIP)
	if err != nil {
		return lease{}, log, err
	}
	session, err := h.session(ctx, input)
	if err != nil {
		return lease{}, log, err
	}
	return lease{
		FuncUrl: h.config.functions[name].URL, Region: h.config.region,
		AccessKeyId: *session.AccessKeyId, SecretAccessKey: *session.SecretAccessKey, SessionToken: *session.SessionToken,
		Expiration: session.Expiration.UTC().Format(time.RFC3339), ServerTime: h.now().UTC().Format(time.RFC3339),
	}, log, nil
}

// functionName reads the body. Nothing of it gets into an answer or a log before it is known to be the name of a function.
func (h *handler) functionName(r events.APIGatewayProxyRequest) (string, error) {
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			return "", badRequest("the body is not base64")
		}
	}
	if len(body) > maxBody {
		return "", badRequest("the body is too long")
	}
	if !utf8.Valid(body) {
		return "", badRequest("the body is not UTF-8")
	}
	var asked struct {
		Function *string `json:"function"`
	}
	if len(bytes.TrimSpace(body)) > 0 {
		if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") {
			return "", badRequest("the body is not a JSON object") // null would pass for an empty one
		}
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&asked); err != nil {
			return "", badRequest("the body is not a JSON object with the field function only")
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return "", badRequest("something follows the JSON object")
		}
	}
	if asked.Function == nil {
		return h.onlyFunction()
	}
	if _, known := h.config.functions[*asked.Function]; !known {
		return "", &refusal{status: http.StatusBadRequest, code: "UnknownFunction", message: "no function of that name is leased here: the name is that of GrantFunction.Name"}
	}
	return *asked.Function, nil
}

func (h *handler) onlyFunction() (string, error) {
	if len(h.config.functions) > 1 {
		return "", badRequest("several functions are leased here")
	}
	for name := range h.config.functions {
		return name, nil
	}
	return "", badRequest("no function is leased here")
}

func badRequest(wrong string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "BadRequest", message: wrong + `: send {"function":"<name>"}`}
}

func (h *handler) assumeRoleInput(subject, name, sourceIP string) (*sts.AssumeRoleInput, error) {
	bound := ""
	if h.config.bindToSourceIP {
		address, err := netip.ParseAddr(sourceIP)
		if err != nil || address.Zone() != "" {
			return nil, &refusal{status: http.StatusForbidden, code: "NoSourceIp", message: "the lease is bound to the caller's address, and API Gateway told none", reason: "requestContext.identity.sourceIp is no address"}
		}
		bound = address.String()
	}
	document, err := sessionPolicy(h.config.functions[name].ARN, bound)
	if err != nil {
		return nil, unavailable(err.Error())
	}
	session := aws.String(sessionName(subject))
	return &sts.AssumeRoleInput{
		RoleArn: aws.String(h.config.roleARN), RoleSessionName: session, SourceIdentity: session, Policy: aws.String(document),
		DurationSeconds: aws.Int32(int32(h.config.duration.Seconds())), Tags: []types.Tag{{Key: aws.String("furl:function"), Value: aws.String(name)}},
	}, nil
}

// session asks STS, and takes no half an answer. Whatever STS refuses is not the client's doing: throttling and a role that is minutes
// old pass by themselves, and everything else needs somebody to read the log.
func (h *handler) session(ctx context.Context, input *sts.AssumeRoleInput) (*types.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, stsTimeout)
	defer cancel()
	output, err := h.assumeRole(ctx, input)
	if err != nil {
		return nil, unavailable(reasonOf(err))
	}
	c := output.Credentials
	if c == nil || aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" || aws.ToString(c.SessionToken) == "" || c.Expiration == nil {
		return nil, unavailable("STS answered without credentials")
	}
	return c, nil
}

func unavailable(reason string) *refusal {
	return &refusal{
		status: http.StatusServiceUnavailable, code: "Unavailable", message: "no lease can be had at the moment: try again in some seconds",
		reason: reason, retryAfter: retryAfter,
	}
}

// header is the value of a header by its name in lower case; API Gateway keeps the case that the client wrote.
func header(r events.APIGatewayProxyRequest, name string) string {
	for key, values := range r.MultiValueHeaders {
		if strings.ToLower(key) == name {
			return strings.Join(values, ", ") // two origins are none that is allowed
		}
	}
	for key, value := range r.Headers {
		if strings.ToLower(key) == name {
			return value
		}
	}
	return ""
}
