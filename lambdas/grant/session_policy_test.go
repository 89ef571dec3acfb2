package main

import (
	"net/netip"
	"strings"
	"testing"
)

func TestSessionPolicy(t *testing.T) {
	const (
		resource  = `"Resource":"` + functionARN + `","Condition":{`
		invokeURL = `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl",` + resource
		invoke    = `{"Effect":"Allow","Action":"lambda:InvokeFunction",` + resource
		authType  = `"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}`
		viaURL    = `"Bool":{"lambda:InvokedViaFunctionUrl":"true"}`
		address   = `"IpAddress":{"aws:SourceIp":"2001:db8::1/128"}`
		begin     = `{"Version":"2012-10-17","Statement":[`

		unbound = begin + invokeURL + authType + `}},` + invoke + viaURL + `}}]}`
		bound   = begin + invokeURL + address + `,` + authType + `}},` + invoke + viaURL + `,` + address + `}}]}`
	)
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

// TestSessionPolicyLength: STS takes 2,048 characters (STS API Reference, AssumeRole). The names here are Lambda's
// longest. A function's name has 64 characters at most, and an alias's has 128 (Lambda API Reference, CreateFunction
// and CreateAlias).
func TestSessionPolicyLength(t *testing.T) {
	arn := "arn:aws-us-gov:lambda:ap-southeast-99:111122223333:function:" +
		strings.Repeat("f", 64) + ":" + strings.Repeat("a", 128)
	got, err := sessionPolicy(arn, netip.MustParseAddr("2001:db8:1111:2222:3333:4444:5555:6666"))
	if err != nil || len(got) > 2048 || strings.Count(got, arn) != 2 {
		t.Errorf("%d characters, %v: %s", len(got), err, got)
	}
	t.Logf("the longest has %d characters", len(got))
}
