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

// keep is how long a value may be out of date.
const keep = 5 * time.Minute

// Reader reads secrets. The zero value is ready, and safe for concurrent use.
type Reader struct {
	mu     sync.Mutex
	client *secretsmanager.Client
	values map[string]value
}

type value struct {
	bytes []byte
	until time.Time
}

// Read returns the value of the secret with this ARN. A failure is not kept.
func (r *Reader) Read(ctx context.Context, arn string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.values[arn]; ok && time.Now().Before(known.until) {
		return known.bytes, nil
	}
	if r.client == nil {
		sdk, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, fmt.Errorf("configure the AWS SDK: %w", err)
		}
		r.client, r.values = secretsmanager.NewFromConfig(sdk), map[string]value{}
	}
	output, err := r.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return nil, fmt.Errorf("read the secret %s: %w", arn, err)
	}
	text := aws.ToString(output.SecretString)
	if text == "" {
		return nil, errors.New("the secret " + arn + " is empty")
	}
	r.values[arn] = value{[]byte(text), time.Now().Add(keep)}
	return []byte(text), nil
}
