package waf_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// regex is a search for a pattern in a part of the request.
func regex(part object, pattern string) object {
	return object{"RegexMatchStatement": object{
		"FieldToMatch": part, "RegexString": pattern, "TextTransformations": inOrder([]string{"NONE"}),
	}}
}

// size compares the size of a part of the request.
func size(part object, operator string, bytes any) object {
	return object{"SizeConstraintStatement": object{
		"FieldToMatch": part, "ComparisonOperator": operator, "Size": bytes,
		"TextTransformations": inOrder([]string{"NONE"}),
	}}
}

// parts of a request.
var (
	allArguments = object{"AllQueryArguments": object{}}
	salesRegion  = object{"SingleQueryArgument": object{"Name": "SalesRegion"}}
	queryString  = object{"QueryString": object{}}
	uriPath      = object{"UriPath": object{}}
)

func body(oversize string) object { return object{"Body": object{"OversizeHandling": oversize}} }

// many are headers or cookies.
func many(part, scope, oversize string, pattern object) object {
	return object{part: object{"MatchPattern": pattern, "MatchScope": scope, "OversizeHandling": oversize}}
}

// TestFields has AWS's examples of query arguments (AWS WAF Developer Guide, waf-rule-statement-fields-list).
func TestFields(t *testing.T) {
	const boston = "/?SalesRegion=boston&SalesRegion=seattle"
	all := object{"All": object{}}
	for _, row := range []struct {
		name, why string
		statement object
		request   post
		matches   bool
	}{
		{"argument", "its first value", on(salesRegion, "EXACTLY", "boston"), post{target: boston}, true},
		{
			"repeated argument", "either value is enough",
			on(salesRegion, "EXACTLY", "seattle"),
			post{target: boston},
			true,
		},
		{
			"argument's case", "names have no case",
			on(salesRegion, "EXACTLY", "x"),
			post{target: "/?sALESrEGION=x"},
			true,
		},
		{"another argument", "the name differs", on(salesRegion, "EXACTLY", "x"), post{target: "/?Region=x"}, false},
		{"argument's name", "only values count", on(allArguments, "CONTAINS", "Sales"), post{target: boston}, false},
		{"any argument", "each value is inspected", on(allArguments, "EXACTLY", "b"), post{target: "/?x=a&y=b"}, true},
		{"as sent", "nothing decodes a value", on(allArguments, "EXACTLY", "b"), post{target: "/?x=%62"}, false},
		{"no argument", "there is no value", size(allArguments, "GE", 0), post{target: "/"}, false},
		{"absent header", "is not there to be compared", size(singleHeader("x-a"), "GE", 0), post{target: "/"}, false},
		{
			"no header", "so AWS's way to ask for one matches", inverse(size(singleHeader("x-a"), "GE", 0)),
			post{target: "/"},
			true,
		},
		{
			"empty header", "is there", size(singleHeader("x-a"), "EQ", 0),
			post{target: "/", header: "X-A"},
			true,
		},
		{"path's size", "the slash counts", size(uriPath, "EQ", "9"), post{target: "/logo.jpg?x"}, true},
		{"not equal", "NE", size(uriPath, "NE", 9), post{target: "/logo.jpg?x"}, false},
		{"less", "LT", size(uriPath, "LT", 9), post{target: "/logo.jpg?x"}, false},
		{"less or equal", "LE", size(uriPath, "LE", 9), post{target: "/logo.jpg?x"}, true},
		{"greater", "GT", size(uriPath, "GT", 8), post{target: "/logo.jpg?x"}, true},
		{
			"body", "as plain text",
			on(body("CONTINUE"), "CONTAINS", "evil"),
			post{target: "/", body: "an evil one"},
			true,
		},
		{
			"end of a large body", "is beyond 16 KB", on(body("CONTINUE"), "CONTAINS", "evil"),
			post{target: "/", body: strings.Repeat("a", 16384) + "evil", chunked: true},
			false,
		},
		{
			"large body that matches", "MATCH asks no more", on(body("MATCH"), "CONTAINS", "evil"),
			post{target: "/", body: strings.Repeat("a", 16385)},
			true,
		},
		{
			"large body that does not", "NO_MATCH asks no more", on(body("NO_MATCH"), "CONTAINS", "a"),
			post{target: "/", body: strings.Repeat("a", 16385)},
			false,
		},
		{
			"body of 16 KB", "is inspected whole", on(body("MATCH"), "CONTAINS", "evil"),
			post{target: "/", body: strings.Repeat("a", 16384)},
			false,
		},
		{
			"size of a large body", "only inspected bytes count", size(body("CONTINUE"), "GT", 16384),
			post{target: "/", body: strings.Repeat("a", 20000)},
			false,
		},
		{
			"names of headers", "are in lower case",
			on(many("Headers", "KEY", "CONTINUE", all), "STARTS_WITH", "x-amzn-waf-"),
			post{target: "/", header: "X-Amzn-Waf-Trusted", value: "1"},
			true,
		},
		{
			"values of headers", "are no names", on(many("Headers", "VALUE", "CONTINUE", all), "EXACTLY", "x-kind"),
			post{target: "/", header: "X-Kind", value: "a"},
			false,
		},
		{
			"listed header", "names have no case",
			on(many("Headers", "ALL", "CONTINUE", object{"IncludedHeaders": []string{"x-KIND"}}), "EXACTLY", "a"),
			post{target: "/", header: "X-Kind", value: "a"},
			true,
		},
		{
			"excluded header", "is not inspected",
			on(many("Headers", "ALL", "CONTINUE", object{"ExcludedHeaders": []string{"x-KIND"}}), "EXACTLY", "a"),
			post{target: "/", header: "X-Kind", value: "a"},
			false,
		},
		{
			"host", "is a header",
			on(many("Headers", "VALUE", "CONTINUE", all), "EXACTLY", "example.com"),
			post{target: "/"},
			true,
		},
		{
			"large headers", "8 KB are the most", on(many("Headers", "KEY", "MATCH", all), "EXACTLY", "none"),
			post{target: "/", header: "X-Large", value: strings.Repeat("a", 8192)},
			true,
		},
		{
			"cookie", "each value is a text",
			on(many("Cookies", "VALUE", "CONTINUE", all), "EXACTLY", "2"),
			post{target: "/", header: "Cookie", value: "a=1; b=2"},
			true,
		},
		{
			"cookie that is excluded", "another is not",
			on(many("Cookies", "ALL", "CONTINUE", object{"ExcludedCookies": []string{"b"}}), "EXACTLY", "2"),
			post{target: "/", header: "Cookie", value: "a=1; b=2"},
			false,
		},
		{
			"cookies that are included", "their names count too",
			on(many("Cookies", "ALL", "CONTINUE", object{"IncludedCookies": []string{"b"}}), "EXACTLY", "b"),
			post{target: "/", header: "Cookie", value: "a=1; b=2"},
			true,
		},
		{
			"large cookies", "8 KB are inspected",
			on(many("Cookies", "VALUE", "CONTINUE", all), "EXACTLY", "2"),
			post{target: "/", header: "Cookie", value: "a=" + strings.Repeat("1", 8192) + "; b=2"},
			false,
		},
		{
			"many cookies", "200 are the most",
			on(many("Cookies", "VALUE", "MATCH", all), "EXACTLY", "none"),
			post{target: "/", header: "Cookie", value: strings.Repeat("a=1;", 201)},
			true,
		},
		{"no cookie", "there is none", size(many("Cookies", "ALL", "MATCH", all), "GE", 0), post{target: "/"}, false},
		{"regex", "is searched for", regex(uriPath, "I[a@]mAB[a@]dRequest"), post{target: "/x/I@mABadRequest"}, true},
		{"case of a regex", "counts", regex(uriPath, "bad"), post{target: "/BAD"}, false},
		{"regex without case", "as in PCRE", regex(uriPath, "(?i)bad"), post{target: "/BAD"}, true},
		{"anchors", "hold", regex(queryString, "^a=[0-9]+$"), post{target: "/?a=1x"}, false},
		{
			"dollar before a newline", "as in PCRE", regex(body("CONTINUE"), "^a$"),
			post{target: "/", body: "a\n"},
			true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			acl := newACL(t, webACL(blocking("Match", 1, row.statement)), &clock{})
			if lines := acl.NotSimulated(); lines != nil {
				t.Errorf("not simulated: %q", lines)
			}
			if verdict := row.request.evaluate(t, acl); verdict.Allowed == row.matches {
				t.Errorf("%s: %+v", row.why, verdict)
			}
		})
	}
}

// TestBodyLimit looks into 32 KB, as the web ACL says.
func TestBodyLimit(t *testing.T) {
	properties := webACL(blocking("Match", 1, on(body("CONTINUE"), "CONTAINS", "evil")))
	limits := object{"CLOUDFRONT": object{"DefaultSizeInspectionLimit": "KB_32"}}
	properties["AssociationConfig"] = object{"RequestBody": limits}
	for _, row := range []struct {
		name, why string
		before    int
		blocked   bool
	}{
		{"at the end", "the word ends at 32 KB", 32764, true},
		{"beyond", "one byte more is not inspected", 32765, false},
	} {
		verdict := post{target: "/", body: strings.Repeat("a", row.before) + "evil"}.evaluate(
			t, newACL(t, properties, &clock{}))
		if verdict.Allowed == row.blocked {
			t.Errorf("%s: %s: %+v", row.name, row.why, verdict)
		}
	}
	limits["CLOUDFRONT"] = object{"DefaultSizeInspectionLimit": "KB_128"}
	_, err := waf.New(config(properties, &clock{}))
	if err == nil || !strings.Contains(err.Error(), `"KB_128" is none`) {
		t.Error(err)
	}
}

// TestSeveralBodies reads a body for two statements and a managed rule, and leaves all of it.
func TestSeveralBodies(t *testing.T) {
	acl := newACL(t, webACL(common(nil),
		blocking("First", 1, on(body("CONTINUE"), "CONTAINS", "none")),
		blocking("Second", 2, size(body("CONTINUE"), "EQ", 8192)),
	), &clock{})
	verdict := post{target: "/", body: strings.Repeat("a", 8192), chunked: true}.evaluate(t, acl)
	if verdict.Rule != "Second" {
		t.Errorf("%+v", verdict)
	}
}

// TestReadsNoMore reads only the inspected bytes of a body and one more, so that a slow upload does not wait.
func TestReadsNoMore(t *testing.T) {
	acl := newACL(t, webACL(blocking("Match", 1, on(body("MATCH"), "CONTAINS", "none"))), &clock{})
	upload := strings.NewReader(strings.Repeat("a", 1<<20))
	r := httptest.NewRequest("POST", "/", io.NopCloser(upload))
	acl.Evaluate(r, netip.MustParseAddr("192.0.2.1"))
	if read := 1<<20 - upload.Len(); read != 16385 {
		t.Errorf("%d bytes were read", read)
	}
}

// TestNoBody leaves the body of a request without one as it is, since others compare it with http.NoBody.
func TestNoBody(t *testing.T) {
	acl := newACL(t, webACL(blocking("Match", 1, on(body("MATCH"), "CONTAINS", "none"))), &clock{})
	r := httptest.NewRequest("GET", "/", nil)
	r.Body = http.NoBody
	acl.Evaluate(r, netip.MustParseAddr("192.0.2.1"))
	if r.Body != http.NoBody {
		t.Errorf("the body is %T", r.Body)
	}
}

// TestFieldsRefused has what AWS WAF refuses.
func TestFieldsRefused(t *testing.T) {
	all := object{"All": object{}}
	both := object{"All": object{}, "IncludedHeaders": []string{"a"}}
	for _, row := range []struct {
		name, why string
		statement object
		err       string
	}{
		{"oversize", "AWS has three", on(body("SKIP"), "CONTAINS", "a"), `OversizeHandling "SKIP" is none of`},
		{"scope", "AWS has three", on(many("Headers", "BOTH", "MATCH", all), "CONTAINS", "a"), `MatchScope "BOTH"`},
		{"patterns", "one is set", on(many("Headers", "ALL", "MATCH", both), "CONTAINS", "a"), "exactly one of All"},
		{
			"no pattern", "one is set",
			on(many("Cookies", "ALL", "MATCH", object{}), "CONTAINS", "a"), "exactly one of All",
		},
		{"operator", "AWS has six", size(uriPath, "IN", 1), `there is no ComparisonOperator "IN"`},
		{"size", "it is a number", size(uriPath, "EQ", "one"), "is not a whole number"},
		{"empty pattern", "it has a character", regex(uriPath, ""), "a pattern is empty"},
		{
			"JSON pattern", "one is set", on(jsonBody(object{"MatchPattern": object{}}), "CONTAINS", "a"),
			"MatchPattern names either All or IncludedPaths",
		},
		{"JSON scope", "AWS has three", on(jsonBody(object{"MatchScope": "ANY"}), "CONTAINS", "a"), `MatchScope "ANY"`},
		{
			"JSON fallback", "AWS has three",
			on(jsonBody(object{"InvalidFallbackBehavior": "SKIP"}), "CONTAINS", "a"),
			`InvalidFallbackBehavior "SKIP" is none of`,
		},
		{"argument", "it has a name", on(object{"SingleQueryArgument": object{}}, "CONTAINS", "a"), "has no Name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := waf.New(config(webACL(blocking("Match", 1, row.statement)), &clock{}))
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: %v, want %q", row.why, err, row.err)
			}
		})
	}
}
