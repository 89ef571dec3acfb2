package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const requestID = `<RequestId>00000000-0000-0000-0000-000000000000</RequestId>`

// stsError is an error in the query protocol of STS (STS API Reference, CommonErrors). Its message must not be logged.
func stsError(status int, code string) http.HandlerFunc {
	return reply(status, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`+
		`<Error><Type>Sender</Type><Code>`+code+`</Code><Message>canary of STS</Message></Error>`+
		requestID+`</ErrorResponse>`)
}

// stsSession is a session in the query protocol of STS (STS API Reference, AssumeRole).
func stsSession(fields string) http.HandlerFunc {
	return reply(200, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`+
		`<AssumeRoleResult>`+fields+`</AssumeRoleResult>`+
		`<ResponseMetadata>`+requestID+`</ResponseMetadata></AssumeRoleResponse>`)
}

var stsCredentials = stsSession(`<Credentials>` +
	`<AccessKeyId>` + accessKeyID + `</AccessKeyId><SecretAccessKey>` + secretKey + `</SecretAccessKey>` +
	`<SessionToken>` + token + `</SessionToken><Expiration>2026-01-01T18:19:05Z</Expiration></Credentials>`)

func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hang never answers.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// trickle begins to answer and never comes to an end.
func trickle(w http.ResponseWriter, r *http.Request) {
	tick := after(100*time.Millisecond, func(http.ResponseWriter, *http.Request) {})
	tick(w, r) // The answer must not begin before the end of the request.
	_, _ = io.WriteString(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`)
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, "\n")
		_ = http.NewResponseController(w).Flush()
		tick(w, r)
	}
}

func after(delay time.Duration, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(delay):
			answer(w, r)
		case <-r.Context().Done():
		}
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// TestSTS: there is an answer within 3 seconds, with the SDK and its retries, for all that STS may do.
func TestSTS(t *testing.T) {
	throttled, unavailable := stsError(400, "Throttling"), stsError(503, "ServiceUnavailable")
	for _, row := range []struct {
		name, why string
		answers   []http.HandlerFunc
		status    int
		reason    string
		asked     int
		took      time.Duration
	}{
		{name: "at once", why: "a lease", answers: []http.HandlerFunc{stsCredentials}, status: 200, asked: 1},
		{
			name: "slowly", why: "still in time",
			answers: []http.HandlerFunc{after(2*time.Second, stsCredentials)}, status: 200, asked: 1,
			took: 2 * time.Second,
		},
		{
			name: "too late", why: "nobody waits longer",
			answers: []http.HandlerFunc{after(3*time.Second+time.Millisecond, stsCredentials)}, status: 503,
			reason: "STS did not answer within 3s", asked: 1, took: 3 * time.Second,
		},
		{
			name: "never", why: "likewise",
			answers: []http.HandlerFunc{hang}, status: 503, reason: "STS did not answer within 3s", asked: 1,
			took: 3 * time.Second,
		},
		{
			name: "drop by drop", why: "the bound is for the whole answer",
			answers: []http.HandlerFunc{trickle}, status: 503, reason: "STS did not answer within 3s", asked: 1,
			took: 3 * time.Second,
		},
		{
			name: "throttled once", why: "the SDK asks again",
			answers: []http.HandlerFunc{throttled, stsCredentials}, status: 200, asked: 2, took: maxBackoff,
		},
		{
			name: "throttled", why: "three times in all, and the log says why",
			answers: []http.HandlerFunc{throttled}, status: 503, reason: "STS throttles this account", asked: 3,
			took: 2 * maxBackoff,
		},
		{
			name: "throttled by another name", why: "likewise",
			answers: []http.HandlerFunc{stsError(400, "RequestLimitExceeded")}, status: 503,
			reason: "STS throttles this account", asked: 3, took: 2 * maxBackoff,
		},
		{
			name: "slowly throttled", why: "the third attempt is cut off",
			answers: []http.HandlerFunc{after(1100*time.Millisecond, throttled)}, status: 503,
			reason: "STS did not answer within 3s", asked: 2, took: 3 * time.Second,
		},
		{
			name: "503", why: "three times in all",
			answers: []http.HandlerFunc{unavailable}, status: 503, reason: "STS answered ServiceUnavailable",
			asked: 3, took: 2 * maxBackoff,
		},
		{
			name: "503 once", why: "the SDK asks again",
			answers: []http.HandlerFunc{unavailable, stsCredentials}, status: 200, asked: 2, took: maxBackoff,
		},
		{
			name: "hung up on once", why: "the SDK asks again",
			answers: []http.HandlerFunc{hangUp, stsCredentials}, status: 200, asked: 2, took: maxBackoff,
		},
		{
			name: "hung up on", why: "three times in all",
			answers: []http.HandlerFunc{hangUp}, status: 503, reason: "STS could not be asked", asked: 3,
			took: 2 * maxBackoff,
		},
		{
			name: "denied", why: "asking again changes nothing",
			answers: []http.HandlerFunc{stsError(403, "AccessDenied")}, status: 503, reason: reasonAccessDenied,
			asked: 1,
		},
		{
			name: "policy too large", why: "likewise",
			answers: []http.HandlerFunc{stsError(400, "PackedPolicyTooLarge")}, status: 503,
			reason: "STS answered PackedPolicyTooLarge", asked: 1,
		},
		{
			name: "no code", why: "an error all the same",
			answers: []http.HandlerFunc{stsError(400, "")}, status: 503, reason: "STS answered UnknownError",
			asked: 1,
		},
		{
			name: "a page", why: "a proxy's",
			answers: []http.HandlerFunc{reply(403, "<html>canary")}, status: 503,
			reason: "STS answered 403 with something that is no answer of STS", asked: 1,
		},
		{
			name: "a lease, cut off", why: "likewise",
			answers: []http.HandlerFunc{reply(200, "<AssumeRoleResponse><AssumeRoleResult>canary<")},
			status:  503, reason: "STS answered 200 with something that is no answer of STS", asked: 1,
		},
		{
			name: "garbage", why: "the SDK makes an empty answer of it",
			answers: []http.HandlerFunc{reply(200, "canary")}, status: 503,
			reason: "STS answered without credentials", asked: 1,
		},
		{
			name: "nothing", why: "likewise",
			answers: []http.HandlerFunc{reply(200, "")}, status: 503,
			reason: "STS answered without credentials", asked: 1,
		},
		{
			name: "no credentials", why: "no lease of nothing",
			answers: []http.HandlerFunc{stsSession("")}, status: 503,
			reason: "STS answered without credentials", asked: 1,
		},
		{
			name: "half the credentials", why: "likewise",
			answers: []http.HandlerFunc{stsSession("<Credentials><AccessKeyId>x</AccessKeyId></Credentials>")},
			status:  503, reason: "STS answered without credentials", asked: 1,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGrant(t)
				asked := g.asking(t, row.answers...)
				start := time.Now()
				got := g.post(event(""))
				if took := time.Since(start); took != row.took || asked() != row.asked {
					t.Errorf("%s: asked %d times, took %s; want %d and %s", row.why, asked(), took, row.asked, row.took)
				}
				if got.StatusCode != row.status {
					t.Fatalf("%s: %d %s %s", row.why, got.StatusCode, got.Body, g.log.String())
				}
				if row.status == 200 {
					if got.fields["SecretAccessKey"] != secretKey || got.fields["SessionToken"] != token ||
						got.fields["Expiration"] != "2026-01-01T18:19:05Z" {
						t.Errorf("the lease is %s", got.Body)
					}
					return
				}
				const message = "no lease can be had at the moment: try again in some seconds"
				after := got.Headers["Retry-After"]
				if got.code() != "Unavailable" || got.fields["message"] != message || after != "2" {
					t.Errorf("%s: %s, Retry-After %q", row.why, got.Body, after)
				}
				if reason := g.logged()["reason"]; reason != row.reason {
					t.Errorf("%s: reason %q", row.why, reason)
				}
			})
		})
	}
}

// reasonAccessDenied says what to check.
const reasonAccessDenied = "STS answered AccessDenied. " +
	"New roles are not known everywhere within a minute of a deployment. " +
	"Later check the leased role's trust policy and this function's policy " +
	"for sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity"

// TestDeadlineOfTheInvocation: a function that has less than 3 seconds left answers before it is ended.
func TestDeadlineOfTheInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrant(t)
		g.asking(t, hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		got, err := g.handle(ctx, event(""))
		if took := time.Since(start); err != nil || got.StatusCode != 503 || took != time.Second {
			t.Errorf("%d, %v after %s", got.StatusCode, err, took)
		}
	})
}

// TestAssumeRoleRequest has the whole request to STS, as STS reads it.
func TestAssumeRoleRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrant(t, func(s *settings) { s.duration = time.Hour })
		var form url.Values
		g.asking(t, func(w http.ResponseWriter, r *http.Request) {
			form = r.PostForm
			stsCredentials(w, r)
		})
		r := event("")
		r.RequestContext.Authorizer["principalId"] = "ada@example.com"
		if got := g.post(r); got.StatusCode != 200 {
			t.Fatalf("%d %s", got.StatusCode, got.Body)
		}
		document, err := sessionPolicy(functionARN, request{}.address)
		if err != nil {
			t.Fatal(err)
		}
		const name = "sha256-b5fc85e55755f9e0d030a10ab4429b6b2944855f"
		want := map[string]string{
			"Action":              "AssumeRole",
			"Version":             "2011-06-15",
			"RoleArn":             roleARN,
			"RoleSessionName":     name,
			"SourceIdentity":      name,
			"DurationSeconds":     "3600",
			"Policy":              document,
			"Tags.member.1.Key":   "furl:function",
			"Tags.member.1.Value": "summarise",
		}
		got := map[string]string{}
		for field, values := range form {
			got[field] = strings.Join(values, " and ")
		}
		if !maps.Equal(got, want) {
			t.Errorf("STS was asked for\n%v, want\n%v", got, want)
		}
	})
}

// TestReasonOf has errors that come before there is a connection.
func TestReasonOf(t *testing.T) {
	for _, row := range []struct {
		name, why string
		err       error
		want      string
	}{
		{name: "unknown", why: "the error is not quoted", err: errors.New("canary"), want: "STS could not be asked"},
		{name: "cancelled", why: "not a matter of time", err: context.Canceled, want: "STS could not be asked"},
		{
			name: "deadline", why: "however deep",
			err: fmt.Errorf("canary: %w", context.DeadlineExceeded), want: "STS did not answer within 3s",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGrant(t)
			g.answering(nil, row.err)
			if got := g.post(event("")); got.StatusCode != 503 || g.logged()["reason"] != row.want {
				t.Errorf("%s: %d, %v", row.why, got.StatusCode, g.logged()["reason"])
			}
		})
	}
}
