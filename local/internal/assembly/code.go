package assembly

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// CodeDir returns the directory with the unpacked code of an AWS::Lambda::Function. An asset directory is
// returned as it is and must not be changed. A zip asset is unpacked into a new directory in scratch. Inline code
// (ZipFile) is written into such a directory. Code that is not in the assembly, such as a container image, is an
// error. The error says how to run the function with --run, and the caller names the function.
func (r *Resource) CodeDir(scratch string) (string, error) {
	dir, err := r.codeDir(scratch)
	if err != nil {
		return "", fmt.Errorf("find its code: %w", err)
	}
	return dir, nil
}

func (r *Resource) codeDir(scratch string) (string, error) {
	resolved, err := evaluation{stack: r.Stack}.resolve(r.properties["Code"])
	if err != nil {
		return "", within("Code", err)
	}
	code, _ := resolved.(map[string]any)
	if code["ImageUri"] != nil || r.properties["PackageType"] == "Image" {
		return "", r.cannotRunError("it is a container image")
	}
	if source, ok := code["ZipFile"].(string); ok {
		return r.writeInline(source, scratch)
	}
	file, err := r.asset("Code", code)
	if err != nil {
		return "", err
	}
	return r.unpack(file, scratch)
}

// CodeAsset returns the file or folder with the code of an AWS::Lambda::Function or the content of an
// AWS::Lambda::LayerVersion, before anything is unpacked. It is "" for inline code and for code that is not on this
// machine. inApp reports whether the asset is not in the assembly but in the app, as `cdk synth --staging=false` leaves
// it. An asset of the assembly has the hash of its content in its name, and one of the app may change.
func (r *Resource) CodeAsset() (file string, inApp bool) {
	property := "Code"
	if r.Type == "AWS::Lambda::LayerVersion" {
		property = "Content"
	}
	resolved, err := evaluation{stack: r.Stack}.resolve(r.properties[property])
	location, _ := resolved.(map[string]any)
	if err != nil || location["ImageUri"] != nil || location["ZipFile"] != nil {
		return "", false
	}
	if file, err = r.asset(property, location); err != nil {
		return "", false
	}
	name, err := filepath.Rel(r.Stack.assembly.dir, file)
	return file, err != nil || !filepath.IsLocal(name)
}

// LayerDir returns the directory with the unpacked content of an AWS::Lambda::LayerVersion. An asset directory is
// returned as it is and must not be changed. A zip asset is unpacked into a new directory in scratch.
func (r *Resource) LayerDir(scratch string) (string, error) {
	dir, err := r.layerDir(scratch)
	if err != nil {
		return "", fmt.Errorf("content of %s: %w", r, err)
	}
	return dir, nil
}

func (r *Resource) layerDir(scratch string) (string, error) {
	resolved, err := evaluation{stack: r.Stack}.resolve(r.properties["Content"])
	if err != nil {
		return "", within("Content", err)
	}
	content, _ := resolved.(map[string]any)
	file, err := r.asset("Content", content)
	if err != nil {
		return "", err
	}
	return r.unpack(file, scratch)
}

// unpack returns an asset directory as it is, and the directory that it unpacks a zip asset into.
func (r *Resource) unpack(file, scratch string) (string, error) {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("the asset %s is missing: run `npx cdk synth` again", file)
	}
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return file, nil
	}
	dir, err := os.MkdirTemp(scratch, r.LogicalID+"-")
	if err != nil {
		return "", err
	}
	if err := Unzip(file, dir); err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	return dir, nil
}

// asset finds the asset of a property by the template's metadata, which the CDK CLI asks for. Without metadata, it
// uses the asset manifest, which is always there. The location is the property's value.
func (r *Resource) asset(property string, location map[string]any) (string, error) {
	named, _ := r.metadata["aws:asset:property"].(string)
	if file, ok := r.metadata["aws:asset:path"].(string); ok && strings.HasPrefix(named, property) {
		return fromDir(r.Stack.dir, file), nil
	}
	bucket, _ := location["S3Bucket"].(string)
	key, _ := location["S3Key"].(string)
	if key == "" {
		return "", r.cannotRunError("the template has no code")
	}
	if file, ok := r.Stack.assets[key]; ok {
		return file, nil
	}
	return "", r.cannotRunError(fmt.Sprintf("s3://%s is not an asset of this assembly", path.Join(bucket, key)))
}

// writeInline writes inline code to the file that Lambda would write (AWS::Lambda::Function Code, ZipFile).
func (r *Resource) writeInline(source, scratch string) (string, error) {
	runtime, err := evaluation{stack: r.Stack}.resolveText(r.properties["Runtime"])
	if err != nil {
		return "", within("Runtime", err)
	}
	var name string
	switch {
	case strings.HasPrefix(runtime, "nodejs"):
		name = "index.js"
	case strings.HasPrefix(runtime, "python"):
		name = "index.py"
	default:
		return "", r.cannotRunError("Lambda takes inline code for Node.js and Python only, not for " + runtime)
	}
	dir, err := os.MkdirTemp(scratch, r.LogicalID+"-")
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, name), []byte(source), 0o600)
}

// cannotRunError says how to do without an asset.
func (r *Resource) cannotRunError(reason string) error {
	if r.Type == "AWS::Lambda::LayerVersion" {
		return fmt.Errorf("%s: give a folder with its content, --layer ARN=FOLDER", reason)
	}
	return fmt.Errorf("%s: name a command that speaks the Lambda Runtime API with --run '%s=COMMAND'", reason, r.Path)
}
