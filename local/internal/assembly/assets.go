package assembly

import (
	"path/filepath"
	"strings"
)

// assetFiles holds the files on this machine that would be published to the bootstrap bucket, by object key.
type assetFiles map[string]string

// readAssets reads the asset manifests (NAME.assets.json) of one assembly directory.
func readAssets(dir string, m manifest) (assetFiles, error) {
	files := assetFiles{}
	for _, entry := range m.Artifacts {
		if entry.Type != "cdk:asset-manifest" {
			continue
		}
		var assets struct {
			Files map[string]struct {
				Source struct {
					Path string `json:"path"`
				} `json:"source"`
				Destinations map[string]struct {
					ObjectKey string `json:"objectKey"`
				} `json:"destinations"`
			} `json:"files"`
		}
		file := filepath.Join(dir, entry.Properties.File)
		if err := readJSON(file, &assets); err != nil {
			return nil, err
		}
		for _, asset := range assets.Files {
			for _, destination := range asset.Destinations {
				if asset.Source.Path != "" {
					files[destination.ObjectKey] = fromDir(filepath.Dir(file), asset.Source.Path)
				}
			}
		}
	}
	return files, nil
}

// Asset returns the file or folder on this machine that would be published to S3 under an object key.
func (s *Stack) Asset(objectKey string) (file string, ok bool) {
	file, ok = s.assets[objectKey]
	return file, ok
}

// byURL returns the file of the asset that an S3 URL ("https://s3.REGION.amazonaws.com/BUCKET/KEY") points to.
func (files assetFiles) byURL(url string) (string, bool) {
	for key, file := range files {
		if strings.HasSuffix(url, "/"+key) {
			return file, true
		}
	}
	return "", false
}

// fromDir returns the path relative to dir, unless the path is absolute. CDK's context
// "aws:cdk:disable-asset-staging" makes absolute paths.
func fromDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
