package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const maxAnswerBytes = 64 << 10

// GrantError is an answer of /grant other than 200.
type GrantError struct {
	StatusCode    int
	Code, Message string        // as the answer has them
	RetryAfter    time.Duration // how long the caller should wait, 0 if the answer does not say
}

func (e *GrantError) Error() string {
	return fmt.Sprintf("no lease: %d %s: %s", e.StatusCode, e.Code, e.Message)
}

// request asks for a lease, once.
func (p *GrantProvider) request(ctx context.Context) (*Lease, error) {
	r, err := p.newRequest(ctx)
	if err != nil {
		return nil, err
	}
	sender := http.Client{}
	if p.HTTPClient != nil {
		sender = *p.HTTPClient
	}
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sentAt := time.Now().Round(0) // by the wall clock, since the other one stands still in sleep
	response, err := sender.Do(r)
	if err != nil {
		var failure *url.Error
		if errors.As(err, &failure) {
			err = failure.Err // without the URL, whose query may hold a token
		}
		return nil, fmt.Errorf("ask for a lease: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return nil, fmt.Errorf("read the lease: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, grantError(response, answer, r.Header)
	}
	return readLease(answer, sentAt)
}

// newRequest makes the POST to /grant. Authorize has seen it.
func (p *GrantProvider) newRequest(ctx context.Context) (*http.Request, error) {
	if err := checkSecure(p.GrantURL); err != nil {
		return nil, fmt.Errorf("GrantURL: %w", err)
	}
	body, err := json.Marshal(struct {
		Function string `json:"function,omitempty"`
	}{p.Function})
	if err != nil {
		return nil, fmt.Errorf("ask for a lease: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.GrantURL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask for a lease: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if p.Authorize != nil {
		if err := p.Authorize(r); err != nil {
			return nil, fmt.Errorf("authorize the request for a lease: %w", err)
		}
	}
	return r, nil
}

// grantError reads a refusal. The message is replaced if it quotes a word of the request's headers. API Gateway's
// messages can quote the Authorization header or the canonical request.
func grantError(response *http.Response, answer []byte, requestHeader http.Header) error {
	var refusal struct{ Error, Message string }
	if json.Unmarshal(answer, &refusal) != nil || refusal.Error == "" ||
		quotes(refusal.Error+" "+refusal.Message, requestHeader) {
		refusal.Error, refusal.Message = http.StatusText(response.StatusCode),
			"the answer is not that of a CredentialGrant, or quotes a header: check GrantURL and Authorize"
	}
	failure := &GrantError{StatusCode: response.StatusCode, Code: refusal.Error, Message: refusal.Message}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		failure.RetryAfter = time.Duration(seconds) * time.Second
	}
	return failure
}

// quotes reports whether the text has a word of these headers in it. Words of up to 7 bytes do not count.
func quotes(text string, headers http.Header) bool {
	for name, values := range headers {
		for word := range strings.FieldsSeq(strings.Join(values, " ")) {
			if name != "Content-Type" && len(word) > 7 && strings.Contains(text, word) {
				return true
			}
		}
	}
	return false
}

// readLease reads the answer to a request that was sent at sentAt. The lease ends too early here by the time that the
// answer took. It never ends too late.
func readLease(answer []byte, sentAt time.Time) (*Lease, error) {
	var granted struct {
		FuncUrl, Region, AccessKeyId, SecretAccessKey, SessionToken string
		Expiration, ServerTime                                      time.Time
	}
	if json.Unmarshal(answer, &granted) != nil {
		return nil, errors.New("the answer of /grant is not a lease: check GrantURL")
	}
	for name, value := range map[string]string{
		"FuncUrl": granted.FuncUrl, "Region": granted.Region, "AccessKeyId": granted.AccessKeyId,
		"SecretAccessKey": granted.SecretAccessKey, "SessionToken": granted.SessionToken,
	} {
		if value == "" {
			return nil, fmt.Errorf("the answer of /grant has no %s", name)
		}
	}
	if granted.Expiration.IsZero() || granted.ServerTime.IsZero() {
		return nil, errors.New("the answer of /grant has no Expiration or no ServerTime")
	}
	if err := checkSecure(granted.FuncUrl); err != nil {
		return nil, fmt.Errorf("the answer of /grant: FuncUrl: %w", err)
	}
	duration := granted.Expiration.Sub(granted.ServerTime)
	if duration <= 0 {
		return nil, errors.New("the answer of /grant has an Expiration that is not after its ServerTime")
	}
	return &Lease{
		FunctionURL: granted.FuncUrl, Region: granted.Region, Skew: granted.ServerTime.Sub(sentAt),
		Credentials: aws.Credentials{
			AccessKeyID:     granted.AccessKeyId,
			SecretAccessKey: granted.SecretAccessKey,
			SessionToken:    granted.SessionToken,
			Source:          "furl.GrantProvider",
			CanExpire:       true,
			Expires:         sentAt.Add(duration),
		},
	}, nil
}
