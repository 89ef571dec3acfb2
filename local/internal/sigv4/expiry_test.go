package sigv4

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestVerifyExpiry: credentials end at the very second that they say, and those that do not expire at none.
func TestVerifyExpiry(t *testing.T) {
	for _, row := range []struct {
		name, why string
		expires   time.Time // zero: never
		token     string    // "": the right one
		code      string    // "" is accepted
		message   string
	}{
		{"never", "a function's own credentials last as long as the run", time.Time{}, "", "", ""},
		{"just before", "the last moment", clock.Add(time.Nanosecond), "", "", ""},
		{"the second itself", "it is over then", clock, "", expiredToken, "The security token included in the request is expired"},
		{"after", "long over", clock.Add(-time.Hour), "", expiredToken, expired},
		{"in another zone", "a moment is a moment", clock.In(time.FixedZone("", 9*3600)), "", expiredToken, expired},
		{"another token", "who does not know the token does not learn that it is over", clock, "x", unrecognizedClient, invalidToken},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := verifier()
			v.Credentials = func(string) (aws.Credentials, bool) {
				expiring := credentials
				expiring.CanExpire, expiring.Expires = !row.expires.IsZero(), row.expires
				return expiring, true
			}
			r := signed(t, clock, "ap-northeast-1", "lambda")
			if row.token != "" {
				r.Header.Set("X-Amz-Security-Token", row.token)
			}
			_, err := v.Verify(r, []byte(payload))
			expect(t, row.why, err, row.code, row.message)
			if row.code == expiredToken && !strings.Contains(detail(err), "the session of access key id ASIAEXAMPLE ended at "+row.expires.UTC().Format(time.RFC3339)) {
				t.Errorf("the detail does not say when:\n%s", detail(err))
			}
		})
	}
}
