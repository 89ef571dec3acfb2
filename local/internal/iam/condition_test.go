package iam

import "testing"

func TestConditions(t *testing.T) {
	context := map[string][]string{
		"aws:SourceArn": {"arn:aws:cloudfront::111122223333:distribution/E1"}, "aws:SourceIp": {"203.0.113.7"},
		"aws:SecureTransport": {"true"}, "aws:CurrentTime": {"2026-11-22T12:00:00Z"}, "s3:max-keys": {"10"},
		"aws:TagKeys": {"team", "stage"}, "aws:Star": {"a*"}, "lambda:FunctionUrlAuthType": {"AWS_IAM"}, "aws:Empty": {},
	}
	tests := []struct {
		name, why, condition string
		holds                bool
	}{
		{"equal", "compared whole", `{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}`, true},
		{"key in another case", "key names ignore case", `{"StringEquals":{"LAMBDA:functionurlauthtype":"AWS_IAM"}}`, true},
		{"value in another case", "values do not", `{"StringEquals":{"lambda:FunctionUrlAuthType":"aws_iam"}}`, false},
		{"value in another case, ignored", "unless asked", `{"StringEqualsIgnoreCase":{"lambda:FunctionUrlAuthType":"aws_iam"}}`, true},
		{"no wildcard in equals", "* is a character there", `{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS*"}}`, false},
		{"like", "and a wildcard here", `{"StringLike":{"lambda:FunctionUrlAuthType":"AWS_*M"}}`, true},
		{"not like", "the negation", `{"StringNotLike":{"lambda:FunctionUrlAuthType":"AWS_*M"}}`, false},
		{"several values", "are alternatives", `{"StringEquals":{"lambda:FunctionUrlAuthType":["NONE","AWS_IAM"]}}`, true},
		{"several values, negated", "none may match", `{"StringNotEquals":{"lambda:FunctionUrlAuthType":["NONE","AWS_IAM"]}}`, false},
		{"several values of the request, negated", "none may match either", `{"StringNotEquals":{"aws:TagKeys":"team"}}`, false},
		{"several keys", "must all hold", `{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM","aws:SourceIp":"x"}}`, false},
		{"several operators", "must all hold", `{"Bool":{"aws:SecureTransport":true},"StringEquals":{"aws:SourceIp":"x"}}`, false},
		{"absent key", "fails", `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, false},
		{"absent key, negated", "holds", `{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`, true},
		{"absent key, IfExists", "holds", `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}`, true},
		{"present key, IfExists", "is compared", `{"StringEqualsIfExists":{"aws:SourceIp":"x"}}`, false},
		{"key without values", "is absent", `{"StringEquals":{"aws:Empty":""}}`, false},
		{"null, absent", "Null true asks for absence", `{"Null":{"aws:PrincipalOrgID":"true"}}`, true},
		{"null, present", "Null false for presence", `{"Null":{"aws:SourceIp":"false"}}`, true},
		{"null, wrong", "and refuses the other", `{"Null":{"aws:SourceIp":"true"}}`, false},
		{"arn", "each part has its wildcards", `{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::*:distribution/*"}}`, true},
		{"arn equals", "is the same as ArnLike", `{"ArnEquals":{"aws:SourceArn":"arn:aws:cloudfront::1111*:distribution/E?"}}`, true},
		{"arn over a colon", "no wildcard reaches over one", `{"ArnLike":{"aws:SourceArn":"arn:aws:*:::distribution/E1"}}`, false},
		{"arn not", "the negation", `{"ArnNotLike":{"aws:SourceArn":"arn:aws:cloudfront::*:distribution/*"}}`, false},
		{"bool", "as JSON bool", `{"Bool":{"aws:SecureTransport":true}}`, true},
		{"bool, other", "false is not true", `{"Bool":{"aws:SecureTransport":"false"}}`, false},
		{"address in range", "CIDR", `{"IpAddress":{"aws:SourceIp":["2001:db8::/32","203.0.113.0/24"]}}`, true},
		{"address outside", "CIDR", `{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`, false},
		{"address alone", "without a mask it is one address", `{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}`, true},
		{"address, not", "the negation", `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, false},
		{"number", "as JSON number", `{"NumericLessThanEquals":{"s3:max-keys":10}}`, true},
		{"number, beyond", "strictly less", `{"NumericLessThan":{"s3:max-keys":"10"}}`, false},
		{"number, not", "the negation", `{"NumericNotEquals":{"s3:max-keys":"10"}}`, false},
		{"date", "ISO 8601", `{"DateGreaterThan":{"aws:CurrentTime":"2026-11-22T11:59:59Z"}}`, true},
		{"date, day only", "a day is its first instant", `{"DateLessThan":{"aws:CurrentTime":"2026-11-22"}}`, false},
		{"date, seconds", "since 1970", `{"DateGreaterThan":{"aws:CurrentTime":"1700000000"}}`, true},
		{"all values", "each must be listed", `{"ForAllValues:StringEquals":{"aws:TagKeys":["team","stage","x"]}}`, true},
		{"all values, one not listed", "each", `{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, false},
		{"all values of none", "vacuously", `{"ForAllValues:StringEquals":{"aws:Empty":["team"]}}`, true},
		{"any value", "one suffices", `{"ForAnyValue:StringLike":{"aws:TagKeys":["st*"]}}`, true},
		{"any value of none", "there is none", `{"ForAnyValue:StringLike":{"aws:Empty":["*"]}}`, false},
		{"any value, negated", "one that is not listed suffices", `{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["team"]}}`, true},
		{"any value of none, negated", "there is none", `{"ForAnyValue:StringNotEquals":{"aws:Empty":["team"]}}`, false},
		{"variable", "stands for the value", `{"StringEquals":{"aws:Star":"${aws:Star}"}}`, true},
		{"variable with a star", "which is no wildcard", `{"StringLike":{"aws:SourceIp":"${aws:Star}"}}`, false},
		{"escaped star", "${*} is a star", `{"StringLike":{"aws:Star":"a${*}"}}`, true},
		{"escaped star against another", "and only that", `{"StringLike":{"lambda:FunctionUrlAuthType":"AWS${*}"}}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := policy(t, "p", permit(`"*"`, test.condition))
			decision := Evaluate(Request{Action: "lambda:InvokeFunctionUrl", Resource: functionARN, Context: context}, p)
			if decision.Allowed != test.holds {
				t.Errorf("%s: %s: %s", test.why, test.condition, decision.Reason)
			}
		})
	}
}
