package sigv4

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestVerifyExpiry checks that credentials end at the very second of Expires. Credentials without it never end.
func TestVerifyExpiry(t *testing.T) {
	for _, row := range []struct {
		name, why string
		expires   time.Time // zero for never
		token     string    // "" for the right one
		code      string    // "" is accepted
		message   string
	}{
		{name: "never", why: "a function's own credentials last as long as the run"},
		{name: "just before", why: "the last moment", expires: clock.Add(time.Nanosecond)},
		{
			name: "the second itself", why: "the session ends with it",
			expires: clock, code: expiredToken,
			message: "The security token included in the request is expired",
		},
		{
			name: "after", why: "long over",
			expires: clock.Add(-time.Hour), code: expiredToken, message: expiredTokenMessage,
		},
		{
			name: "in another zone", why: "a moment is a moment",
			expires: clock.In(time.FixedZone("", 9*3600)), code: expiredToken,
			message: expiredTokenMessage,
		},
		{
			name: "another token", why: "a client without the token must not learn about the expiry",
			expires: clock, token: "x", code: unrecognizedClient, message: invalidTokenMessage,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := verifier()
			v.Credentials = func(string) (aws.Credentials, bool) {
				expiring := credentials
				expiring.CanExpire, expiring.Expires = !row.expires.IsZero(), row.expires
				return expiring, true
			}
			r := signedRequest(t, clock, "ap-northeast-1", "lambda")
			if row.token != "" {
				r.Header.Set("X-Amz-Security-Token", row.token)
			}
			_, err := v.Verify(r, []byte(payload))
			expect(t, row.why, err, row.code, row.message)
			if row.code == expiredToken && !strings.Contains(detail(err), "the session of access key id "+
				"ASIAEXAMPLE ended at "+row.expires.UTC().Format(time.RFC3339)) {
				t.Errorf("the detail does not say when:\n%s", detail(err))
			}
		})
	}
}
