package furl

import (
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/furl-cdk/furl/lambdas"
)

// withEdgeCode hands over an edge function's sources as an asset.
func withEdgeCode(scope constructs.Construct, folder string, generated map[string]string, use func(awslambda.Code)) {
	withAsset(scope, folder, func(dir string) error { return copySources(dir, folder, generated) }, use)
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
		if err := writeAsset(filepath.Join(dir, entry.Name()), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
