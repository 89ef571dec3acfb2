package lambda

import (
	"maps"
	"reflect"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// recipe is what a function is made from. A function whose recipe stays the same goes on when the assembly is read
// again. Its processes keep their memory.
type recipe struct {
	config Config // without its code's folder
	inline string // code
	code   asset
	layers []asset
	builds int // of what a command runs
}

// asset is a folder or file with code or a layer's content. The files are those of an asset that may change.
type asset struct {
	path  string
	files listing
}

// recipe returns the recipe of a function, whose layers are given by their ARNs.
func (f *Functions) recipe(config Config, resource *assembly.Resource, layers []string) recipe {
	var properties struct{ Code struct{ ZipFile string } }
	_ = resource.Decode(&properties) // findCode says why there is no code
	wanted := recipe{config: config, inline: properties.Code.ZipFile, code: newAsset(resource.CodeAsset())}
	for _, arn := range layers {
		if folder := f.needs.Layers[arn]; folder != "" {
			wanted.layers = append(wanted.layers, newAsset(folder, true))
		} else if layer := f.layers.resources[arn]; layer != nil {
			wanted.layers = append(wanted.layers, newAsset(layer.CodeAsset()))
		}
	}
	return wanted
}

func newAsset(path string, mayChange bool) asset {
	if path == "" || !mayChange {
		return asset{path: path}
	}
	return asset{path, list(path)}
}

// hasRecipe reports whether the function would be the same if it was made anew.
func (f *Function) hasRecipe(wanted recipe) bool {
	if f.setupError != nil {
		return false
	}
	before := f.recipe
	before.code.files = wanted.code.files
	return reflect.DeepEqual(before, wanted) && f.place.hasCode(f.recipe.code.files, wanted.code)
}

// hold adds a holder to the function. It reports whether it did, since a function that is closed takes no more.
func (f *Function) hold() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.setupError != nil {
		return false
	}
	f.holders++
	return true
}

// isBusy reports whether a process has an event, and the function has one holder only.
func (f *Function) isBusy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holders > 1 {
		return false
	}
	for p := range f.processes {
		if p.has() != nil {
			return true
		}
	}
	return false
}

// adopt takes over the functions of the assembly before. Those of the Invoke API are asked for with their first event
// only, so all that are no numbered version are made at once.
func (f *Functions) adopt(previous *Functions) {
	previous.mu.Lock()
	f.previous, f.uses = maps.Clone(previous.byExecution), append(f.uses, previous.uses...)
	maps.Copy(f.layers.unpacked, previous.layers.unpacked)
	previous.mu.Unlock()
	for key, function := range f.previous {
		resource, err := f.resource(key.arn)
		if err == nil && function.setupError == nil && function.config.Version == "$LATEST" {
			_, _ = f.at(key.arn, resource, key.region) // fails for an alias that cannot be read, and this is none
		}
	}
}
