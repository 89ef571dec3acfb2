package cloudfront

import (
	"cmp"
	"path"
	"strings"
)

// contentType is the type that `aws s3 sync` gives to a file of this name. The AWS CLI guesses it by Python's
// mimetypes. Files without a guess get S3's default (Amazon S3 API Reference, PutObject).
func contentType(key string) string {
	return cmp.Or(contentTypes[strings.ToLower(path.Ext(key))], "binary/octet-stream")
}

// contentTypes are those of Python 3.13 for the files that websites have. It has none for fonts and source maps.
var contentTypes = map[string]string{
	".avif":        "image/avif",
	".bin":         "application/octet-stream",
	".bmp":         "image/bmp",
	".css":         "text/css",
	".csv":         "text/csv",
	".gif":         "image/gif",
	".htm":         "text/html",
	".html":        "text/html",
	".ico":         "image/vnd.microsoft.icon",
	".jpeg":        "image/jpeg",
	".jpg":         "image/jpeg",
	".js":          "text/javascript",
	".json":        "application/json",
	".mjs":         "text/javascript",
	".mov":         "video/quicktime",
	".mp3":         "audio/mpeg",
	".mp4":         "video/mp4",
	".mpeg":        "video/mpeg",
	".pdf":         "application/pdf",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".tar":         "application/x-tar",
	".tif":         "image/tiff",
	".tiff":        "image/tiff",
	".txt":         "text/plain",
	".wasm":        "application/wasm",
	".wav":         "audio/x-wav",
	".webm":        "video/webm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".xml":         "text/xml",
	".zip":         "application/zip",
}
