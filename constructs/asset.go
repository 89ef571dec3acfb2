package furl

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// withAsset has a function's files written to a fresh folder, hands the folder over as an asset and removes it. CDK
// copies an asset when the function that has it is made. It copies none with `cdk synth --staging=false`, so the folder
// is then kept. CDK remembers the hash of a path that it has seen, so a path never gets other contents. The hash itself
// depends on the contents only.
func withAsset(scope constructs.Construct, name string, write func(dir string) error, use func(awslambda.Code)) {
	isStaged := scope.Node().TryGetContext(jsii.String("aws:cdk:disable-asset-staging")) == nil
	parent := ""
	if !isStaged {
		parent = *awscdk.Stage_Of(scope).Outdir()
	}
	dir, err := os.MkdirTemp(parent, "furl-"+name+"-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = write(dir)
	}
	folder := dir
	if err == nil && !isStaged {
		folder, err = keep(dir, name)
	}
	if err != nil {
		panic(fmt.Errorf("stage the Lambda function %s: %w", name, err))
	}
	use(awslambda.Code_FromAsset(jsii.String(folder), nil))
}

// keep renames a folder in the cloud assembly for its contents. The next synthesis has the same path for the same
// contents, so `furl local --synth` leaves the function running. A folder of that name stays as it is, since a
// function may run its program.
func keep(dir, name string) (string, error) {
	hash := *awscdk.FileSystem_Fingerprint(jsii.String(dir), nil)
	kept := filepath.Join(filepath.Dir(dir), "furl-"+name+"-"+hash)
	if _, err := os.Stat(kept); err == nil {
		return kept, nil
	}
	return kept, os.Rename(dir, kept)
}

// writeAsset writes a file of an asset. The asset's zip keeps the mode, and Lambda runs as another user. So the mode is
// set under any umask.
func writeAsset(file string, data []byte, mode os.FileMode) error {
	if err := os.WriteFile(file, data, mode); err != nil {
		return err
	}
	return os.Chmod(file, mode)
}
