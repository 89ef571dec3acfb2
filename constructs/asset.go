package furl

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// withAsset has a function's files written to a fresh folder, hands the folder over as an asset and removes it. CDK
// copies an asset when the function that has it is made, unless it is told not to (cdk synth --no-staging). CDK
// remembers the hash of a path that it has seen, so the folder is a fresh one each time. The hash itself depends on
// the contents only.
func withAsset(scope constructs.Construct, name string, write func(dir string) error, use func(awslambda.Code)) {
	dir, err := os.MkdirTemp("", "furl-"+name+"-")
	if err == nil {
		if scope.Node().TryGetContext(jsii.String("aws:cdk:disable-asset-staging")) == nil {
			defer os.RemoveAll(dir)
		}
		err = write(dir)
	}
	if err != nil {
		panic(fmt.Errorf("stage the Lambda function %s: %w", name, err))
	}
	use(awslambda.Code_FromAsset(jsii.String(dir), nil))
}

// writeAsset writes a file of an asset. The asset's zip keeps the mode, and Lambda runs as another user. So the mode is
// set under any umask.
func writeAsset(file string, data []byte, mode os.FileMode) error {
	if err := os.WriteFile(file, data, mode); err != nil {
		return err
	}
	return os.Chmod(file, mode)
}
