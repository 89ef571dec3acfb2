package secret

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Passphrase"

// serving is a Reader whose SDK client gets the status and body that a function returns.
func serving(answer func(*http.Request) (int, string)) *Reader {
	return &Reader{client: secretsmanager.New(secretsmanager.Options{
		Region: "eu-west-1", HTTPClient: httpClient(answer),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "example"}, nil
		}),
	})}
}

type httpClient func(*http.Request) (int, string)

func (c httpClient) Do(r *http.Request) (*http.Response, error) {
	status, body := c(r)
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body:   io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

// TestReadKeepsAValue: a value is kept for 5 minutes, from when that secret was read.
func TestReadKeepsAValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, version := 0, "first"
		r := serving(func(r *http.Request) (int, string) {
			calls++
			body, _ := io.ReadAll(r.Body)
			value := version
			if strings.Contains(string(body), "Other") {
				value += " other"
			}
			return 200, `{"SecretString":"` + value + `"}`
		})
		read := func(name, want string, wantCalls int) {
			t.Helper()
			got, err := r.Read(t.Context(), name)
			if err != nil || string(got) != want || calls != wantCalls {
				t.Errorf("got %q, %v after %d calls, want %q after %d", got, err, calls, want, wantCalls)
			}
		}
		read(arn, "first", 1)
		version = "second"
		time.Sleep(5*time.Minute - time.Nanosecond)
		read(arn, "first", 1)
		read(arn+"Other", "second other", 2)
		time.Sleep(time.Nanosecond)
		read(arn, "second", 3)
		read(arn+"Other", "second other", 3)
	})
}

// TestReadKeepsNoFailure: the next call asks again, and a failure hands out no value that was kept before.
func TestReadKeepsNoFailure(t *testing.T) {
	const denied = `{"__type":"AccessDeniedException","message":"no"}`
	for _, row := range []struct {
		name, why string
		status    int
		body      string
	}{
		{"denied", "as it is for a moment after a deployment", 400, denied},
		{"no value", "an empty passphrase would be everybody's", 200, `{}`},
		{"an empty value", "likewise", 200, `{"SecretString":""}`},
		{"a binary value", "not what the demo stores", 200, `{"SecretBinary":"c2VjcmV0"}`},
		{"garbage", "likewise", 200, `<html>`},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				status, body := row.status, row.body
				r := serving(func(*http.Request) (int, string) { return status, body })
				if got, err := r.Read(t.Context(), arn); err == nil || got != nil {
					t.Errorf("%s: got %q, %v", row.why, got, err)
				}
				status, body = 200, `{"SecretString":"right"}`
				if got, err := r.Read(t.Context(), arn); err != nil || string(got) != "right" {
					t.Errorf("after %s: got %q, %v", row.name, got, err)
				}
				time.Sleep(maxAge)
				status, body = row.status, row.body
				if got, err := r.Read(t.Context(), arn); err == nil || got != nil {
					t.Errorf("an old value: got %q, %v", got, err)
				}
			})
		})
	}
}

func TestReadWithoutARN(t *testing.T) {
	r := serving(func(*http.Request) (int, string) {
		t.Error("Secrets Manager was asked")
		return 200, `{"SecretString":"x"}`
	})
	if got, err := r.Read(t.Context(), ""); err == nil || got != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestReadWaits: a call takes no longer than 5 seconds, and no longer than its context lasts.
func TestReadWaits(t *testing.T) {
	for _, row := range []struct {
		name, why   string
		given, want time.Duration
	}{
		{"long", "the reader's own bound", time.Minute, 5 * time.Second},
		{"short", "the invocation's", time.Second, time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := serving(func(r *http.Request) (int, string) { <-r.Context().Done(); return 0, "" })
				ctx, cancel := context.WithTimeout(t.Context(), row.given)
				defer cancel()
				start := time.Now()
				_, err := r.Read(ctx, arn)
				if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != row.want {
					t.Errorf("%s: %v after %s", row.why, err, took)
				}
			})
		})
	}
}

// TestReadTogether: many readers at once make one call.
func TestReadTogether(t *testing.T) {
	calls, begin := 0, make(chan struct{})
	r := serving(func(*http.Request) (int, string) {
		<-begin
		calls++ // under the reader's lock
		return 200, `{"SecretString":"right"}`
	})
	var readers sync.WaitGroup
	for range 50 {
		readers.Go(func() {
			if got, err := r.Read(t.Context(), arn); err != nil || string(got) != "right" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	close(begin)
	readers.Wait()
	if calls != 1 {
		t.Errorf("Secrets Manager was asked %d times", calls)
	}
}
