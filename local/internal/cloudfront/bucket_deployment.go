package cloudfront

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// deployment is a Custom::CDKBucketDeployment. It copies the files of its sources below a prefix (aws-cdk-lib,
// aws-s3-deployment, BucketDeployment).
type deployment struct {
	prefix   string // "" or with a slash at its end
	sources  []source
	exclude  []*regexp.Regexp
	include  []*regexp.Regexp
	metadata map[string]string
}

// find returns the object of a key, or nil. A later source replaces files of an earlier one. As with `aws s3 sync`, a
// name that is excluded and included is copied.
func (d deployment) find(key string) *object {
	name, found := strings.CutPrefix(key, d.prefix)
	matches := func(pattern *regexp.Regexp) bool { return pattern.MatchString(name) }
	if !found || slices.ContainsFunc(d.exclude, matches) && !slices.ContainsFunc(d.include, matches) {
		return nil
	}
	for i := len(d.sources) - 1; i >= 0; i-- {
		if o := d.sources[i].open(name); o != nil {
			o.metadata = d.metadata
			return o
		}
	}
	return nil
}

// deploymentProperties are those of the custom resource.
type deploymentProperties struct {
	DestinationBucketName, DestinationBucketKeyPrefix string
	Exclude, Include                                  []string
	Extract, Prune                                    any // a template may write a boolean as a string
	SourceObjectKeys                                  []string
	SourceMarkers                                     []map[string]any
	SourceMarkersConfig                               []struct{ JsonEscape any }
	SystemMetadata, UserMetadata                      map[string]string
}

// readDeployments reads the deployments of an assembly by the names of their buckets. A deployment that cannot be read
// is a gap, and its bucket lacks its files. localise puts this machine's addresses into texts that a deployment fills
// in.
func readDeployments(
	a *assembly.Assembly, localise func(string) string, gaps *assembly.Gaps,
) map[string][]deployment {
	byBucket := map[string][]deployment{}
	prunes := map[string]int{}
	for _, resource := range a.Resources("Custom::CDKBucketDeployment") {
		var properties deploymentProperties
		err := resource.Decode(&properties)
		var read deployment
		if err == nil {
			read, err = newDeployment(resource.Stack, properties, localise)
		}
		if err != nil {
			gaps.Add(resource.Path, "bucket deployment whose files are not served: %v", err)
			continue
		}
		name := properties.DestinationBucketName
		byBucket[name] = append(byBucket[name], read)
		if !isFalse(properties.Prune) {
			prunes[name+"/"+read.prefix]++
		}
	}
	for _, place := range slices.Sorted(maps.Keys(prunes)) {
		if prunes[place] > 1 {
			gaps.Add("", "several bucket deployments into s3://%s: on AWS each deletes the others' files (prune)", place)
		}
	}
	return byBucket
}

func newDeployment(
	stack *assembly.Stack, properties deploymentProperties, localise func(string) string,
) (deployment, error) {
	d := deployment{metadata: map[string]string{}}
	if prefix := strings.Trim(properties.DestinationBucketKeyPrefix, "/"); prefix != "" {
		d.prefix = prefix + "/"
	}
	if isFalse(properties.Extract) {
		return d, errors.New("its Extract is false, which is not simulated")
	}
	for i, key := range properties.SourceObjectKeys {
		file, ok := stack.Asset(key)
		if !ok {
			return d, fmt.Errorf("its source %s is not in the assembly", key)
		}
		files, err := openSource(file)
		if err != nil {
			return d, fmt.Errorf("open its source %s: %w", path.Base(file), err)
		}
		d.sources = append(d.sources, source{files: files, markers: properties.markers(i, localise)})
	}
	for _, pattern := range properties.Exclude {
		d.exclude = append(d.exclude, fnmatch(pattern))
	}
	for _, pattern := range properties.Include {
		d.include = append(d.include, fnmatch(pattern))
	}
	for name, value := range properties.SystemMetadata {
		d.metadata[name] = value
	}
	for name, value := range properties.UserMetadata {
		d.metadata["x-amz-meta-"+name] = value
	}
	return d, nil
}

// markers returns what replaces the markers of a source, or nil if it has none.
func (p deploymentProperties) markers(index int, localise func(string) string) *strings.Replacer {
	if index >= len(p.SourceMarkers) || len(p.SourceMarkers[index]) == 0 {
		return nil
	}
	var pairs []string
	for _, marker := range slices.Sorted(maps.Keys(p.SourceMarkers[index])) {
		value := fmt.Sprint(p.SourceMarkers[index][marker])
		if index < len(p.SourceMarkersConfig) && fmt.Sprint(p.SourceMarkersConfig[index].JsonEscape) == "true" {
			quoted, _ := json.Marshal(value) // a string
			value = strings.Trim(string(quoted), `"`)
		}
		// The marker stands for a host name, and the file has "https://" before it.
		pairs = append(pairs, "https://"+marker, localise("https://"+value), marker, localise(value))
	}
	return strings.NewReplacer(pairs...)
}

// openSource opens a folder or zip file. It stays open until the garbage collector finds it.
func openSource(file string) (fs.FS, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(file)
		if err != nil {
			return nil, err
		}
		return root.FS(), nil
	}
	return zip.OpenReader(file)
}

// fnmatch compiles a pattern of `aws s3 sync`. In it `*` stands for any characters, slashes included, `?` for one, and
// `[…]` for one of a set (AWS CLI Command Reference, s3, "Use of Exclude and Include Filters").
func fnmatch(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	for from, to := range map[string]string{`\*`: `.*`, `\?`: `.`, `\[!`: `[^`, `\[`: `[`, `\]`: `]`} {
		quoted = strings.ReplaceAll(quoted, from, to)
	}
	compiled, err := regexp.Compile(`(?s)\A` + quoted + `\z`)
	if err != nil {
		return regexp.MustCompile(`\A` + regexp.QuoteMeta(pattern) + `\z`)
	}
	return compiled
}

func isFalse(value any) bool { return strings.EqualFold(fmt.Sprint(value), "false") }
