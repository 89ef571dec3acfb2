package furl

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/furl-cdk/furl/lambdas"
)

// withEdgeCode writes an edge function's sources to a fresh folder, hands them over as an asset and removes the folder.
// CDK copies an asset when the function that has it is made, unless it is told not to (cdk synth --no-staging). CDK
// remembers the hash of a path that it has seen, so the folder is a fresh one each time. The hash itself depends on the
// contents only.
func withEdgeCode(scope constructs.Construct, folder string, generated map[string]string, use func(awslambda.Code)) {
	dir, err := os.MkdirTemp("", "furl-"+folder+"-")
	if err != nil {
		panic(fmt.Errorf("stage the edge function %s: %w", folder, err))
	}
	if scope.Node().TryGetContext(jsii.String("aws:cdk:disable-asset-staging")) == nil {
		defer os.RemoveAll(dir)
	}
	if err := copySources(dir, folder, generated); err != nil {
		panic(fmt.Errorf("stage the edge function %s: %w", folder, err))
	}
	use(awslambda.Code_FromAsset(jsii.String(dir), nil))
}

func copySources(dir, folder string, generated map[string]string) error {
	entries, err := lambdas.EdgeFunctions.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		data, err := lambdas.EdgeFunctions.ReadFile(folder + "/" + entry.Name())
		if err != nil {
			return err
		}
		if module, ok := generated[entry.Name()]; ok {
			data = []byte(module)
		}
		file := filepath.Join(dir, entry.Name())
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
		// World-readable whatever the umask, since the asset's zip keeps the mode and Lambda runs as another user.
		if err := os.Chmod(file, 0o644); err != nil {
			return err
		}
	}
	return nil
}
