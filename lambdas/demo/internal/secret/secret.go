// Package secret reads secrets of Secrets Manager, and keeps each for some minutes.
package secret

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const (
	// maxAge is how long a value may be out of date.
	maxAge = 5 * time.Minute

	// timeout is for a call of Secrets Manager with all its retries. It is short because a user waits for the answer.
	timeout = 5 * time.Second
)

// Reader reads secrets. The zero value is ready, and safe for concurrent use. Callers wait for each other, which costs
// nothing in a process that has one request at a time.
type Reader struct {
	mu     sync.Mutex
	client *secretsmanager.Client
	values map[string]value
}

type value struct {
	bytes   []byte
	expires time.Time
}

// Read returns the value of the secret with this ARN. A failure is not kept.
func (r *Reader) Read(ctx context.Context, arn string) ([]byte, error) {
	if arn == "" {
		return nil, errors.New("read a secret: its ARN is not set")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.values[arn]; ok && time.Now().Before(known.expires) {
		return known.bytes, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if r.client == nil {
		sdk, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, fmt.Errorf("configure the AWS SDK: %w", err)
		}
		r.client = secretsmanager.NewFromConfig(sdk)
	}
	output, err := r.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return nil, fmt.Errorf("read the secret %s: %w", arn, err)
	}
	text := aws.ToString(output.SecretString)
	if text == "" {
		return nil, fmt.Errorf("the secret %s is empty", arn)
	}
	if r.values == nil {
		r.values = map[string]value{}
	}
	r.values[arn] = value{[]byte(text), time.Now().Add(maxAge)}
	return r.values[arn].bytes, nil
}
