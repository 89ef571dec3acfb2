package sigv4

import "time"

// maxSkew is the largest error of a client's clock that is accepted (IAM User Guide, reference_sigv).
const maxSkew = 5 * time.Minute

func (v *Verifier) checkClock(signedAt time.Time) *Error {
	now := v.Now().UTC().Truncate(time.Second)
	switch at := signedAt.Format(timeFormat); {
	case signedAt.Before(now.Add(-maxSkew)):
		return invalidError("Signature expired: %s is now earlier than %s (%s - 5 min.)",
			at, now.Add(-maxSkew).Format(timeFormat), now.Format(timeFormat))
	case signedAt.After(now.Add(maxSkew)):
		return invalidError("Signature not yet current: %s is still later than %s (%s + 5 min.)",
			at, now.Add(maxSkew).Format(timeFormat), now.Format(timeFormat))
	}
	return nil
}
