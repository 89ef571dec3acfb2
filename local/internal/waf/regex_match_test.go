package waf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/waf"
)

const patternSet = "arn:aws:wafv2:us-east-1:111122223333:global/regexpatternset/bad/1"

func TestRegexPatternSet(t *testing.T) {
	statement := regex(uriPath, "")["RegexMatchStatement"].(object)
	delete(statement, "RegexString")
	statement["Arn"] = patternSet
	c := config(webACL(blocking("Match", 1, object{"RegexPatternSetReferenceStatement": statement})), &clock{})
	c.Parts = map[string]map[string]any{patternSet: {"RegularExpressionList": []string{"^/a", "z$"}}}
	acl, err := waf.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for target, blocked := range map[string]bool{"/ab": true, "/xyz": true, "/x": false} {
		if verdict := (post{target: target}).evaluate(t, acl); verdict.Allowed == blocked {
			t.Errorf("%s: %+v", target, verdict)
		}
	}
	c.Parts = map[string]map[string]any{patternSet: {"RegularExpressionList": []string{"a", `(a)\1`}}}
	acl, err = waf.New(c)
	if err != nil || !strings.Contains(fmt.Sprint(acl.NotSimulated()), "RE2 cannot read (error parsing regexp") {
		t.Errorf("a back reference: %v, %q", err, acl.NotSimulated())
	}
}
