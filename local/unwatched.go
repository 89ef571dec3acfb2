package local

import (
	"path/filepath"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// unwatched are the construct paths of functions and layers whose code `cdk synth` copied into the assembly, with
// --watch. A change in the app does not reach the copy. The command of --synth copies it again, and that of --run
// stands in its place.
func unwatched(a *assembly.Assembly, o Options) []string {
	commands, err := o.commands(a)
	if err != nil || !o.watches() || o.Synth != "" {
		return nil
	}
	var lines []string
	for _, resource := range a.Resources("AWS::Lambda::Function", "AWS::Lambda::LayerVersion") {
		file, inApp := resource.CodeAsset()
		isCopy := !inApp && strings.HasPrefix(filepath.Base(file), "asset.") // as CDK's AssetStaging names it
		if isCopy && commands[resource.Path] == "" {
			lines = append(lines, resource.Path)
		}
	}
	return lines
}
