// Package assembly reads a CDK cloud assembly, the cdk.out directory that `cdk synth` writes. It resolves the
// properties, Ref, attributes and outputs in it as CloudFormation would.
//
//	a, err := assembly.Load("cdk.out", nil)
//	for _, function := range a.Resources("AWS::Lambda::Function") {
//		properties, err := function.Properties() // intrinsics resolved, across stacks and regions
//		dir, err := function.CodeDir(scratch)    // the code, unpacked
//	}
//
// Nothing is deployed. Names and identifiers that AWS would invent are derived from the account, region, stack
// name and logical id. They have AWS's form and are the same on every run.
//
// Values are resolved when they are asked for. A template may use resource types and functions that are unknown here.
// A placeholder stands for a value that only a deployment would tell (see [Unknown]).
//
// An Assembly is safe for concurrent use.
package assembly

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
)

// DefaultRegion is the region of a stack that was synthesised without a region, where the environment has none either.
const DefaultRegion = "us-east-1"

// DefaultAccount is the account of a stack that was synthesised without an account ("unknown-account" in the
// manifest). AWS's documentation uses it as an example account.
const DefaultAccount = "111122223333"

// Assembly is a cloud assembly with the assemblies of its stages.
type Assembly struct {
	// Stacks are the stacks that would be deployed, of all stages, ordered by construct path. Each has its nested
	// stacks in Stack.Nested.
	Stacks []*Stack

	dir      string
	unknowns unknowns
}

// Load reads the cloud assembly in dir. The values are those of
// parameters, SSM parameters and exports that the developer gives, by NAME or STACK.NAME.
func Load(dir string, values map[string]string) (*Assembly, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("read cloud assembly: %w", err)
	}
	a := &Assembly{dir: dir, unknowns: unknowns{byHolder: map[string]Unknown{}, given: values, used: map[string]bool{}}}
	if err := a.readManifest(dir); err != nil {
		return nil, fmt.Errorf("read cloud assembly: %w", err)
	}
	slices.SortFunc(a.Stacks, func(x, y *Stack) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Name, y.Name))
	})
	if err := a.checkNames(); err != nil {
		return nil, fmt.Errorf("read cloud assembly: %w", err)
	}
	// A nested stack's parameters can make a condition depend on values of any stack. So all stacks are read
	// before.
	for _, stack := range a.Stacks {
		if err := stack.listResources(); err != nil {
			return nil, fmt.Errorf("read cloud assembly: %w", err)
		}
	}
	return a, nil
}

// Resources returns the resources of the given types in all stacks, nested stacks included, sorted by construct
// path. Without types, it returns the resources of all types. A resource whose condition is false does not exist
// and is left out.
func (a *Assembly) Resources(types ...string) []*Resource {
	var found []*Resource
	for _, stack := range a.allStacks() {
		for _, resource := range stack.Resources {
			if len(types) == 0 || slices.Contains(types, resource.Type) {
				found = append(found, resource)
			}
		}
	}
	slices.SortStableFunc(found, byPath)
	return found
}

// Folders returns the folders with templates. They are those of the assembly and of its stages.
func (a *Assembly) Folders() []string {
	folders := []string{a.dir}
	for _, stack := range a.Stacks {
		if !slices.Contains(folders, stack.dir) {
			folders = append(folders, stack.dir)
		}
	}
	return folders
}

// Drop takes resources out of [Assembly.Resources]. Other parts of the templates can still refer to them.
func (a *Assembly) Drop(unwanted func(*Resource) bool) {
	for _, stack := range a.allStacks() {
		stack.Resources = slices.DeleteFunc(stack.Resources, unwanted)
	}
}

// checkNames refuses two stacks that are one on AWS. They would have the same names and identifiers here, too.
func (a *Assembly) checkNames() error {
	type key struct{ account, region, name string }
	seen := map[key]*Stack{}
	for _, stack := range a.Stacks {
		id := key{stack.Account, stack.Region, stack.Name}
		if other := seen[id]; other != nil {
			return fmt.Errorf("%s and %s are both stack %s in %s: "+
				"give one of them another StackName, or give each its account (Env)",
				other.Path, stack.Path, stack.Name, stack.Region)
		}
		seen[id] = stack
	}
	return nil
}

// allStacks returns the stacks, each followed by the stacks nested in it.
func (a *Assembly) allStacks() []*Stack {
	var all []*Stack
	var add func([]*Stack)
	add = func(stacks []*Stack) {
		for _, stack := range stacks {
			all = append(all, stack)
			add(stack.Nested)
		}
	}
	add(a.Stacks)
	return all
}
