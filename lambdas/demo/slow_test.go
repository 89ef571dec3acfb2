package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowPost: the answer comes after the given time, and has the caller and the body.
func TestSlowPost(t *testing.T) {
	for _, row := range []struct {
		name, why, body string
		encoded         bool
		want            string
	}{
		{"Japanese", "text stays text", "こんにちは", false, "こんにちは"},
		{"Japanese in base64", "as Lambda hands it over for a type it does not know", "こんにちは", true, "こんにちは"},
		{"markup", "the page shows it as text, and people read it", "<b>&", false, "<b>&"},
		{"empty", "no body", "", false, ""},
		{"binary", "not text", "\xff\xfe\x00", true, "(3 bytes that are not text)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := event("POST", "/slow", "seconds=40")
				r.Body, r.IsBase64Encoded = row.body, row.encoded
				if row.encoded {
					r.Body = base64.StdEncoding.EncodeToString([]byte(row.body))
				}
				start := time.Now()
				got, err := handle(t.Context(), r)
				if took := time.Since(start); err != nil || got.StatusCode != 200 || took != 40*time.Second ||
					got.Headers["content-type"] != "application/json" {
					t.Fatalf("%d %v, %v after %s", got.StatusCode, got.Headers, err, took)
				}
				var fields map[string]string
				want := map[string]string{
					"greeting": "Hello from Lambda!", "caller": "edge-signer-role/us-east-1.edge", "body": row.want,
				}
				if err := json.Unmarshal([]byte(got.Body), &fields); err != nil || !maps.Equal(fields, want) {
					t.Errorf("%s: %s, %v", row.why, got.Body, err)
				}
				if strings.Contains(got.Body, `\u003c`) {
					t.Errorf("%s: %s", row.why, got.Body)
				}
			})
		})
	}
}

func TestSlowPostRefuses(t *testing.T) {
	for _, query := range []string{"", "seconds=-1", "seconds=56", "seconds=1.5"} {
		if got, err := handle(t.Context(), event("POST", "/slow", query)); err != nil || got.StatusCode != 400 {
			t.Errorf("%q: %d %s, %v", query, got.StatusCode, got.Body, err)
		}
	}
	broken := event("POST", "/slow", "seconds=0")
	broken.Body, broken.IsBase64Encoded = "not base64!", true
	if _, err := handle(t.Context(), broken); err == nil {
		t.Error("a body that is not base64 was taken")
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		ended, end := context.WithCancel(ctx)
		time.AfterFunc(time.Second, end)
		if _, err := handle(ended, event("POST", "/slow", "seconds=2")); !errors.Is(err, context.Canceled) {
			t.Errorf("ended in the middle: %v", err)
		}
	})
}

// TestCaller: the caller is a role and its session, without the account's number.
func TestCaller(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:sts::111122223333:assumed-role/leased/ada": "leased/ada",
		"arn:aws:iam::111122223333:user/ada":                "",
		"arn:aws:iam::111122223333:root":                    "",
		"":                                                  "",
	} {
		r := event("POST", "/slow", "seconds=0")
		r.RequestContext.Authorizer.IAM.UserARN = arn
		if got := caller(r); got != want {
			t.Errorf("%q: %q", arn, got)
		}
	}
	r := event("POST", "/slow", "seconds=0")
	r.RequestContext.Authorizer.IAM = nil
	if got := caller(r); got != "" {
		t.Errorf("nobody is %q", got)
	}
	r.RequestContext.Authorizer = nil
	if got := caller(r); got != "" {
		t.Errorf("nobody is %q", got)
	}
}
