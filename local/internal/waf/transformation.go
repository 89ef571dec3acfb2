package waf

import (
	"path"
	"strconv"
	"strings"
)

// transformation changes a part of a request before the comparison.
type transformation func(text string) string

// transformations holds the simulated transformations (AWS WAF Developer Guide,
// waf-rule-statement-transformation).
var transformations = map[string]transformation{
	"NONE":           func(text string) string { return text },
	"LOWERCASE":      lowercase,
	"URL_DECODE":     urlDecode,
	"NORMALIZE_PATH": normalizePath,
}

// lowercase changes the letters A to Z only.
func lowercase(text string) string {
	lower := []byte(text)
	for i, b := range lower {
		if 'A' <= b && b <= 'Z' {
			lower[i] = b - 'A' + 'a'
		}
	}
	return string(lower)
}

// urlDecode decodes each escape once and leaves broken escapes unchanged. A plus sign becomes a space. AWS
// documents neither. Both follow ModSecurity, whose transformations have the same names.
func urlDecode(text string) string {
	var decoded strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '+':
			decoded.WriteByte(' ')
		case text[i] == '%' && i+2 < len(text):
			if b, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				decoded.WriteByte(byte(b))
				i += 2
				break
			}
			decoded.WriteByte('%')
		default:
			decoded.WriteByte(text[i])
		}
	}
	return decoded.String()
}

// normalizePath merges repeated slashes and resolves "." and "..". A slash at the end stays. AWS WAF removes
// back-references "that are not at the beginning of the input", so "../x" stays (AWS WAF Developer Guide,
// waf-rule-statement-transformation). AWS does not say whether the ".." of "/../x" is at the beginning. Here it
// leads nowhere and is removed, as in ModSecurity.
func normalizePath(text string) string {
	if text == "" {
		return ""
	}
	clean := path.Clean(text)
	if strings.HasSuffix(text, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}
