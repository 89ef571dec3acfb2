package test

import (
	"fmt"
	"net/url"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// aclExcept is an ACL whose known bad inputs do not judge these paths.
func aclExcept(paths ...string) *furl.WebAclProps {
	return &furl.WebAclProps{ManagedRuleGroups: []furl.ManagedRuleGroup{
		{Name: "AWSManagedRulesKnownBadInputsRuleSet", ExceptPaths: paths},
	}}
}

func TestExceptPathsStatement(t *testing.T) {
	match := func(constraint, search string) map[string]any {
		return map[string]any{"ByteMatchStatement": map[string]any{
			"FieldToMatch": map[string]any{"UriPath": map[string]any{}}, "PositionalConstraint": constraint,
			"SearchString": search, "TextTransformations": []any{
				map[string]any{"Priority": 0.0, "Type": "URL_DECODE"},
				map[string]any{"Priority": 1.0, "Type": "NORMALIZE_PATH"},
			},
		}}
	}
	rows := []struct {
		name, why string
		paths     []string
		want      map[string]any // inside the NotStatement
	}{
		{"none", "the group judges every path", nil, nil},
		{"an empty list", "the group judges every path", []string{}, nil},
		{"a beginning", "one stands bare", []string{"/webhooks/*"}, match("STARTS_WITH", "/webhooks/")},
		{"a path", "one stands bare", []string{"/upload"}, match("EXACTLY", "/upload")},
		{"the root alone", "it is a path like others", []string{"/"}, match("EXACTLY", "/")},
		{"two", "WAF takes two or more in an OrStatement", []string{"/webhooks/*", "/upload"}, map[string]any{
			"OrStatement": map[string]any{"Statements": []any{
				match("STARTS_WITH", "/webhooks/"), match("EXACTLY", "/upload"),
			}},
		}},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				_, acl := webAclIn(t, region, aclExcept(row.paths...))
				scope := groupStatement(t, acl, "AWSManagedRulesKnownBadInputsRuleSet")["ScopeDownStatement"]
				var want any
				if row.want != nil {
					want = map[string]any{"NotStatement": map[string]any{"Statement": row.want}}
				}
				if !reflect.DeepEqual(scope, want) {
					t.Errorf("%v, not %v", scope, want)
				}
			})
		}
	}
}

// TestExceptPathsExempt evaluates the synthesised statement for paths. Its transformations follow the WAF Developer
// Guide (waf-rule-statement-transformation).
func TestExceptPathsExempt(t *testing.T) {
	longest := "/" + strings.Repeat("x", 199)
	_, acl := webAclIn(t, "us-east-1", aclExcept("/webhooks/*", "/upload", "/img*", "/a b/ü", "/100%", longest+"*"))
	scope := groupStatement(t, acl, "AWSManagedRulesKnownBadInputsRuleSet")["ScopeDownStatement"].(map[string]any)
	rows := []struct {
		path, why string
		exempt    bool
	}{
		{"/webhooks/github", "it begins so", true},
		{"/webhooks/", "it begins so", true},
		{"/webhooks", "the slash is missing", false},
		{"/webhooksadmin", "the slash is missing", false},
		{"/Webhooks/github", "letters are case-sensitive", false},
		{"/webhooks/../admin", "it is /admin", false},
		{"/webhooks/%2e%2e/admin", "it is /admin", false},
		{"/webhooks/%2E./admin", "it is /admin", false},
		{"/webhooks%2f..%2fadmin", "it is /admin", false},
		{"/webhooks/./../admin", "it is /admin", false},
		{"/webhooks//../../admin", "it is /admin", false},
		{"/w%65bhooks/github", "it is /webhooks/github", true},
		{"//webhooks/github", "it is /webhooks/github", true},
		{"/webhooks/%252e%252e/admin", "a name with percent signs in it, below /webhooks/", true},
		{"/upload", "it is the path", true},
		{"/upload/", "it is another path", false},
		{"/uploads", "it is another path", false},
		{"/img.png", "the star has no slash before it", true},
		{"/a%20b/%C3%BC", "paths are written decoded", true},
		{"/100%25", "a percent sign that is no escape", true},
		{longest + "y", "WAF compares with 200 bytes", true},
		{"/", "it is not listed", false},
	}
	for _, row := range rows {
		if got := !pathMatches(t, scope, row.path); got != row.exempt {
			t.Errorf("%s is exempt: %v (%s)", row.path, got, row.why)
		}
	}
}

// pathMatches reports whether a request for a path matches a statement.
func pathMatches(t *testing.T, statement map[string]any, requested string) bool {
	t.Helper()
	if not := inside(statement, "NotStatement", "Statement"); not != nil {
		return !pathMatches(t, not, requested)
	}
	if or := inside(statement, "OrStatement"); or != nil {
		for _, one := range or["Statements"].([]any) {
			if pathMatches(t, one.(map[string]any), requested) {
				return true
			}
		}
		return false
	}
	match := inside(statement, "ByteMatchStatement")
	for _, transformation := range match["TextTransformations"].([]any) {
		switch transformation.(map[string]any)["Type"] {
		case "URL_DECODE":
			if decoded, err := url.PathUnescape(requested); err == nil {
				requested = decoded
			}
		case "NORMALIZE_PATH":
			slash := strings.HasSuffix(requested, "/") && path.Clean(requested) != "/"
			if requested = path.Clean(requested); slash {
				requested += "/"
			}
		}
	}
	search := match["SearchString"].(string)
	switch match["PositionalConstraint"] {
	case "EXACTLY":
		return requested == search
	case "STARTS_WITH":
		return strings.HasPrefix(requested, search)
	}
	t.Fatalf("a statement of another kind: %v", statement)
	return false
}

func TestExceptPathsRefusals(t *testing.T) {
	long := "/" + strings.Repeat("0123456789", 20)
	token := *awscdk.Fn_Ref(jsii.String("Path"))
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf("/hooks/%d", i)
	}
	rows := []struct {
		name, why string
		paths     []string
		want      []string
	}{
		{"empty", "it says nothing", []string{""}, []string{"a path is empty"}},
		{"a star", "it exempts everything", []string{"*"}, []string{"exempts every request", "leave the group out"}},
		{"everything", "as a star", []string{"/*"}, []string{"exempts every request", "leave the group out"}},
		{"everything, second", "each is looked at", []string{"/a", "/*"}, []string{"exempts every request"}},
		{"two stars", "only the last one counts", []string{"/**"}, []string{"a star that is not its end"}},
		{"a star within", "WAF has no such match", []string{"/users/*/avatar"}, []string{"a star that is not its end"}},
		{"a file type", "WAF has no such match", []string{"/*.png"}, []string{"a star that is not its end"}},
		{"no slash", "no path begins so", []string{"webhooks/*"}, []string{`write "/webhooks/*"`}},
		{"a URL", "no path begins so", []string{"https://example.com/x"}, []string{"does not begin with a slash"}},
		{"a query", "the path has none", []string{"/search?q=*"}, []string{"a query or a fragment"}},
		{"a fragment", "the path has none", []string{"/page#top"}, []string{"a query or a fragment"}},
		{"an escape", "the path is decoded", []string{"/a%20b/*"}, []string{`write "/a b/*"`}},
		{"an escaped letter", "the path is decoded", []string{"/caf%c3%a9"}, []string{`write "/café"`}},
		{"an escaped slash", "the path is decoded", []string{"/a%2Fb"}, []string{`write "/a/b"`}},
		{"dots", "the path is normalised", []string{"/webhooks/../admin"}, []string{"normalised"}},
		{"a dot", "the path is normalised", []string{"/./webhooks/*"}, []string{"normalised"}},
		{"dots at the end", "the path is normalised", []string{"/webhooks/.."}, []string{"normalised"}},
		{"dots before a star", "it may be meant as a segment", []string{"/webhooks/..*"}, []string{"normalised"}},
		{"two slashes", "the path is normalised", []string{"/webhooks//x"}, []string{"normalised"}},
		{"two slashes at the start", "the path is normalised", []string{"//*"}, []string{"normalised"}},
		{"201 bytes", "WAF compares with 200", []string{long}, []string{"201 bytes", "200 at most"}},
		{"201 bytes in 102 letters", "bytes count", []string{"/" + strings.Repeat("ü", 100)}, []string{"201 bytes"}},
		{"twice", "one of them is not meant", []string{"/a/*", "/b", "/a/*"}, []string{"twice"}},
		{"many", "22 units each", many, []string{"1520 capacity units", "over 1480", "join paths"}},
		{"a token", "nobody can tell", []string{token}, []string{"known at deployment only"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			message := refusal(t, func() { furl.NewWebAcl(stack, jsii.String("Acl"), aclExcept(row.paths...)) })
			expectText(t, message, append(row.want, `furl.WebAcl at "Demo/Acl": `)...)
		})
	}
}

// TestExceptPathsCapacity checks the most capacity that Furl takes. It is within the price of an ACL.
func TestExceptPathsCapacity(t *testing.T) {
	paths := make([]string, 25)
	for i := range paths {
		paths[i] = fmt.Sprintf("/hooks/%d", i)
	}
	groups := groupsNamed("KnownBadInputsRuleSet CommonRuleSet AmazonIpReputationList")
	groups[1].ExceptPaths = paths
	rules, _, _ := aclRules(t, &furl.WebAclProps{
		ManagedRuleGroups: groups,
		AllowedCidrs:      []string{"203.0.113.0/24", "2001:db8::/32"},
		BlockedCidrs:      []string{"203.0.113.66/32", "2001:db8:bad::/48"},
	})
	if used := capacity(rules); used != 925+25*22+6 || used > 1_500 {
		t.Errorf("%d capacity units", used)
	}
	groups[2].ExceptPaths = []string{"/hooks/26"}
	stack := newStack(newApp(t), "Demo", "us-east-1")
	message := refusal(t, func() {
		furl.NewWebAcl(stack, jsii.String("Acl"), &furl.WebAclProps{ManagedRuleGroups: groups})
	})
	expectText(t, message, "1497 capacity units")
}
