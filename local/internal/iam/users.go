package iam

import (
	"errors"
	"fmt"
	"slices"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

const userType = "AWS::IAM::User"

// Users are the users of an assembly. Nothing of the app runs as one, so they matter to who asks for their keys.
type Users struct{ byPath map[string]roleOrError }

// At finds a user by its construct path. The error says why its permissions cannot be known here.
func (u *Users) At(path string) (*Role, error) {
	found, ok := u.byPath[path]
	if !ok {
		return nil, fmt.Errorf("user %s is not in the assembly", path)
	}
	return found.role, found.err
}

// withARN finds a user by its ARN.
func (u *Users) withARN(arn string) (*Role, error) {
	for _, found := range u.byPath {
		if found.err == nil && found.role.ARN == arn {
			return found.role, nil
		}
	}
	return nil, fmt.Errorf("user %s is not in the assembly, or cannot be read", arn)
}

// ReadUsers makes every user of the assembly, with all its identity policies. A user that cannot be read is an error
// only for who asks for it.
func ReadUsers(a *assembly.Assembly, gaps *assembly.Gaps) (*Users, error) {
	attached, err := readAttachments(a)
	if err != nil {
		return nil, err
	}
	users := &Users{map[string]roleOrError{}}
	for _, resource := range a.Resources(userType) {
		user, err := attached.readUser(a, resource, gaps)
		if err != nil {
			err = fmt.Errorf("user %s: %w", resource.Path, err)
		}
		users.byPath[resource.Path] = roleOrError{user, err}
	}
	return users, nil
}

// readUser reads an AWS::IAM::User.
func (p *attachments) readUser(a *assembly.Assembly, resource *assembly.Resource, gaps *assembly.Gaps) (*Role, error) {
	var properties struct {
		Groups []string
		identityProperties
	}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	inGroup, err := isInGroup(a, resource)
	if err != nil {
		return nil, err
	}
	if inGroup || len(properties.Groups) > 0 {
		return nil, errors.New("it is in a group, which is not simulated and may deny: give it its policies itself")
	}
	arn, err := resource.Attribute("Arn")
	if err != nil {
		return nil, err
	}
	config := RoleConfig{ARN: arn}
	if err := p.readIdentity(&config, resource, properties.identityProperties, gaps); err != nil {
		return nil, err
	}
	user, err := NewUser(config)
	if err != nil {
		return nil, err
	}
	for _, line := range user.unknownKeys() {
		gaps.Add(resource.Path, "%s", line)
	}
	return user, nil
}

// isInGroup reports whether another resource puts a user into a group.
func isInGroup(a *assembly.Assembly, user *assembly.Resource) (bool, error) {
	name, err := user.Ref()
	if err != nil {
		return false, err
	}
	for _, resource := range a.Resources("AWS::IAM::UserToGroupAddition") {
		var properties struct{ Users []string }
		if err := resource.Decode(&properties); err != nil {
			return false, err
		}
		if slices.Contains(properties.Users, name) {
			return true, nil
		}
	}
	return false, nil
}
