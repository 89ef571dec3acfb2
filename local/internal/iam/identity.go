package iam

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Identity is who signed: a session of a role, and the credentials that stand for it.
type Identity struct {
	Role        *Role
	SessionName string
	Credentials aws.Credentials
}

// ARN is the assumed-role ARN of the session, arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION (the role's path is not in it; IAM
// User Guide, reference_identifiers).
func (i *Identity) ARN() string {
	partition := strings.Split(i.Role.ARN, ":")[1]
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition, i.Role.Account, i.Role.Name, i.SessionName)
}

// UserID is the role's unique id and the session's name, "AROA…:SESSION".
func (i *Identity) UserID() string {
	return i.Role.ID + ":" + i.SessionName
}
