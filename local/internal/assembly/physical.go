package assembly

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	lower = "abcdefghijklmnopqrstuvwxyz0123456789"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// generatedName returns a name in the form that CloudFormation gives to a resource without a name. The form is
// the stack name, the logical id and twelve characters. The name is cut to the length that the resource type
// allows (CloudFormation User Guide, aws-properties-name).
func (r *Resource) generatedName(limit int) string {
	suffix := "-" + r.generatedID(upper, 12)
	prefix := r.Stack.Name + "-" + r.LogicalID
	name := prefix[:min(len(prefix), limit-len(suffix))] + suffix
	if r.Type == "AWS::S3::Bucket" {
		return strings.ToLower(name)
	}
	return name
}

// generatedID returns an identifier of up to 32 characters. It is the same in every run and different for every
// resource.
func (r *Resource) generatedID(alphabet string, length int) string {
	sum := digest(r.Stack.Account, r.Stack.Region, r.Stack.Name, r.LogicalID, r.Type)
	id := make([]byte, length)
	for i := range id {
		id[i] = alphabet[int(sum[i])%len(alphabet)]
	}
	return string(id)
}

func (r *Resource) generatedUUID() string {
	return uuid(r.Stack.Account, r.Stack.Region, r.Stack.Name, r.LogicalID, r.Type)
}

func uuid(parts ...string) string {
	sum := digest(parts...)
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func digest(parts ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}
