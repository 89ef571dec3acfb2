package lambda

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// layers are the layers of an assembly's functions, by the ARN of their version.
type layers struct {
	scratch   string
	resources map[string]*assembly.Resource // of the assembly
	known     map[string]string             // folders with the content: those of --layer, and those asked for
	unpacked  map[string]string             // folders with the content of the assembly's assets, by their files
}

// readLayers finds the layers of an assembly. A layer that is neither in the assembly nor given by --layer is a gap.
func readLayers(a *assembly.Assembly, needs Needs, gaps *assembly.Gaps) (*layers, error) {
	l := &layers{
		scratch: needs.Scratch, resources: map[string]*assembly.Resource{},
		known: map[string]string{}, unpacked: map[string]string{},
	}
	for _, resource := range a.Resources("AWS::Lambda::LayerVersion") {
		arn, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		l.resources[arn] = resource
	}
	var used []string
	for _, resource := range a.Resources("AWS::Lambda::Function") {
		var properties struct{ Layers []string }
		if resource.Decode(&properties) != nil {
			continue // the function's own failure, once it is asked for
		}
		for _, arn := range properties.Layers {
			used = append(used, arn)
			if l.resources[arn] == nil && needs.Layers[arn] == "" {
				gaps.Add(resource.Path, "layer %s (--layer %s=FOLDER stands in for it)", arn, arn)
			}
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(needs.Layers)) {
		if !slices.Contains(used, arn) {
			return nil, fmt.Errorf("--layer %s=…: no function has this layer; they have %s",
				arn, strings.Join(slices.Compact(slices.Sorted(slices.Values(used))), ", "))
		}
		if info, err := os.Stat(needs.Layers[arn]); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--layer %s=%s: want a folder with the layer's content", arn, needs.Layers[arn])
		}
		l.known[arn] = needs.Layers[arn]
	}
	return l, nil
}

// folders returns the folders with the content of layers, in their order. It leaves out those that are nowhere.
func (l *layers) folders(arns []string) ([]string, error) {
	var folders []string
	for _, arn := range arns {
		if l.known[arn] == "" && l.resources[arn] != nil {
			folder, err := l.folder(l.resources[arn])
			if err != nil {
				return nil, err
			}
			l.known[arn] = folder
		}
		if folder := l.known[arn]; folder != "" {
			folders = append(folders, folder)
		}
	}
	return folders, nil
}

// folder returns the folder with the content of a layer. An asset of the assembly is unpacked once, since it does not
// change.
func (l *layers) folder(layer *assembly.Resource) (string, error) {
	file, inApp := layer.CodeAsset()
	if folder := l.unpacked[file]; folder != "" && !inApp {
		return folder, nil
	}
	folder, err := layer.LayerDir(l.scratch)
	if err == nil && !inApp {
		l.unpacked[file] = folder
	}
	return folder, err
}
