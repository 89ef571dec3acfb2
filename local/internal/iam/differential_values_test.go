package iam

// values are what a request may have of each condition key, by the family of operators that suits the key.
var values = map[string]map[string][]string{
	"String": {
		"aws:PrincipalTag/team": {"blue", "red", "Blue", "b*"}, "aws:RequestedRegion": {"ap-northeast-1", "eu-west-1"},
		"aws:ResourceTag/env": {"prod", "dev", "blue"}, "aws:UserAgent": {"curl/8", "aws-sdk"},
		"aws:SourceIdentity": {"ann"},
	},
	"Arn": {
		"aws:PrincipalArn": {"arn:aws:iam::111122223333:role/signer", foreignRole},
		"aws:SourceArn":    {"arn:aws:cloudfront::111122223333:distribution/E1", "arn:aws:s3:::bucket", "no-arn"},
	},
	"Bool":    {"aws:SecureTransport": {"true", "false"}, "aws:MultiFactorAuthPresent": {"true", "false"}},
	"Numeric": {"aws:MultiFactorAuthAge": {"10", "10.5", "3600", "01"}},
	"Date": {
		"aws:CurrentTime": {"2026-11-22T12:00:00Z"}, "aws:TokenIssueTime": {"2026-11-22T11:00:00Z"},
		"aws:EpochTime": {"1795348800"},
	},
	"IpAddress": {"aws:SourceIp": {"203.0.113.7", "198.51.100.1", "2001:db8::7"}},
	"List":      {"aws:TagKeys": {"team", "stage", "env"}, "aws:CalledVia": {"athena.amazonaws.com"}},
}

// written are what a policy compares the keys of each family with, beside the values of requests.
var written = map[string][]string{
	"String": {"b*", "?lue", "BLUE", "*", "${aws:PrincipalTag/team}", "${aws:UserAgent}", "b${*}", "a"},
	"Arn": {
		"arn:aws:iam::*:role/*", "arn:aws:cloudfront::*:distribution/E?", "arn:*:*:::*",
		"arn:aws:iam::1111*:role/signer",
		"arn:aws:iam::${aws:PrincipalAccount}:role/signer",
	},
	"Bool":      {"true", "false", "True"},
	"Numeric":   {"10", "11", "10.5", "0"},
	"Date":      {"2026-11-22", "2026-11-22T12:00:00Z", "2027-01-01T00:00:00+09:00"},
	"IpAddress": {"203.0.113.0/24", "2001:db8::/32", "198.51.100.0/31", "2001:db8::/126"},
	"List":      {"team", "st*", "stage", "athena.amazonaws.com", "x"},
}

// odd are what the two read differently, as knownDifferences says.
var odd = map[string][]string{
	"String":    {"${aws:username}", "${aws:TagKeys}", "${aws:ResourceTag/env}"},
	"Numeric":   {"1e1"},
	"Date":      {"1795348800", "1700000000"},
	"IpAddress": {"0.0.0.0/0", "2001:DB8::7", "203.0.113.7"},
}

// families are the operators of each family, without prefix and suffix.
var families = map[string][]string{
	"String": {
		"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
		"StringNotLike",
	},
	"Arn":  {"ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"},
	"Bool": {"Bool"},
	"Numeric": {
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
		"NumericGreaterThanEquals",
	},
	"Date": {
		"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
	},
	"IpAddress": {"IpAddress", "NotIpAddress"},
	"List":      {"StringEquals", "StringNotEquals", "StringLike", "StringNotLike"},
}

// familyNames and keysOf have a fixed order, so that a seed gives the same simulations.
var familyNames = []string{"String", "String", "Arn", "Bool", "Numeric", "Date", "IpAddress", "List"}

func keysOf(family string) []string {
	return sortedKeys(values[family])
}
