package cloudfrontjs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// KeyValueStore is an AWS::CloudFront::KeyValueStore as a function sees it.
type KeyValueStore struct {
	ID    string            `json:"id"`
	Pairs map[string]string `json:"pairs"`
}

// The sizes in bytes that CloudFront takes (CloudFront Developer Guide, cloudfront-limits, "Quotas on key value
// stores").
const (
	maxKey   = 512
	maxValue = 1 << 10
	maxStore = 5 << 20
)

// keyValueStore reads the store that a function's FunctionConfig associates. It is nil without one.
func (f *Functions) keyValueStore(arns []string) (*KeyValueStore, error) {
	switch len(arns) {
	case 0:
		return nil, nil
	case 1:
	default:
		return nil, errors.New("it has several key value stores, and CloudFront takes one")
	}
	for _, resource := range f.assembly.Resources("AWS::CloudFront::KeyValueStore") {
		if arn, err := resource.Attribute("Arn"); err != nil || arn != arns[0] {
			continue
		}
		store, err := f.readStore(resource)
		if err != nil {
			return nil, fmt.Errorf("key value store %s: %w", resource.Path, err)
		}
		return store, nil
	}
	return nil, fmt.Errorf("its key value store %s is not in the assembly", arns[0])
}

// readStore reads a store and imports its content, if that is an asset of the assembly.
func (f *Functions) readStore(resource *assembly.Resource) (*KeyValueStore, error) {
	id, err := resource.Attribute("Id")
	if err != nil {
		return nil, err
	}
	var properties struct {
		ImportSource struct{ SourceArn, SourceType string }
	}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	store := &KeyValueStore{ID: id, Pairs: map[string]string{}}
	source := properties.ImportSource.SourceArn
	if source == "" {
		return store, nil
	}
	_, key, _ := strings.Cut(source, "/") // arn:aws:s3:::BUCKET/KEY
	file, ok := resource.Stack.Asset(key)
	if !ok {
		f.gaps.Add(resource.Path, "key value store that is empty, since %s is not in the assembly", source)
		return store, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read its content: %w", err)
	}
	return store, store.importJSON(content)
}

// importJSON adds the pairs of a file (CloudFront Developer Guide, kvs-with-functions-create-s3-kvp).
func (s *KeyValueStore) importJSON(content []byte) error {
	var file struct {
		Data []struct{ Key, Value *string }
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return fmt.Errorf("its content is not {\"data\": [{\"key\": …, \"value\": …}]} with strings: %w", err)
	}
	size := 0
	for i, pair := range file.Data {
		switch {
		case pair.Key == nil || pair.Value == nil:
			return fmt.Errorf("pair %d of its content has no key or no value", i+1)
		case len(*pair.Key) > maxKey:
			return fmt.Errorf("the key of pair %d has %d bytes, and CloudFront takes %d at most",
				i+1, len(*pair.Key), maxKey)
		case len(*pair.Value) > maxValue:
			return fmt.Errorf("the value of pair %d has %d bytes, and CloudFront takes %d at most",
				i+1, len(*pair.Value), maxValue)
		}
		size += len(*pair.Key) + len(*pair.Value)
		s.Pairs[*pair.Key] = *pair.Value
	}
	if size > maxStore {
		return fmt.Errorf("its content has %d bytes, and CloudFront takes %d at most", size, maxStore)
	}
	return nil
}
