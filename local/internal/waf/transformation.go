package waf

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"path"
	"regexp"
	"strings"
)

// transformation changes a part of a request before the comparison.
type transformation func(text string) string

// transformations holds the simulated transformations (AWS WAF Developer Guide, waf-rule-statement-transformation).
// CSS_DECODE and UTF8_TO_UNICODE are not among them, since AWS does not document their results. AWS describes the
// others in the words of ModSecurity, whose transformations have the same names. Where AWS says no more, they follow
// ModSecurity.
var transformations = map[string]transformation{
	"NONE":                 func(text string) string { return text },
	"LOWERCASE":            lowercase,
	"BASE64_DECODE":        base64Decode,
	"BASE64_DECODE_EXT":    base64DecodeExt,
	"CMD_LINE":             cmdLine,
	"COMPRESS_WHITE_SPACE": compressWhiteSpace,
	"ESCAPE_SEQ_DECODE":    escapeSeqDecode,
	"HEX_DECODE":           hexDecode,
	"HTML_ENTITY_DECODE":   htmlEntityDecode,
	"JS_DECODE":            jsDecode,
	"MD5":                  md5Sum,
	"NORMALIZE_PATH":       normalizePath,
	"NORMALIZE_PATH_WIN":   func(text string) string { return normalizePath(strings.ReplaceAll(text, `\`, "/")) },
	"REMOVE_NULLS":         func(text string) string { return strings.ReplaceAll(text, "\x00", "") },
	"REPLACE_COMMENTS":     replaceComments,
	"REPLACE_NULLS":        func(text string) string { return strings.ReplaceAll(text, "\x00", " ") },
	"SQL_HEX_DECODE":       sqlHexDecode,
	"URL_DECODE":           urlDecode,
	"URL_DECODE_UNI":       urlDecodeUni,
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

// base64Decode decodes up to the first character that is not of the alphabet.
func base64Decode(text string) string { return base64Decoded(notBase64.Split(text, 2)[0]) }

// base64DecodeExt skips the characters that are not of the alphabet.
func base64DecodeExt(text string) string { return base64Decoded(notBase64.ReplaceAllString(text, "")) }

var notBase64 = regexp.MustCompile(`[^A-Za-z0-9+/]`)

// base64Decoded decodes characters of the alphabet. A last one that stands alone has too few bits for a byte.
func base64Decoded(text string) string {
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	decoded, _ := base64.RawStdEncoding.DecodeString(text) // bits that are left over are no failure
	return string(decoded)
}

// hexDecode decodes pairs of digits, and leaves a text of anything else unchanged. AWS does not document the latter.
func hexDecode(text string) string {
	if decoded, err := hex.DecodeString(text); err == nil {
		return string(decoded)
	}
	return text
}

func md5Sum(text string) string {
	sum := md5.Sum([]byte(text))
	return string(sum[:])
}

// cmdLine makes AWS's five changes in the order in which AWS lists them.
func cmdLine(text string) string {
	text = strings.NewReplacer(`\`, "", `"`, "", "'", "", "^", "").Replace(text)
	text = spacesBefore.ReplaceAllString(text, "$1")
	text = strings.NewReplacer(",", " ", ";", " ").Replace(text)
	return lowercase(spaces.ReplaceAllString(text, " "))
}

var (
	spacesBefore = regexp.MustCompile(` +([/(])`)
	spaces       = regexp.MustCompile(` {2,}`)
)

// compressWhiteSpace makes one space of each run of white space. The non-breaking space is the byte 160.
func compressWhiteSpace(text string) string {
	spaced := []byte(text)
	for i, b := range spaced {
		if strings.IndexByte("\f\t\n\r\v\xa0", b) >= 0 {
			spaced[i] = ' '
		}
	}
	return spaces.ReplaceAllString(string(spaced), " ")
}

// replaceComments makes one space of each C comment, which may lack its end.
func replaceComments(text string) string {
	var replaced strings.Builder
	for {
		before, after, found := strings.Cut(text, "/*")
		replaced.WriteString(before)
		if !found {
			return replaced.String()
		}
		replaced.WriteByte(' ')
		_, text, _ = strings.Cut(after, "*/")
	}
}
