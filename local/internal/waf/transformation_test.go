package waf_test

import (
	"crypto/md5"
	"encoding/base64"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// transformed is a string match on the header X-Text after one transformation. The string may have any bytes.
func transformed(name, search string) object {
	return object{"ByteMatchStatement": object{
		"FieldToMatch": singleHeader("x-text"), "PositionalConstraint": "EXACTLY",
		"SearchStringBase64":  base64.StdEncoding.EncodeToString([]byte(search)),
		"TextTransformations": inOrder([]string{name}),
	}}
}

// TestTransformations has AWS's examples where its page has some (AWS WAF Developer Guide,
// waf-rule-statement-transformation).
func TestTransformations(t *testing.T) {
	sum := md5.Sum([]byte("abc"))
	for _, row := range []struct {
		name, why, text, want string
	}{
		{"BASE64_DECODE", "decodes", "aGVsbG8=", "hello"},
		{"BASE64_DECODE", "needs no padding", "aGVsbG8", "hello"},
		{"BASE64_DECODE", "ends at another character", "aGVs-bG8=", "hel"},
		{"BASE64_DECODE_EXT", "skips other characters", "aG-Vs bG8=", "hello"},
		{"CMD_LINE", "makes AWS's five changes", `C^A"T   /etc,x;y  (Z`, "cat/etc x y(z"},
		{"COMPRESS_WHITE_SPACE", "makes one space of a run", "a\t \x0b\x0c\xa0b", "a b"},
		{"ESCAPE_SEQ_DECODE", "decodes what AWS lists", `\a\b\f\n\r\t\v\\\?\'\"\x41\0101`, "\a\b\f\n\r\t\v\\?'\"AA"},
		{"ESCAPE_SEQ_DECODE", "leaves what is not valid", `\q\xZZ`, `\q\xZZ`},
		{"HEX_DECODE", "decodes", "414243", "ABC"},
		{"HEX_DECODE", "leaves what is not hexadecimal", "41424x", "41424x"},
		{"HTML_ENTITY_DECODE", "decodes names in any case", "&QuOt;&lt;&gt;&AMP;&apos;", `"<>&'`},
		{"HTML_ENTITY_DECODE", "decodes numbers", "&#x41;&#66;&#x20ac;", "AB€"},
		{"HTML_ENTITY_DECODE", "makes the byte 160", "&nbsp;&#160;", "\xa0\xa0"},
		{"HTML_ENTITY_DECODE", "leaves other names", "&eacute;&lt", "&eacute;&lt"},
		{"JS_DECODE", "takes full-width forms for ASCII", `\uFF41\uff5e`, "a~"},
		{"JS_DECODE", "takes the lower byte of others", `\u0141\u0042`, "AB"},
		{"JS_DECODE", "decodes the other escapes", `\x41\101\n\q`, "AA\nq"},
		{"MD5", "is binary", "abc", string(sum[:])},
		{"NORMALIZE_PATH_WIN", "takes backslashes for slashes", `\a\..\b`, "/b"},
		{"REMOVE_NULLS", "removes", "a\x00b", "ab"},
		{"REPLACE_NULLS", "replaces", "a\x00b", "a b"},
		{"REPLACE_COMMENTS", "makes a space of each", "a/* x *//**/b", "a  b"},
		{"REPLACE_COMMENTS", "takes an unterminated one", "a/* x", "a "},
		{"REPLACE_COMMENTS", "leaves an end alone", "a*/b", "a*/b"},
		{"SQL_HEX_DECODE", "decodes AWS's example", "(0x414243)", "(ABC)"},
		{"SQL_HEX_DECODE", "leaves half a byte", "0x414", "A4"},
		{"URL_DECODE_UNI", "decodes both kinds", "%41%u0042+%uff23", "AB C"},
		{"URL_DECODE_UNI", "leaves what is broken", "%u00%zz", "%u00%zz"},
		{"URL_DECODE", "knows no %u", "%u0042", "%u0042"},
	} {
		t.Run(row.name+" "+row.why, func(t *testing.T) {
			acl := newACL(t, webACL(blocking("Match", 1, transformed(row.name, row.want))), &clock{})
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["X-Text"] = []string{row.text}
			if verdict := acl.Evaluate(r, netip.MustParseAddr("192.0.2.1")); verdict.Allowed {
				t.Errorf("%q does not become %q", row.text, row.want)
			}
		})
	}
}
