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

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// stsError and stsSession are answers as the query protocol of STS has them (STS API Reference, AssumeRole and CommonErrors). The messages are not to be logged.
func stsError(status int, code string) http.HandlerFunc {
	return reply(status, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>`+code+`</Code>`+
		`<Message>canary of STS</Message></Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>`)
}

func stsSession(fields string) http.HandlerFunc {
	return reply(200, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>`+fields+`</AssumeRoleResult>`+
		`<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></AssumeRoleResponse>`)
}

var stsCredentials = stsSession(`<Credentials><AccessKeyId>` + accessKeyID + `</AccessKeyId><SecretAccessKey>` + secretKey + `</SecretAccessKey>` +
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
	tick(w, r) // an answer that overtakes the end of the request is another matter
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

// TestSTS: whatever STS does, through the SDK and its retries, there is an answer within 3 seconds.
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
		{"at once", "a lease", []http.HandlerFunc{stsCredentials}, 200, "", 1, 0},
		{"slowly", "still in time", []http.HandlerFunc{after(2*time.Second, stsCredentials)}, 200, "", 1, 2 * time.Second},
		{"too late", "nobody waits longer", []http.HandlerFunc{after(3*time.Second+time.Millisecond, stsCredentials)}, 503, "STS did not answer within 3s", 1, 3 * time.Second},
		{"never", "likewise", []http.HandlerFunc{hang}, 503, "STS did not answer within 3s", 1, 3 * time.Second},
		{"drop by drop", "the bound is for the whole answer", []http.HandlerFunc{trickle}, 503, "STS did not answer within 3s", 1, 3 * time.Second},
		{"throttled once", "the SDK asks again", []http.HandlerFunc{throttled, stsCredentials}, 200, "", 2, maxBackoff},
		{"throttled", "three times in all, and the log says why", []http.HandlerFunc{throttled}, 503, "STS throttles this account", 3, 2 * maxBackoff},
		{"throttled by another name", "likewise", []http.HandlerFunc{stsError(400, "RequestLimitExceeded")}, 503, "STS throttles this account", 3, 2 * maxBackoff},
		{"slowly throttled", "the third attempt is cut off", []http.HandlerFunc{after(1100*time.Millisecond, throttled)}, 503, "STS did not answer within 3s", 2, 3 * time.Second},
		{"503", "three times in all", []http.HandlerFunc{unavailable}, 503, "STS answered ServiceUnavailable", 3, 2 * maxBackoff},
		{"503 once", "the SDK asks again", []http.HandlerFunc{unavailable, stsCredentials}, 200, "", 2, maxBackoff},
		{"hung up on once", "the SDK asks again", []http.HandlerFunc{hangUp, stsCredentials}, 200, "", 2, maxBackoff},
		{"hung up on", "three times in all", []http.HandlerFunc{hangUp}, 503, "STS could not be asked", 3, 2 * maxBackoff},
		{"denied", "asking again changes nothing", []http.HandlerFunc{stsError(403, "AccessDenied")}, 503, reasonAccessDenied, 1, 0},
		{"policy too large", "likewise", []http.HandlerFunc{stsError(400, "PackedPolicyTooLarge")}, 503, "STS answered PackedPolicyTooLarge", 1, 0},
		{"no code", "an error all the same", []http.HandlerFunc{stsError(400, "")}, 503, "STS answered UnknownError", 1, 0},
		{"a page", "a proxy's", []http.HandlerFunc{reply(403, "<html>canary")}, 503, "STS answered 403 with something that is no answer of STS", 1, 0},
		{"a lease, cut off", "likewise", []http.HandlerFunc{reply(200, "<AssumeRoleResponse><AssumeRoleResult>canary<")}, 503, "STS answered 200 with something that is no answer of STS", 1, 0},
		{"garbage", "the SDK makes an empty answer of it", []http.HandlerFunc{reply(200, "canary")}, 503, "STS answered without credentials", 1, 0},
		{"nothing", "likewise", []http.HandlerFunc{reply(200, "")}, 503, "STS answered without credentials", 1, 0},
		{"no credentials", "no lease of nothing", []http.HandlerFunc{stsSession("")}, 503, "STS answered without credentials", 1, 0},
		{"half the credentials", "likewise", []http.HandlerFunc{stsSession("<Credentials><AccessKeyId>x</AccessKeyId></Credentials>")}, 503, "STS answered without credentials", 1, 0},
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
					if got.fields["SecretAccessKey"] != secretKey || got.fields["SessionToken"] != token || got.fields["Expiration"] != "2026-01-01T18:19:05Z" {
						t.Errorf("the lease is %s", got.Body)
					}
					return
				}
				const message = "no lease can be had at the moment: try again in some seconds" // and nothing of the reason
				if got.code() != "Unavailable" || got.fields["message"] != message || got.Headers["Retry-After"] != "2" || g.logged()["reason"] != row.reason {
					t.Errorf("%s: %s, Retry-After %q, reason %q", row.why, got.Body, got.Headers["Retry-After"], g.logged()["reason"])
				}
			})
		})
	}
}

// reasonAccessDenied says what to check.
const reasonAccessDenied = "STS answered AccessDenied: within a minute of a deployment, new roles are not known everywhere yet; later, check the leased " +
	"role's trust policy and this function's policy for sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity"

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

// TestAssumeRoleRequest is all that STS is asked for, as it reads it.
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
			"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": roleARN, "RoleSessionName": name, "SourceIdentity": name,
			"DurationSeconds": "3600", "Policy": document, "Tags.member.1.Key": "furl:function", "Tags.member.1.Value": "summarise",
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

// TestReasonOf: errors that come from before there is a connection.
func TestReasonOf(t *testing.T) {
	for _, row := range []struct {
		name, why string
		err       error
		want      string
	}{
		{"unknown", "in no words of its own", errors.New("canary"), "STS could not be asked"},
		{"cancelled", "not a matter of time", context.Canceled, "STS could not be asked"},
		{"deadline", "however deep", fmt.Errorf("canary: %w", context.DeadlineExceeded), "STS did not answer within 3s"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGrant(t)
			g.assumeRole = func(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
				return nil, row.err
			}
			if got := g.post(event("")); got.StatusCode != 503 || g.logged()["reason"] != row.want {
				t.Errorf("%s: %d, %v", row.why, got.StatusCode, g.logged()["reason"])
			}
		})
	}
}
