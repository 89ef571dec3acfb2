package test

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// consumer is an app that imports the library. It is built once, and run in several folders.
type consumer struct {
	repository, program string
	env                 map[string]string // beside the machine's
}

// TestConsumer imports the library from a module elsewhere, vendored and with -trimpath. So the signer's asset cannot
// come from this checkout. The app then runs without a network in each kind of folder that has the grant Lambda's
// sources. It also runs without a Go toolchain, and with an empty module cache, and fails. -trimpath makes Go compile
// the CDK packages once more. That takes 2 minutes on 2 cores the first time, and seconds from the build cache later.
func TestConsumer(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the CDK packages once more")
	}
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	c := &consumer{repository: repository, env: map[string]string{
		"GOFLAGS": "", "GOWORK": "off", "GOPROXY": "off", "CDK_DEFAULT_REGION": "eu-west-1",
	}}
	vendored := c.folder(t, "v0.0.0", "replace github.com/furl-cdk/furl => "+repository)
	c.program = filepath.Join(vendored, "consumer")
	// Vendoring may download modules that nothing else needs.
	online := map[string]string{"GOFLAGS": "-mod=mod", "GOPROXY": os.Getenv("GOPROXY")}
	c.run(t, vendored, online, "go", "mod", "vendor")
	c.run(t, vendored, nil, "go", "build", "-trimpath", "-mod=vendor", "-o", c.program, ".")

	programs := map[string]string{} // hashes of the grant Lambda's asset, by the place of its sources
	t.Run("vendor", func(t *testing.T) { programs["vendor"] = c.synthesises(t, vendored, nil) })
	t.Run("replace", func(t *testing.T) {
		dir := c.folder(t, "v0.0.0", "replace github.com/furl-cdk/furl => "+repository)
		programs["replace"] = c.synthesises(t, dir, nil)
	})
	t.Run("module cache", func(t *testing.T) {
		dir, env := c.published(t)
		programs["module cache"] = c.synthesises(t, dir, env)
	})
	// The asset from vendor differs, since Go writes the app's module into the program.
	if programs["replace"] != programs["module cache"] {
		t.Errorf("the grant Lambda's asset differs by where the same sources are: %v", programs)
	}
	t.Run("no toolchain", func(t *testing.T) { c.refuses(t, vendored, map[string]string{"PATH": pathOfNode(t)}) })
	t.Run("empty module cache, no network", func(t *testing.T) {
		c.refuses(t, c.folder(t, "v0.0.1", ""), map[string]string{"GOMODCACHE": t.TempDir(), "GOCACHE": t.TempDir()})
	})
}

// folder is a module that requires the library. It has the library's own requirements in the same versions, so Go looks
// nothing up.
func (c *consumer) folder(t *testing.T, version, replace string) string {
	t.Helper()
	own, dir := read(t, filepath.Join(c.repository, "go.mod")), t.TempDir()
	rest, ok := strings.CutPrefix(own, "module github.com/furl-cdk/furl\n")
	if !ok {
		t.Fatalf("go.mod begins with %.60q", own)
	}
	write(t, filepath.Join(dir, "main.go"), read(t, filepath.Join("testdata", "consumer", "main.go")))
	write(t, filepath.Join(dir, "go.mod"),
		"module example.com/consumer\n"+rest+"\nrequire github.com/furl-cdk/furl "+version+"\n\n"+replace+"\n")
	write(t, filepath.Join(dir, "go.sum"), read(t, filepath.Join(c.repository, "go.sum")))
	return dir
}

func (c *consumer) run(t *testing.T, dir string, env map[string]string, name string, args ...string) {
	t.Helper()
	if out, err := c.output(dir, env, name, args...); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func (c *consumer) output(dir string, env map[string]string, name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Dir, command.Env = dir, os.Environ()
	for _, variables := range []map[string]string{c.env, env} {
		for _, variable := range slices.Sorted(maps.Keys(variables)) {
			command.Env = append(command.Env, variable+"="+variables[variable])
		}
	}
	out, err := command.CombinedOutput()
	return string(out), err
}

// synthesises runs the app in a folder and gives the hash of the grant Lambda's asset.
func (c *consumer) synthesises(t *testing.T, dir string, env map[string]string) string {
	t.Helper()
	out := t.TempDir()
	env = maps.Clone(env)
	if env == nil {
		env = map[string]string{}
	}
	env["CDK_OUTDIR"] = out
	c.run(t, dir, env, c.program)
	assembly := readAssembly(t, out)
	for _, violation := range assembly.violations() {
		t.Error(violation)
	}
	assembly.stack(t, "Consumer").only(t, "AWS::CloudFront::Distribution")
	edge := assembly.edge(t, "Consumer", "eu-west-1")
	if versions := edge.resources("AWS::Lambda::Version"); len(versions) != 2 {
		t.Errorf("%d edge functions, want the signer and the one that hashes bodies", len(versions))
	}
	assets, err := filepath.Glob(filepath.Join(out, "asset.*", "bootstrap"))
	if err != nil || len(assets) != 1 {
		t.Fatalf("%d assets with a bootstrap (%v), want the grant Lambda's", len(assets), err)
	}
	return filepath.Base(filepath.Dir(assets[0]))
}

// refuses runs the app in a folder and wants it to fail. The message tells what to write instead.
func (c *consumer) refuses(t *testing.T, dir string, env map[string]string) {
	t.Helper()
	out, err := c.output(dir, env, c.program)
	if err == nil {
		t.Fatalf("synthesised:\n%s", out)
	}
	expectText(t, out, `furl.CredentialGrant at "Consumer/Grant": HandlerCode: the grant Lambda could not be built`,
		"linux/arm64", "HandlerCode: awslambda.Code_FromAsset")
}

// pathOfNode is a PATH with Node and nothing else.
func pathOfNode(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(node, filepath.Join(dir, "node")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// published is a folder whose library is in a module cache, as a module proxy fills it. The proxy of the library is a
// folder. Its requirements come from this machine's cache, which has the same form.
func (c *consumer) published(t *testing.T) (dir string, env map[string]string) {
	t.Helper()
	proxy, cache := t.TempDir(), t.TempDir()
	t.Cleanup(func() { // the files of a module cache are read-only
		c.run(t, c.repository, map[string]string{"GOMODCACHE": cache}, "go", "clean", "-modcache")
	})
	versions := filepath.Join(proxy, "github.com", "furl-cdk", "furl", "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(versions, "v0.0.1.info"), `{"Version":"v0.0.1"}`)
	write(t, filepath.Join(versions, "v0.0.1.mod"), read(t, filepath.Join(c.repository, "go.mod")))
	zipModule(t, c.repository, filepath.Join(versions, "v0.0.1.zip"), "github.com/furl-cdk/furl@v0.0.1/")
	own, err := output(c.repository, nil, "go", "env", "GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	env = map[string]string{
		"GOMODCACHE": cache, "GONOSUMDB": "*", "GOSUMDB": "off",
		"GOPROXY": "file://" + proxy + ",file://" + filepath.Join(strings.TrimSpace(own), "cache", "download"),
	}
	dir = c.folder(t, "v0.0.1", "")
	c.run(t, dir, env, "go", "mod", "download", "github.com/furl-cdk/furl") // a build of the app does this too
	return dir, env
}

// zipModule packs the checkout as a module's zip, without the folders that git ignores and without other modules.
func zipModule(t *testing.T, repository, file, prefix string) {
	t.Helper()
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	archive := zip.NewWriter(out)
	err = fs.WalkDir(os.DirFS(repository), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".build", "cdk.out", "node_modules"}, path):
			return fs.SkipDir
		case entry.IsDir() && path != "." && isFile(filepath.Join(repository, path, "go.mod")):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		to, err := archive.Create(prefix + path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(repository, path))
		if err != nil {
			return err
		}
		_, err = to.Write(text)
		return err
	})
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(fmt.Errorf("pack the module: %w", err))
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
