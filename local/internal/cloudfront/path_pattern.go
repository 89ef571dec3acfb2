package cloudfront

import (
	"net/url"
	"regexp"
	"strings"
)

// pathPattern is the PathPattern of a cache behavior. `*` stands for any characters, slashes included, and `?` for
// one character. Upper and lower case differ, and the leading slash is optional (CloudFront Developer Guide,
// DownloadDistValuesCacheBehavior). The zero value is the default behavior's pattern, which covers every path.
type pathPattern struct{ expression *regexp.Regexp }

func newPathPattern(pattern string) pathPattern {
	if pattern == "" {
		return pathPattern{}
	}
	quoted := regexp.QuoteMeta(strings.TrimPrefix(pattern, "/"))
	quoted = strings.ReplaceAll(quoted, `\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\?`, `.`)
	return pathPattern{regexp.MustCompile(`(?s)\A/` + quoted + `\z`)}
}

// matches reports whether the pattern covers a path, given in its form on the wire.
func (p pathPattern) matches(path string) bool {
	return p.expression == nil || p.expression.MatchString(normalizePath(path))
}

var (
	escape  = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	slashes = regexp.MustCompile(`/{2,}`)
)

// normalizePath returns the form of a path that CloudFront compares with path patterns. Escapes of unreserved
// characters are decoded, and `//` and dot segments are removed. The origin gets the raw path (CloudFront
// Developer Guide, DownloadDistValuesCacheBehavior, "Path normalization"; RFC 3986, section 6.2.2).
func normalizePath(path string) string {
	path = escape.ReplaceAllStringFunc(path, func(escaped string) string {
		decoded, _ := url.PathUnescape(escaped)
		if strings.Trim(decoded, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == "" {
			return decoded
		}
		return strings.ToUpper(escaped)
	})
	var kept []string
	segments := strings.Split(slashes.ReplaceAllString(path, "/"), "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch segment {
		case ".", "..":
			if segment == ".." && len(kept) > 1 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, "") // "/a/b/.." is "/a/"
			}
		default:
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/")
}
