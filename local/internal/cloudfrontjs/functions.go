package cloudfrontjs

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Functions are the CloudFront Functions of an assembly. Each is made when it is first asked for, once for all
// distributions. Functions is not safe for concurrent use.
type Functions struct {
	assembly *assembly.Assembly
	scratch  string
	log      *journal.Log
	gaps     *assembly.Gaps
	byARN    map[string]*lambda.Function // those asked for
}

// NewFunctions takes the folder for the functions' code, and the log that the functions write to, from many goroutines.
// Parts of functions that are not simulated become gaps.
func NewFunctions(a *assembly.Assembly, scratch string, log *journal.Log, gaps *assembly.Gaps) *Functions {
	return &Functions{assembly: a, scratch: scratch, log: log, gaps: gaps, byARN: map[string]*lambda.Function{}}
}

// At makes the function of an ARN ready to run.
func (f *Functions) At(arn string) (*lambda.Function, error) {
	if known, ok := f.byARN[arn]; ok {
		return known, nil
	}
	for _, resource := range f.assembly.Resources("AWS::CloudFront::Function") {
		ref, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		if ref != arn {
			continue
		}
		function, err := f.read(resource, arn)
		if err == nil {
			f.byARN[arn] = function
		}
		return function, err
	}
	return nil, fmt.Errorf("CloudFront Function %s is not in the assembly, so it cannot run here", arn)
}

// Close ends every process.
func (f *Functions) Close() error {
	var errs []error
	for _, function := range f.byARN {
		errs = append(errs, function.Close())
	}
	return errors.Join(errs...)
}

// read reads an AWS::CloudFront::Function.
func (f *Functions) read(resource *assembly.Resource, arn string) (*lambda.Function, error) {
	var properties struct {
		AutoPublish        bool
		FunctionCode, Name string
		FunctionConfig     struct {
			KeyValueStoreAssociations []struct{ KeyValueStoreARN string }
			Runtime                   string
		}
	}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	if !properties.AutoPublish {
		const unpublished = "AutoPublish is not true, and CloudFront associates published functions only"
		return nil, fmt.Errorf("CloudFront Function %s: %s", resource.Path, unpublished)
	}
	var stores []string
	for _, association := range properties.FunctionConfig.KeyValueStoreAssociations {
		stores = append(stores, association.KeyValueStoreARN)
	}
	store, err := f.keyValueStore(stores)
	if err != nil {
		return nil, fmt.Errorf("CloudFront Function %s: %w", resource.Path, err)
	}
	if originChange.MatchString(properties.FunctionCode) {
		f.gaps.Add(resource.Path, "origin changes of a CloudFront Function throw, so its requests get 503")
	}
	return New(Config{
		Path: resource.Path, Name: properties.Name, ARN: arn,
		Runtime: properties.FunctionConfig.Runtime, Code: properties.FunctionCode,
		KeyValueStore: store, Scratch: f.scratch, Log: f.log,
	})
}

// originChange finds calls that change the origin of a request (CloudFront Developer Guide, helper-functions-origin-
// modification). It also finds them in comments.
var originChange = regexp.MustCompile(`\.(createRequestOriginGroup|selectRequestOriginById|updateRequestOrigin)\(`)
