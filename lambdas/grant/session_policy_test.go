package main

import (
	"net/netip"
	"strings"
	"testing"
)

func TestSessionPolicy(t *testing.T) {
	const unbound = `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"` + functionARN + `","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}},` +
		`{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"` + functionARN + `","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}]}`
	const bound = `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"` + functionARN + `","Condition":{"IpAddress":{"aws:SourceIp":"2001:db8::1/128"},"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}},` +
		`{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"` + functionARN + `","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"},"IpAddress":{"aws:SourceIp":"2001:db8::1/128"}}}]}`
	for _, row := range []struct {
		name, why string
		address   netip.Addr
		want      string
	}{
		{"unbound", "one function, by its URL alone", netip.Addr{}, unbound},
		{"bound", "both statements, from one address", netip.MustParseAddr("2001:db8::1"), bound},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := sessionPolicy(functionARN, row.address)
			if err != nil || got != row.want {
				t.Errorf("%s: %v\n got %s\nwant %s", row.why, err, got, row.want)
			}
		})
	}
}

// TestSessionPolicyLength: STS takes 2,048 characters (STS API Reference, AssumeRole). Names are as long as Lambda lets them be: 64
// characters for a function, 128 for an alias (Lambda API Reference, CreateFunction and CreateAlias).
func TestSessionPolicyLength(t *testing.T) {
	arn := "arn:aws-us-gov:lambda:ap-southeast-99:111122223333:function:" + strings.Repeat("f", 64) + ":" + strings.Repeat("a", 128)
	got, err := sessionPolicy(arn, netip.MustParseAddr("2001:db8:1111:2222:3333:4444:5555:6666"))
	if err != nil || len(got) > 2048 || strings.Count(got, arn) != 2 {
		t.Errorf("%d characters, %v: %s", len(got), err, got)
	}
	t.Logf("the longest has %d characters", len(got))
}
