package iam

import (
	"fmt"
	"regexp"
	"strings"
)

// principal is one entry of a Principal element, by kind.
type principal struct {
	kind  principalKind
	value string // an account id, an ARN, a role's unique id, or the id of an origin access identity
}

// principalKind orders principals by how directly they grant. The evaluation logic treats each kind differently.
type principalKind int

const (
	principalNone           principalKind = iota
	principalOther                        // a federation, never an Identity here
	principalCanonicalUser                // a user of S3, such as an origin access identity
	principalAccessIdentity               // an origin access identity by its ARN
	principalService                      // an AWS service
	principalAccount                      // an account: its identity policies must allow as well
	principalRole                         // a role: grants to all of its sessions
	principalAny                          // "*", which includes anonymous requests
	principalSession                      // one session of a role, or one user
)

var (
	accessIdentityARN = regexp.MustCompile(
		`^arn:[a-z-]+:iam::cloudfront:user/CloudFront Origin Access Identity (E[A-Z0-9]+)$`)

	accountID   = regexp.MustCompile(`^\d{12}$`)
	accountARN  = regexp.MustCompile(`^arn:[a-z-]+:iam::(\d{12}):root$`)
	roleARN     = regexp.MustCompile(`^arn:[a-z-]+:iam::(\d{12}):role/(?:[!-~]*/)?([\w+=,.@-]+)$`)
	sessionARN  = regexp.MustCompile(`^arn:[a-z-]+:sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+$`)
	userARN     = regexp.MustCompile(`^arn:[a-z-]+:(?:iam::(\d{12}):user/|sts::\d{12}:federated-user/)[!-)+->@-~]+$`)
	uniqueID    = regexp.MustCompile(`^A[A-Z]{3}[A-Z0-9]{12,}$`)
	serviceName = regexp.MustCompile(`^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)$`)
)

func parsePrincipals(value any) ([]principal, error) {
	if value == "*" {
		return []principal{{kind: principalAny}}, nil
	}
	object, ok := value.(map[string]any)
	if !ok || len(object) == 0 {
		return nil, fmt.Errorf(`must be "*" or an object, not %v`, value)
	}
	var principals []principal
	for kind, values := range object {
		texts, err := stringList(values)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		for _, text := range texts {
			p := principal{kind: principalOther, value: text}
			switch kind {
			case "Service":
				p.kind = principalService
			case "Federated":
			case "CanonicalUser":
				p.kind = principalCanonicalUser
			case "AWS":
				if p, err = parseAWSPrincipal(text); err != nil {
					return nil, err
				}
			default:
				return nil, fmt.Errorf("unknown kind %q", kind)
			}
			principals = append(principals, p)
		}
	}
	return principals, nil
}

func parseAWSPrincipal(text string) (principal, error) {
	switch {
	case text == "*":
		return principal{kind: principalAny}, nil
	case accountID.MatchString(text):
		return principal{principalAccount, text}, nil
	case accountARN.MatchString(text):
		return principal{principalAccount, accountARN.FindStringSubmatch(text)[1]}, nil
	case roleARN.MatchString(text) && !strings.ContainsAny(text, "*?"):
		return principal{principalRole, text}, nil
	case sessionARN.MatchString(text):
		return principal{principalSession, text}, nil
	case uniqueID.MatchString(text):
		return principal{principalRole, text}, nil
	case accessIdentityARN.MatchString(text):
		return principal{principalAccessIdentity, accessIdentityARN.FindStringSubmatch(text)[1]}, nil
	case userARN.MatchString(text):
		return principal{principalSession, text}, nil
	}
	return principal{}, fmt.Errorf("%q is no principal: write "+
		"an account, the ARN of a role, session or user without wildcards, or *", text)
}

// isService reports whether a principal names an AWS service, by its name or as one of everyone.
func (p principal) isService(name string) bool {
	return p.kind == principalAny || p.kind == principalService && p.value == name
}

// matchPrincipals returns the most direct kind under which the list names the identity.
func matchPrincipals(principals []principal, identity *Identity) principalKind {
	best := principalNone
	for _, p := range principals {
		matched := p.kind == principalAny
		if identity != nil {
			switch p.kind {
			case principalAccount:
				matched = p.value == identity.Role.Account
			case principalRole:
				matched = p.value == identity.Role.ARN || p.value == identity.Role.ID
			case principalSession:
				matched = p.value == identity.ARN()
			}
		}
		if matched {
			best = max(best, p.kind)
		}
	}
	return best
}
