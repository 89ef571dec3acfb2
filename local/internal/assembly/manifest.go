package assembly

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// manifest is the needed part of manifest.json. Its schema is the npm package @aws-cdk/cloud-assembly-schema.
type manifest struct {
	Version       string              `json:"version"`
	MinCLIVersion string              `json:"minCliVersion"`
	Artifacts     map[string]artifact `json:"artifacts"`
}

type artifact struct {
	Type                   string                     `json:"type"`
	Environment            string                     `json:"environment"` // "aws://account/region"
	DisplayName            string                     `json:"displayName"` // the construct path of a stack
	Metadata               map[string][]metadataEntry `json:"metadata"`
	AdditionalMetadataFile string                     `json:"additionalMetadataFile"` // holds more Metadata
	Properties             struct {
		TemplateFile  string            `json:"templateFile"`  // of a stack
		StackName     string            `json:"stackName"`     // of a stack, where it is not the artifact's id
		Tags          map[string]string `json:"tags"`          // of a stack
		File          string            `json:"file"`          // of an asset manifest
		DirectoryName string            `json:"directoryName"` // of a nested assembly
	} `json:"properties"`
}

type metadataEntry struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// readManifest adds the stacks of the assembly in dir and of the assemblies nested in it. CDK writes a nested
// assembly for each Stage.
func (a *Assembly) readManifest(dir string) error {
	var m manifest
	err := readJSON(filepath.Join(dir, "manifest.json"), &m)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no manifest.json in %s: run `npx cdk synth` first", dir)
	}
	if err != nil {
		return err
	}
	if err := m.checkVersion(); err != nil {
		return err
	}
	assets, err := readAssets(dir, m)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(m.Artifacts)) {
		switch entry := m.Artifacts[id]; entry.Type {
		case "cdk:cloud-assembly":
			if err := a.readManifest(filepath.Join(dir, entry.Properties.DirectoryName)); err != nil {
				return err
			}
		case "aws:cloudformation:stack":
			stack, err := a.readStack(dir, id, entry, assets)
			if err != nil {
				return fmt.Errorf("stack %s: %w", id, err)
			}
			a.Stacks = append(a.Stacks, stack)
		}
	}
	return nil
}

// newestSchema is the major version of the newest manifest that this package knows, that of CDK 2.277. A newer one
// may mean something else by what it says.
const newestSchema = 55

// checkVersion refuses a manifest whose major version is newer than this package, as the CDK CLI does.
func (m manifest) checkVersion() error {
	text, _, _ := strings.Cut(m.Version, ".")
	major, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return fmt.Errorf("manifest.json has the version %q, which is none", m.Version)
	case major > newestSchema:
		build, _ := debug.ReadBuildInfo()
		return fmt.Errorf("manifest.json has version %s (CDK CLI %s or newer), and this furl (%s) knows version %d.x: "+
			"update furl, or synthesise with an older CDK", m.Version, cmp.Or(m.MinCLIVersion, "unknown"),
			build.Main.Version, newestSchema)
	}
	return nil
}

func (a *Assembly) readStack(dir, id string, entry artifact, assets assetFiles) (*Stack, error) {
	stack := &Stack{
		Name: cmp.Or(entry.Properties.StackName, id), Path: cmp.Or(entry.DisplayName, id),
		assembly: a, dir: dir, assets: assets, tags: entry.Properties.Tags,
	}
	environment := strings.TrimPrefix(entry.Environment, "aws://")
	account, region, ok := strings.Cut(environment, "/")
	if !ok {
		return nil, fmt.Errorf("environment %q in manifest.json is not of the form aws://account/region", entry.Environment)
	}
	if stack.Account = account; account == "unknown-account" {
		stack.Account = DefaultAccount
	}
	if stack.Region = region; region == "unknown-region" {
		stack.Region = cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), DefaultRegion)
		stack.AnyRegion = true
	}
	paths, err := entry.constructPaths(dir)
	if err != nil {
		return nil, err
	}
	return stack, stack.readTemplate(entry.Properties.TemplateFile, paths)
}

// constructPaths returns the logical ids of a stack artifact's elements by construct path ("Demo/Api/Resource").
// Elements of nested stacks are included. The construct paths are always written. The templates' Metadata is
// written only if the CDK CLI asks for it.
func (entry artifact) constructPaths(dir string) (map[string]string, error) {
	metadata := maps.Clone(entry.Metadata)
	if file := entry.AdditionalMetadataFile; file != "" {
		if err := readJSON(filepath.Join(dir, file), &metadata); err != nil {
			return nil, err
		}
	}
	paths := map[string]string{}
	for path, entries := range metadata {
		for _, e := range entries {
			var logicalID string
			if e.Type == "aws:cdk:logicalId" && json.Unmarshal(e.Data, &logicalID) == nil {
				paths[strings.TrimPrefix(path, "/")] = logicalID
			}
		}
	}
	return paths, nil
}

func readJSON(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
