package local

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/watch"
)

// scope says what a change in a file means. All paths are absolute and without symbolic links.
type scope struct {
	options    Options
	assemblies []string   // folder of the assembly, and those of its stages
	code       []codeRoot // that functions run and that is in the app
	sources    watch.Root // of the commands of --build and --synth: the folder that furl was started in
}

// codeRoot is a folder or file with code.
type codeRoot struct {
	watch.Root
	built bool // by a command of --build, so it may have sources
}

// newScope takes in an assembly, nil for none yet.
func newScope(options Options, a *assembly.Assembly) (*scope, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the folder of the app: %w", err)
	}
	dir, err := filepath.Abs(options.Assembly)
	if err != nil {
		return nil, fmt.Errorf("find the assembly: %w", err)
	}
	s := &scope{options: options, assemblies: []string{resolved(dir)}}
	s.sources = watch.Root{Path: resolved(here), Deep: true, Except: s.assemblies}
	if a == nil {
		return s, nil
	}
	for _, folder := range a.Folders() {
		if folder = resolved(folder); !slices.Contains(s.assemblies, folder) {
			s.assemblies = append(s.assemblies, folder)
		}
	}
	for _, resource := range a.Resources("AWS::Lambda::Function", "AWS::Lambda::LayerVersion") {
		if file, inApp := resource.CodeAsset(); inApp {
			_, built := options.buildOf(resource.Path)
			s.code = append(s.code, codeRoot{watch.Root{Path: resolved(file), Deep: true}, built})
		}
	}
	for _, folder := range options.Layers {
		if folder, err = filepath.Abs(folder); err == nil {
			s.code = append(s.code, codeRoot{Root: watch.Root{Path: resolved(folder), Deep: true}})
		}
	}
	return s, nil
}

// roots are the files and folders to watch.
func (s *scope) roots() []watch.Root {
	var roots []watch.Root
	for _, folder := range s.assemblies {
		roots = append(roots, watch.Root{Path: folder})
	}
	for _, code := range s.code {
		roots = append(roots, code.Root)
	}
	if len(s.options.Builds) > 0 || s.options.Synth != "" {
		roots = append(roots, s.sources)
	}
	return roots
}

// meaning says what a change in a file means.
func (s *scope) meaning(path string) change {
	return change{path: path, assembly: s.isAssembly(path), code: s.isCode(path), source: s.isSource(path)}
}

// isAssembly reports whether a file is one that `cdk synth` writes, or a folder of the assembly itself.
func (s *scope) isAssembly(path string) bool {
	return slices.Contains(s.assemblies, path) ||
		slices.Contains(s.assemblies, filepath.Dir(path)) && filepath.Ext(path) == ".json" &&
			!slices.Contains(reports, filepath.Base(path))
}

// isCode reports whether a file is code that a function runs.
func (s *scope) isCode(path string) bool {
	return slices.ContainsFunc(s.code, func(code codeRoot) bool { return code.Covers(path) })
}

// isSource reports whether the commands of --build and --synth read a file. Code that no command builds is taken as it
// is, so it is no source. The output of furl may go to a file in the app.
func (s *scope) isSource(path string) bool {
	unbuilt := func(code codeRoot) bool { return code.Covers(path) && !code.built }
	return (len(s.options.Builds) > 0 || s.options.Synth != "") && s.sources.Covers(path) &&
		!slices.ContainsFunc(s.code, unbuilt) && !isOwnOutput(path)
}

// stamp is a hash of the content of the assembly's files. It is the same after a synthesis that changes nothing.
func (s *scope) stamp() string {
	hash := sha256.New()
	for _, folder := range s.assemblies {
		files, _ := filepath.Glob(filepath.Join(folder, "*.json")) // fails for a malformed pattern only
		for _, file := range files {
			if slices.Contains(reports, filepath.Base(file)) {
				continue
			}
			content, err := os.ReadFile(file)
			fmt.Fprintf(hash, "%s %d %v\n", file, len(content), err)
			hash.Write(content)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// reports are files that `cdk synth` writes for people. Some say how long it took.
var reports = []string{"performance-counters.json", "tree.json", "validation-report.json"}

// isOwnOutput reports whether a file is where furl's output goes.
func isOwnOutput(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	isSame := func(file *os.File) bool {
		output, err := file.Stat()
		return err == nil && os.SameFile(info, output)
	}
	return isSame(os.Stdout) || isSame(os.Stderr)
}

// resolved is a path without symbolic links, as far as it exists.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(resolved(parent), filepath.Base(path))
	}
	return path
}
