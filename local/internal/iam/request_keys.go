package iam

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// RequestKeys returns the global condition keys of a request to an AWS API of a region, with those of the caller.
// A nil caller is anonymous. Loopback counts as HTTPS (IAM User Guide, reference_policies_condition-keys).
func RequestKeys(r *http.Request, region string, now time.Time, caller *Identity) map[string][]string {
	keys := caller.ConditionKeys()
	for key, value := range map[string]string{
		"aws:SourceIp":        SourceIP(r),
		"aws:SecureTransport": "true",
		"aws:CurrentTime":     now.UTC().Format(time.RFC3339),
		"aws:EpochTime":       fmt.Sprint(now.Unix()),
		"aws:RequestedRegion": region,
		"aws:ViaAWSService":   "false",
		"aws:UserAgent":       r.UserAgent(),
		"aws:Referer":         r.Referer(),
	} {
		if value != "" {
			keys[key] = []string{value}
		}
	}
	if caller != nil { // anonymous requests do not have it
		keys["aws:PrincipalIsAWSService"] = []string{"false"}
	}
	return keys
}

// SourceIP returns the address of the immediate peer.
func SourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
