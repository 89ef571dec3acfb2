package waf_test

import (
	"encoding/base64"
	"maps"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// path is a string match on the path, after transformations in this order.
func path(constraint, search string, transformations ...string) object {
	return object{"ByteMatchStatement": object{
		"FieldToMatch": object{"UriPath": object{}}, "PositionalConstraint": constraint, "SearchString": search,
		"TextTransformations": inOrder(transformations),
	}}
}

// inOrder lists the transformations last to first, since only their priority counts.
func inOrder(names []string) []object {
	var list []object
	for i, name := range names {
		list = append(list, object{"Priority": i, "Type": name})
	}
	slices.Reverse(list)
	return list
}

// on is a string match on another part of the request.
func on(part object, constraint, search string) object {
	statement := path(constraint, search, "NONE")
	statement["ByteMatchStatement"].(object)["FieldToMatch"] = part
	return statement
}

func singleHeader(name string) object { return object{"SingleHeader": object{"Name": name}} }

// TestExceptPaths excepts /webhooks/* and /health from a group, as the library's ExceptPaths does.
func TestExceptPaths(t *testing.T) {
	excepted := common(object{"ScopeDownStatement": inverse(either(
		path("STARTS_WITH", "/webhooks/", "URL_DECODE", "NORMALIZE_PATH"),
		path("EXACTLY", "/health", "URL_DECODE", "NORMALIZE_PATH"),
	))})
	for _, row := range []struct {
		name, why, path string
		excepted        bool
	}{
		{"under", "the path begins with it", "/webhooks/stripe", true},
		{"the folder itself", "its slash is there", "/webhooks/", true},
		{"without the slash", "is another path", "/webhooks", false},
		{"longer name", "is another folder", "/webhooks-admin/x", false},
		{"exact", "the whole path", "/health", true},
		{"below an exact path", "only a star covers what is below", "/health/x", false},
		{"exact path with a slash", "is another path", "/health/", false},
		{"case", "no transformation evens it out", "/Webhooks/x", false},
		{"another path", "nobody excepted it", "/admin", false},
		{"dot segments", "lead out again", "/webhooks/../admin", false},
		{"escaped dots", "are dots", "/webhooks/%2e%2e/admin", false},
		{"half escaped", "are dots too", "/webhooks/.%2E/admin", false},
		{"escaped slash", "is a slash after URL_DECODE", "/webhooks%2f..%2fadmin", false},
		{"dots at the end", "lead out too", "/webhooks/..", false},
		{"deep", "each of them leads up", "/webhooks/a/b/../../../admin", false},
		{"out and in again", "ends up under it", "/admin/../webhooks/x", true},
		{"slashes", "count as one", "//webhooks///x", true},
		{"dots below", "stay below", "/webhooks/a/../b", true},
		{"single dots", "stand for nothing", "/./webhooks/./x", true},
		{"above the root", "is the root", "/../webhooks/x", true},
		{"escaped letters", "are letters", "/%77ebhooks/x", true},
		{"escaped twice", "is decoded once, for the function too", "/webhooks/%252e%252e/admin", true},
		{"broken escape", "stays as it is", "/webhooks/%zz", true},
		{"prefix in the query", "is no path", "/admin?/webhooks/", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			target := row.path + "?" + strings.Repeat("q", 3000)
			verdict := post{target: target}.evaluate(t, newACL(t, webACL(excepted), &clock{}))
			if verdict.Allowed != row.excepted {
				t.Errorf("%s: %+v", row.why, verdict)
			}
		})
	}
}

func TestByteMatch(t *testing.T) {
	for _, row := range []struct {
		name, why string
		statement object
		request   post
		matches   bool
	}{
		{"exactly", "the whole path is the string", path("EXACTLY", "/a", "NONE"), post{target: "/a"}, true},
		{"exactly more", "a longer path is another one", path("EXACTLY", "/a", "NONE"), post{target: "/ab"}, false},
		{"starts", "what follows does not matter", path("STARTS_WITH", "/a", "NONE"), post{target: "/ab"}, true},
		{"starts elsewhere", "the string comes later", path("STARTS_WITH", "/a", "NONE"), post{target: "/b/a"}, false},
		{"ends", "the query is apart", path("ENDS_WITH", ".pdf", "NONE"), post{target: "/a.pdf?x"}, true},
		{"ends elsewhere", "a slash follows", path("ENDS_WITH", ".pdf", "NONE"), post{target: "/a.pdf/"}, false},
		{"contains", "letters around it do not matter", path("CONTAINS", "mid", "NONE"), post{target: "/amidst"}, true},
		{"contains not", "it is interrupted", path("CONTAINS", "mid", "NONE"), post{target: "/mi/d"}, false},
		{"word", "slashes end words", path("CONTAINS_WORD", "mid", "NONE"), post{target: "/a/mid/st"}, true},
		{"word at the end", "the end ends a word", path("CONTAINS_WORD", "mid", "NONE"), post{target: "/a/mid"}, true},
		{"word in a word", "letters follow", path("CONTAINS_WORD", "mid", "NONE"), post{target: "/amid/midst"}, false},
		{
			"word and underscore", "an underscore is part of a word",
			path("CONTAINS_WORD", "mid", "NONE"),
			post{target: "/mid_x"},
			false,
		},
		{
			"second word", "the first find is none",
			path("CONTAINS_WORD", "mid", "NONE"),
			post{target: "/midmid/mid"},
			true,
		},
		{"as sent", "NONE decodes nothing", path("EXACTLY", "/a", "NONE"), post{target: "/%61"}, false},
		{"lower case", "A to Z change", path("EXACTLY", "/ab", "LOWERCASE"), post{target: "/aB"}, true},
		{
			"lower case of ASCII", "other letters stay",
			path("EXACTLY", "/ä", "URL_DECODE", "LOWERCASE"),
			post{target: "/%C3%84"},
			false,
		},
		{"bytes", "no need to be UTF-8", path("EXACTLY", "/%ff", "LOWERCASE"), post{target: "/%FF"}, true},
		{
			"order", "decoded, then lower case",
			path("EXACTLY", "/a", "URL_DECODE", "LOWERCASE"),
			post{target: "/%41"},
			true,
		},
		{
			"other order", "lower case, then decoded",
			path("EXACTLY", "/a", "LOWERCASE", "URL_DECODE"),
			post{target: "/%41"},
			false,
		},
		{"twice", "each decodes once", path("EXACTLY", "/a", "URL_DECODE", "URL_DECODE"), post{target: "/%2561"}, true},
		{"short escape", "stays", path("EXACTLY", "/%4", "URL_DECODE"), post{target: "/%4"}, true},
		{"sign in an escape", "is no digit", path("EXACTLY", "/% 1", "URL_DECODE"), post{target: "/%+1"}, true},
		{"plus", "is a space", path("EXACTLY", "/a b", "URL_DECODE"), post{target: "/a+b"}, true},
		{"root", "stays a slash", path("EXACTLY", "/", "NORMALIZE_PATH"), post{target: "/a/../"}, true},
		{
			"query", "without its question mark",
			on(object{"QueryString": object{}}, "EXACTLY", "a=1&b"),
			post{target: "/?a=1&b"},
			true,
		},
		{
			"query of the path", "it is apart",
			on(object{"QueryString": object{}}, "CONTAINS", "x"),
			post{target: "/x?a"},
			false,
		},
		{"method", "as it was sent", on(object{"Method": object{}}, "EXACTLY", "POST"), post{target: "/"}, true},
		{
			"another method", "GET is not POST",
			on(object{"Method": object{}}, "EXACTLY", "GET"),
			post{target: "/"},
			false,
		},
		{
			"header", "names have no case",
			on(singleHeader("x-KIND"), "EXACTLY", "a"),
			post{target: "/", header: "X-Kind", value: "a"},
			true,
		},
		{
			"another header", "the name differs",
			on(singleHeader("x-other"), "EXACTLY", "a"),
			post{target: "/", header: "X-Kind", value: "a"},
			false,
		},
		{
			"host", "net/http keeps it apart",
			on(singleHeader("host"), "EXACTLY", "example.com"),
			post{target: "/"},
			true,
		},
		{"and", "both must match", object{"AndStatement": object{"Statements": []object{
			path("STARTS_WITH", "/a", "NONE"), on(object{"Method": object{}}, "EXACTLY", "GET"),
		}}}, post{target: "/a"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			verdict := row.request.evaluate(t, newACL(t, webACL(blocking("Match", 1, row.statement)), &clock{}))
			if verdict.Allowed == row.matches {
				t.Errorf("%s: %+v", row.why, verdict)
			}
		})
	}
}

// TestRepeatedAndAbsentHeaders checks that an absent header matches nothing. A repeated header has both values.
func TestRepeatedAndAbsentHeaders(t *testing.T) {
	acl := newACL(t, webACL(blocking("Match", 1, on(singleHeader("x-kind"), "CONTAINS", "a,b"))), &clock{})
	r := httptest.NewRequest("GET", "/", nil)
	if verdict := acl.Evaluate(r, netip.MustParseAddr("192.0.2.1")); !verdict.Allowed {
		t.Errorf("absent: %+v", verdict)
	}
	r.Header["X-Kind"] = []string{"a", "b"}
	if verdict := acl.Evaluate(r, netip.MustParseAddr("192.0.2.1")); verdict.Allowed {
		t.Errorf("repeated: %+v", verdict)
	}
}

func TestBase64Search(t *testing.T) {
	statement := path("STARTS_WITH", "", "NONE")
	statement["ByteMatchStatement"].(object)["SearchStringBase64"] = base64.StdEncoding.EncodeToString([]byte("/a"))
	acl := newACL(t, webACL(blocking("Match", 1, statement)), &clock{})
	if verdict := (post{target: "/ab"}).evaluate(t, acl); verdict.Allowed {
		t.Errorf("%+v", verdict)
	}
	if verdict := (post{target: "/b"}).evaluate(t, acl); !verdict.Allowed {
		t.Errorf("%+v", verdict)
	}
}

// TestByteMatchRefused changes a statement to what AWS WAF refuses, or to what is not simulated.
func TestByteMatchRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		changes   object
		err, line string
	}{
		{"no string", "there must be one", object{"SearchString": ""}, "either SearchString or SearchStringBase64", ""},
		{
			"two strings", "there may be one",
			object{"SearchStringBase64": "YQ=="},
			"either SearchString or SearchStringBase64", "",
		},
		{
			"base64", "a percent sign is not base64",
			object{"SearchString": "", "SearchStringBase64": "%"},
			"SearchStringBase64: illegal base64", "",
		},
		{
			"long string", "200 bytes are the most",
			object{"SearchString": strings.Repeat("a", 201)},
			"has 201 bytes", "",
		},
		{
			"constraint", "AWS has five",
			object{"PositionalConstraint": "MATCHES"},
			`there is no PositionalConstraint "MATCHES"`, "",
		},
		{"word", "it has no slash", object{"PositionalConstraint": "CONTAINS_WORD"}, "CONTAINS_WORD takes letters", ""},
		{"no field", "there must be one", object{"FieldToMatch": object{}}, "FieldToMatch names one part", ""},
		{
			"header without a name", "it must name one header",
			object{"FieldToMatch": object{"SingleHeader": object{}}},
			"SingleHeader has no Name", "",
		},
		{
			"no transformation", "NONE is one",
			object{"TextTransformations": []object{}},
			"at least one of TextTransformations", "",
		},
		{
			"priorities", "they must differ",
			object{"TextTransformations": []object{
				{"Priority": 1, "Type": "NONE"}, {"Priority": 1, "Type": "LOWERCASE"},
			}},
			"two of TextTransformations have priority 1", "",
		},
		{
			"another part", "without a model",
			object{"FieldToMatch": object{"JA3Fingerprint": object{}}},
			"", "WAF rule Match: ByteMatchStatement on JA3Fingerprint (the rule is left out)",
		},
		{
			"another transformation", "without a model",
			object{"TextTransformations": []object{{"Priority": 0, "Type": "CSS_DECODE"}}},
			"", "WAF rule Match: ByteMatchStatement with TextTransformation CSS_DECODE (the rule is left out)",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			statement := path("STARTS_WITH", "/a", "NONE")
			maps.Copy(statement["ByteMatchStatement"].(object), row.changes)
			acl, err := waf.New(config(webACL(blocking("Match", 1, statement)), &clock{}))
			if row.err != "" {
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Errorf("%s: %v, want %q", row.why, err, row.err)
				}
				return
			}
			if err != nil || !slices.Equal(acl.NotSimulated(), []string{row.line}) {
				t.Errorf("%s: %v, %q", row.why, err, acl.NotSimulated())
			}
		})
	}
}
