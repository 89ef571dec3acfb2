package local

import (
	"encoding/json"
	"fmt"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// decode reads a resource's resolved properties into a struct whose fields are named as CloudFormation names them; properties
// that it has no field for are passed over.
func decode(resource *assembly.Resource, into any) error {
	properties, err := resource.Properties()
	if err != nil {
		return err
	}
	text, err := json.Marshal(properties)
	if err != nil {
		return fmt.Errorf("properties of %s: %w", resource.Path, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("properties of %s (%s): %w", resource.Path, resource.Type, err)
	}
	return nil
}
