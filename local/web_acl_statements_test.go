package local

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// inspect is a statement on a part of the request without a transformation.
func inspect(kind string, part, properties object) object {
	properties["FieldToMatch"] = part
	properties["TextTransformations"] = []any{object{"Priority": 0, "Type": "NONE"}}
	return object{kind: properties}
}

// statementsACL is a web ACL with an IP set, a regex pattern set and a rule group of the template.
func statementsACL(resources object, scope string) {
	const part = "AWS::WAFv2::"
	resources["Office"] = object{"Type": part + "IPSet", "Properties": object{
		"Scope": scope, "IPAddressVersion": "IPV4", "Addresses": []any{"203.0.113.0/24"},
	}}
	resources["Bad"] = object{"Type": part + "RegexPatternSet", "Properties": object{
		"Scope": scope, "RegularExpressionList": []any{`^/\.git`, `\.php$`},
	}}
	resources["Group"] = object{"Type": part + "RuleGroup", "Properties": object{
		"Name": "own", "Scope": scope, "Capacity": 10, "Rules": []any{object{
			"Name": "Bot", "Priority": 0, "RuleLabels": []any{object{"Name": "agent:bot"}},
			"Action": object{"Count": object{"CustomRequestHandling": object{
				"InsertHeaders": []any{object{"Name": "kind", "Value": "bot"}},
			}}},
			"Statement": inspect("SizeConstraintStatement", object{"SingleHeader": object{"Name": "x-bot"}},
				object{"ComparisonOperator": "GT", "Size": 0}),
		}},
	}}
	resources["Acl"] = object{"Type": part + "WebACL", "Properties": object{
		"Name": "acl", "Scope": scope, "DefaultAction": object{"Allow": object{}},
		"Rules": []any{
			object{
				"Name": "Own", "Priority": 0, "OverrideAction": object{"None": object{}},
				"Statement": object{"RuleGroupReferenceStatement": object{"Arn": getAtt("Group", "Arn")}},
			},
			object{
				"Name": "BotsAtHome", "Priority": 1, "Action": object{"Block": object{}},
				"Statement": object{"AndStatement": object{"Statements": []any{
					object{"LabelMatchStatement": object{
						"Scope": "LABEL", "Key": "awswaf:111122223333:rulegroup:own:agent:bot",
					}},
					inspect("ByteMatchStatement", object{"UriPath": object{}},
						object{"PositionalConstraint": "STARTS_WITH", "SearchString": "/home"}),
				}}},
			},
			object{
				"Name": "Bad", "Priority": 2, "Action": object{"Block": object{}},
				"Statement": inspect("RegexPatternSetReferenceStatement", object{"UriPath": object{}},
					object{"Arn": getAtt("Bad", "Arn")}),
			},
			object{
				"Name": "Tenant", "Priority": 3, "Action": object{"Block": object{}},
				"Statement": object{"RateBasedStatement": object{
					"Limit": 10, "AggregateKeyType": "CUSTOM_KEYS",
					"CustomKeys": []any{object{"Header": object{
						"Name": "x-tenant", "TextTransformations": []any{object{"Priority": 0, "Type": "NONE"}},
					}}},
				}},
			},
		},
	}}
}

// requestWith sends one header, and returns the status and the body.
func requestWith(t *testing.T, url, name, value string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(name, value)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestWebACLStatements sends requests through a distribution with such an ACL. The function answers with the header
// that a rule inserts.
func TestWebACLStatements(t *testing.T) {
	resources := hello()
	resources["Fn"] = function("return event.headers['x-amzn-waf-kind'] || 'none'", nil)
	statementsACL(resources, "CLOUDFRONT")
	resources["Cdn"] = distribution(getAtt("Acl", "Arn"))
	s := serveAssembly(t, assemble(t, resources, nil))
	url := s.Distributions[0].URL
	for _, row := range []struct {
		name, why, path, header, value string
		status                         int
		body                           string // "" for any
	}{
		{"plain", "no rule matches", "/", "x-a", "1", 200, "none"},
		{"claimed header", "goes on, as on AWS", "/", "x-amzn-waf-kind", "claimed", 200, "claimed"},
		{"bot", "the group counts it and inserts a header", "/", "x-bot", "1", 200, "bot"},
		{"bot at home", "the label of the group blocks it there", "/home", "x-bot", "1", 403, ""},
		{"pattern", "the set has it", "/index.php", "x-a", "1", 403, ""},
		{"another pattern", "the set has it too", "/.git/config", "x-a", "1", 403, ""},
	} {
		status, body := requestWith(t, url+row.path, row.header, row.value)
		if status != row.status || row.body != "" && body != row.body {
			t.Errorf("%s: %s: %d %q", row.name, row.why, status, body)
		}
	}
	for i := range 11 {
		if status, _ := requestWith(t, url+"/", "x-tenant", "a"); (status == 403) != (i == 10) {
			t.Errorf("request %d of a tenant: %d", i+1, status)
		}
	}
	if status, _ := requestWith(t, url+"/", "x-tenant", "b"); status != 200 {
		t.Errorf("another tenant: %d", status)
	}
	if said := s.said(); strings.Contains(said, "WAF rule") {
		t.Errorf("a rule is not simulated:\n%s", said)
	}
}

// TestInsertedHeaderOfAStage sends a bot to a REST API, whose function gets the inserted header too.
func TestInsertedHeaderOfAStage(t *testing.T) {
	resources := restResources()
	withWebACL(resources, nil)
	statementsACL(resources, "REGIONAL")
	set(resources, "Fn", function(
		"return {statusCode: 200, body: event.headers['X-Amzn-Waf-Kind'] || 'none'}", nil,
	)["Properties"].(object))
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, body := requestWith(t, s.RestAPIs[0].URL+"/x", "x-bot", "1"); status != 200 || body != "bot" {
		t.Errorf("%d %q", status, body)
	}
}

// TestViewers checks the address and the country that stand for a client on loopback.
func TestViewers(t *testing.T) {
	office := object{"IPSetReferenceStatement": object{"Arn": getAtt("Office", "Arn")}}
	for _, row := range []struct {
		name, why string
		statement object
		needs     waf.Needs
		allowed   bool
		gap, err  string
	}{
		{"allow list", "loopback is not on it", office, waf.Needs{}, false, "", ""},
		{
			"allow list and an address", "the address is on it", office,
			waf.Needs{ViewerAddress: netip.MustParseAddr("203.0.113.9")},
			true, "", "",
		},
		{"country", "is on the list", geoMatch("DE"), waf.Needs{ViewerCountry: "DE"}, true, "", ""},
		{"another country", "is not", geoMatch("DE"), waf.Needs{ViewerCountry: "FR"}, false, "", ""},
		{
			"no country", "the rule is left out", geoMatch("DE"),
			waf.Needs{},
			true,
			"WAF rule List: GeoMatchStatement, since --viewer-country is not given (the rule is left out): Demo/Acl",
			"",
		},
		{"no code", "AWS has codes", office, waf.Needs{ViewerCountry: "de"}, false, "", `"de" is not a country: write`},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := object{}
			statementsACL(resources, "CLOUDFRONT")
			set(resources, "Acl", object{"Rules": []any{object{
				"Name": "List", "Priority": 0, "Action": object{"Block": object{}},
				"Statement": object{"NotStatement": object{"Statement": row.statement}},
			}}})
			loaded, err := assembly.Load(assemble(t, resources, nil), nil)
			if err != nil {
				t.Fatal(err)
			}
			gaps := &assembly.Gaps{}
			acls, err := waf.NewACLs(loaded, row.needs, gaps)
			if row.err != "" {
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Errorf("%s: %v", row.why, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			arn, err := loaded.Resources("AWS::WAFv2::WebACL")[0].Attribute("Arn")
			if err != nil {
				t.Fatal(err)
			}
			acl, err := acls.At(arn)
			if err != nil {
				t.Fatal(err)
			}
			verdict := acl.Evaluate(httptest.NewRequest("GET", "/", nil), netip.MustParseAddr("127.0.0.1"))
			if verdict.Allowed != row.allowed || strings.Join(gaps.Lines(), "") != row.gap {
				t.Errorf("%s: %+v, %q", row.why, verdict, gaps.Lines())
			}
		})
	}
}

func geoMatch(country string) object {
	return object{"GeoMatchStatement": object{"CountryCodes": []any{country}}}
}
