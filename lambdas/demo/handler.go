package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

const (
	greeting = "Hello from Lambda!"

	// maxSlowSeconds is the longest wait of /slow if the invocation has no deadline.
	maxSlowSeconds = 55

	// deadlineMargin is the time that /slow leaves to the deadline, which is the function's timeout.
	deadlineMargin = 5 * time.Second
)

type (
	request  = events.LambdaFunctionURLRequest
	response = events.LambdaFunctionURLResponse
)

// handle answers one request. It returns an error only for an event that no Function URL makes.
func handle(ctx context.Context, r request) (response, error) {
	path := r.RawPath
	if path == "/echo" || strings.HasPrefix(path, "/echo/") {
		return echo(r)
	}
	var answer func(context.Context, request) (response, error)
	switch {
	case path == "/login" && os.Getenv("GRANT_URL") != "":
		return onlyPost(ctx, r, login)
	case path == "/slow" && r.RequestContext.HTTP.Method == http.MethodPost:
		return slowPost(ctx, r)
	case path == "/":
		answer = page
	case staticFile(path) != nil:
		answer = staticFile(path)
	case path == "/me" && os.Getenv("SIGNER_ROLE") != "":
		answer = me
	case path == "/slow":
		answer = slow
	case strings.HasPrefix(path, "/status/"):
		answer = status
	default:
		return failure(http.StatusNotFound, "NotFound", "there is /, /echo, /slow?seconds=40 and /status/418")
	}
	if method := r.RequestContext.HTTP.Method; method != http.MethodGet && method != http.MethodHead {
		refusal, err := failure(
			http.StatusMethodNotAllowed, "MethodNotAllowed", "use GET; every method is answered under /echo")
		refusal.Headers["allow"] = "GET, HEAD"
		if path == "/slow" {
			refusal.Headers["allow"] += ", POST"
		}
		return refusal, err
	}
	return answer(ctx, r)
}

func onlyPost(
	ctx context.Context, r request, answer func(context.Context, request) (response, error),
) (response, error) {
	if r.RequestContext.HTTP.Method != http.MethodPost {
		refusal, err := failure(http.StatusMethodNotAllowed, "MethodNotAllowed", "use POST")
		refusal.Headers["allow"] = "POST"
		return refusal, err
	}
	return answer(ctx, r)
}

// slow greets after ?seconds=, or fails if the invocation ends first.
func slow(ctx context.Context, r request) (response, error) {
	if refused, err := wait(ctx, r); refused != nil || err != nil {
		return *refused, err
	}
	return text(http.StatusOK, greeting), nil
}

// slowPost greets in JSON, and says who called and with what body.
func slowPost(ctx context.Context, r request) (response, error) {
	if refused, err := wait(ctx, r); refused != nil || err != nil {
		return *refused, err
	}
	body, err := bodyOf(r)
	if err != nil {
		return response{}, err
	}
	if !utf8.Valid(body) {
		body = []byte(fmt.Sprintf("(%d bytes that are not text)", len(body)))
	}
	var document strings.Builder
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false) // it is shown to people
	err = encoder.Encode(map[string]string{"greeting": greeting, "caller": caller(r), "body": string(body)})
	return answer(http.StatusOK, "application/json", document.String()), err
}

// wait sleeps for ?seconds=. It returns nil after that time. It returns a refusal if the number makes no sense, and an
// empty answer with the error if the invocation ends first.
func wait(ctx context.Context, r request) (*response, error) {
	maxSeconds := maxSlowSeconds
	if deadline, ok := ctx.Deadline(); ok {
		maxSeconds = int((time.Until(deadline) - deadlineMargin).Round(time.Second).Seconds())
	}
	seconds, err := strconv.Atoi(r.QueryStringParameters["seconds"])
	if err != nil || seconds < 0 || seconds > maxSeconds {
		refused, err := failure(http.StatusBadRequest, "BadSeconds",
			fmt.Sprintf("write /slow?seconds=N with a whole number from 0 to %d", maxSeconds))
		return &refused, err
	}
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
		return nil, nil
	case <-ctx.Done():
		return &response{}, fmt.Errorf("sleep %d s: %w", seconds, ctx.Err())
	}
}

// status answers the status that the path asks for.
func status(_ context.Context, r request) (response, error) {
	code, err := strconv.Atoi(strings.TrimPrefix(r.RawPath, "/status/"))
	if err != nil || code < 200 || code > 599 {
		return failure(http.StatusBadRequest, "BadStatus", "write /status/N with a status from 200 to 599")
	}
	if code == http.StatusNoContent || code == http.StatusResetContent || code == http.StatusNotModified {
		return answer(code, "", ""), nil // these have no content (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5)
	}
	return text(code, strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))), nil
}

func failure(code int, name, message string) (response, error) {
	body, err := json.Marshal(map[string]string{"error": name, "message": message})
	return answer(code, "application/json", string(body)), err
}

func text(code int, body string) response {
	return answer(code, "text/plain; charset=utf-8", body)
}

// answer is a response that no cache keeps, because it is about one request.
func answer(code int, contentType, body string) response {
	headers := map[string]string{"cache-control": "no-store"}
	if contentType != "" {
		headers["content-type"] = contentType
	}
	return response{StatusCode: code, Headers: headers, Body: body}
}
