package iam

import "testing"

func TestConditions(t *testing.T) {
	context := map[string][]string{
		"aws:SourceArn": {"arn:aws:cloudfront::111122223333:distribution/E1"}, "aws:SourceIp": {"203.0.113.7"},
		"aws:SecureTransport": {"true"}, "aws:CurrentTime": {"2026-11-22T12:00:00Z"}, "s3:max-keys": {"10"},
		"aws:TagKeys": {"team", "stage"}, "aws:Star": {"a*"}, "lambda:FunctionUrlAuthType": {"AWS_IAM"},
		"aws:Empty": {}, "aws:CalledVia": {"athena.amazonaws.com"},
		"aws:CalledViaFirst": {"athena.amazonaws.com"}, "aws:RequestTag/odd": {"odd"},
		"aws:RequestTag/none": {""},
	}
	tests := []struct {
		name, why, condition string
		holds                bool
	}{
		{
			name: "equal", why: "compared whole",
			condition: `{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}`, holds: true,
		},
		{
			name: "key in another case", why: "key names ignore case",
			condition: `{"StringEquals":{"LAMBDA:functionurlauthtype":"AWS_IAM"}}`, holds: true,
		},
		{
			name: "value in another case", why: "values do not ignore case",
			condition: `{"StringEquals":{"lambda:FunctionUrlAuthType":"aws_iam"}}`,
		},
		{
			name: "value in another case, ignored", why: "the operator ignores case",
			condition: `{"StringEqualsIgnoreCase":{"lambda:FunctionUrlAuthType":"aws_iam"}}`,
			holds:     true,
		},
		{
			name: "no wildcard in equals", why: "* is a character there",
			condition: `{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS*"}}`,
		},
		{
			name: "like", why: "* is a wildcard there",
			condition: `{"StringLike":{"lambda:FunctionUrlAuthType":"AWS_*M"}}`, holds: true,
		},
		{
			name: "not like", why: "the negation",
			condition: `{"StringNotLike":{"lambda:FunctionUrlAuthType":"AWS_*M"}}`,
		},
		{
			name: "several values", why: "are alternatives",
			condition: `{"StringEquals":{"lambda:FunctionUrlAuthType":["NONE","AWS_IAM"]}}`,
			holds:     true,
		},
		{
			name: "several values, negated", why: "none may match",
			condition: `{"StringNotEquals":{"lambda:FunctionUrlAuthType":["NONE","AWS_IAM"]}}`,
		},
		{
			name: "several values of the request", why: "they need a set operator",
			condition: `{"StringEquals":{"aws:TagKeys":["team","stage"]}}`,
		},
		{
			name: "several values of the request, negated", why: "they need a set operator",
			condition: `{"StringNotEquals":{"aws:TagKeys":"x"}}`,
		},
		{
			name: "several values of the request, IfExists", why: "they need a set operator",
			condition: `{"StringEqualsIfExists":{"aws:TagKeys":["team","stage"]}}`,
		},
		{
			name: "list key of one value", why: "the key counts, not the number of its values",
			condition: `{"StringEquals":{"aws:CalledVia":"athena.amazonaws.com"}}`,
		},
		{
			name: "list key of one value, any", why: "the set operator that it needs",
			condition: `{"ForAnyValue:StringEquals":{"aws:CalledVia":"athena.amazonaws.com"}}`, holds: true,
		},
		{
			name: "several keys", why: "must all hold",
			condition: `{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM","aws:SourceIp":"x"}}`,
		},
		{
			name: "several operators", why: "must all hold",
			condition: `{"Bool":{"aws:SecureTransport":true},"StringEquals":{"aws:SourceIp":"x"}}`,
		},
		{name: "absent key", why: "fails", condition: `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`},
		{
			name: "absent key, negated", why: "holds",
			condition: `{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`, holds: true,
		},
		{
			name: "absent key, IfExists", why: "holds",
			condition: `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}`, holds: true,
		},
		{
			name: "present key, IfExists", why: "is compared",
			condition: `{"StringEqualsIfExists":{"aws:SourceIp":"x"}}`,
		},
		{name: "key without values", why: "is absent", condition: `{"StringEquals":{"aws:Empty":""}}`},
		{
			name: "null, absent", why: "Null true asks for absence",
			condition: `{"Null":{"aws:PrincipalOrgID":"true"}}`, holds: true,
		},
		{
			name: "null, present", why: "Null false asks for presence",
			condition: `{"Null":{"aws:SourceIp":"false"}}`, holds: true,
		},
		{name: "null, wrong", why: "Null true refuses a present key", condition: `{"Null":{"aws:SourceIp":"true"}}`},
		{
			name: "arn", why: "each part has its wildcards",
			condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::*:distribution/*"}}`,
			holds:     true,
		},
		{
			name: "arn equals", why: "is the same as ArnLike",
			condition: `{"ArnEquals":{"aws:SourceArn":"arn:aws:cloudfront::1111*:distribution/E?"}}`,
			holds:     true,
		},
		{
			name: "arn over a colon", why: "no wildcard reaches over one",
			condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:*:::distribution/E1"}}`,
		},
		{
			name: "arn not", why: "the negation",
			condition: `{"ArnNotLike":{"aws:SourceArn":"arn:aws:cloudfront::*:distribution/*"}}`,
		},
		{name: "bool", why: "as JSON bool", condition: `{"Bool":{"aws:SecureTransport":true}}`, holds: true},
		{name: "bool, other", why: "false is not true", condition: `{"Bool":{"aws:SecureTransport":"false"}}`},
		{
			name: "address in range", why: "CIDR",
			condition: `{"IpAddress":{"aws:SourceIp":["2001:db8::/32","203.0.113.0/24"]}}`, holds: true,
		},
		{name: "address outside", why: "CIDR", condition: `{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`},
		{
			name: "address alone", why: "without a mask it is one address",
			condition: `{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}`, holds: true,
		},
		{
			name: "address, not", why: "the negation",
			condition: `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`,
		},
		{
			name: "number", why: "as JSON number",
			condition: `{"NumericLessThanEquals":{"s3:max-keys":10}}`, holds: true,
		},
		{name: "number, beyond", why: "strictly less", condition: `{"NumericLessThan":{"s3:max-keys":"10"}}`},
		{name: "number, not", why: "the negation", condition: `{"NumericNotEquals":{"s3:max-keys":"10"}}`},
		{
			name: "date", why: "ISO 8601",
			condition: `{"DateGreaterThan":{"aws:CurrentTime":"2026-11-22T11:59:59Z"}}`, holds: true,
		},
		{
			name: "date, day only", why: "a day is its first instant",
			condition: `{"DateLessThan":{"aws:CurrentTime":"2026-11-22"}}`,
		},
		{
			name: "date, seconds", why: "since 1970",
			condition: `{"DateGreaterThan":{"aws:CurrentTime":"1700000000"}}`, holds: true,
		},
		{
			name: "all values", why: "each must be listed",
			condition: `{"ForAllValues:StringEquals":{"aws:TagKeys":["team","stage","x"]}}`,
			holds:     true,
		},
		{
			name: "all values, one not listed", why: "each must be listed",
			condition: `{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`,
		},
		{
			name: "all values of none", why: "vacuously",
			condition: `{"ForAllValues:StringEquals":{"aws:Empty":["team"]}}`, holds: true,
		},
		{
			name: "any value", why: "one suffices",
			condition: `{"ForAnyValue:StringLike":{"aws:TagKeys":["st*"]}}`, holds: true,
		},
		{
			name: "any value of none", why: "there is none",
			condition: `{"ForAnyValue:StringLike":{"aws:Empty":["*"]}}`,
		},
		{
			name: "any value, negated", why: "one that is not listed suffices",
			condition: `{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["team"]}}`, holds: true,
		},
		{
			name: "any value of none, negated", why: "there is none",
			condition: `{"ForAnyValue:StringNotEquals":{"aws:Empty":["team"]}}`,
		},
		{
			name: "any value of none, IfExists", why: "disputed, so an Allow does not take it",
			condition: `{"ForAnyValue:StringEqualsIfExists":{"aws:Empty":["team"]}}`,
		},
		{
			name: "all values, empty text", why: "is a value (seen live, against the page on operators)",
			condition: `{"ForAllValues:StringEquals":{"aws:RequestTag/none":"capture"}}`,
		},
		{
			name: "null, empty text", why: "is a value (seen live)",
			condition: `{"Null":{"aws:RequestTag/none":"false"}}`, holds: true,
		},
		{
			name: "no number, negated", why: "is another number (seen live)",
			condition: `{"NumericNotEquals":{"aws:RequestTag/odd":"1"}}`, holds: true,
		},
		{
			name: "no date, negated", why: "is another date (seen live)",
			condition: `{"DateNotEquals":{"aws:RequestTag/odd":"2030-01-01"}}`, holds: true,
		},
		{
			name: "no address, negated", why: "meets no operator of addresses (seen live)",
			condition: `{"NotIpAddress":{"aws:RequestTag/odd":"10.0.0.0/8"}}`,
		},
		{
			name: "no ARN, negated", why: "meets no operator of ARNs (seen live)",
			condition: `{"ArnNotLike":{"aws:RequestTag/odd":"arn:aws:s3:::b"}}`,
		},
		{
			name: "no truth value", why: "is false (seen live)",
			condition: `{"Bool":{"aws:RequestTag/odd":"false"}}`, holds: true,
		},
		{
			name: "variable of a list key", why: "has no value",
			condition: `{"StringEquals":{"aws:CalledViaFirst":"${aws:CalledVia}"}}`,
		},
		{
			name: "variable", why: "stands for the value",
			condition: `{"StringEquals":{"aws:Star":"${aws:Star}"}}`, holds: true,
		},
		{
			name: "variable with a star", why: "a star in a value is no wildcard",
			condition: `{"StringLike":{"aws:SourceIp":"${aws:Star}"}}`,
		},
		{
			name: "escaped star", why: "${*} is a star",
			condition: `{"StringLike":{"aws:Star":"a${*}"}}`, holds: true,
		},
		{
			name: "escaped star against another", why: "${*} is no wildcard",
			condition: `{"StringLike":{"lambda:FunctionUrlAuthType":"AWS${*}"}}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := policy(t, "p", permit(`"*"`, test.condition))
			decision := Evaluate(
				Request{Action: "lambda:InvokeFunctionUrl", Resource: functionARN, Context: context}, p,
			)
			if decision.Allowed != test.holds {
				t.Errorf("%s: %s: %s", test.why, test.condition, decision.Reason)
			}
		})
	}
}
