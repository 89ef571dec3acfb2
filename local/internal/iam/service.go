package iam

import (
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Service is an AWS service that signs requests on behalf of a resource. CloudFront does so for a distribution
// with an origin access control. A service has no role, so only resource policies let it in.
type Service struct {
	Principal     string // "cloudfront.amazonaws.com"
	SourceARN     string // of the resource
	SourceAccount string
}

// RequestKeys returns the condition keys of a request that the service signed (IAM User Guide,
// reference_policies_condition-keys).
func (s *Service) RequestKeys(r *http.Request, region string, now time.Time) map[string][]string {
	keys := RequestKeys(r, region, now, nil)
	for key := range (*Identity)(nil).ConditionKeys() {
		delete(keys, key) // a service is not anonymous
	}
	keys["aws:PrincipalIsAWSService"] = []string{"true"}
	keys["aws:PrincipalServiceName"] = []string{s.Principal}
	keys["aws:SourceArn"] = []string{s.SourceARN}
	keys["aws:SourceAccount"] = []string{s.SourceAccount}
	return keys
}

// IssueService returns the credentials of a service, which last as long as the store. They are made once for each
// resource. [Store.Lookup] does not find them. An API for roles only thus refuses a service.
func (s *Store) IssueService(service Service) aws.Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, issued := range s.services {
		if *issued.service == service {
			return issued.credentials
		}
	}
	credentials := newCredentials()
	if s.services == nil {
		s.services = map[string]issuedService{}
	}
	s.services[credentials.AccessKeyID] = issuedService{&service, credentials}
	return credentials
}

// LookupService finds the service that an access key id was issued to.
func (s *Store) LookupService(accessKeyID string) (*Service, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	issued, ok := s.services[accessKeyID]
	return issued.service, ok
}

type issuedService struct {
	service     *Service
	credentials aws.Credentials
}

// EvaluateService decides whether a resource policy lets an AWS service, such as "apigateway.amazonaws.com", do
// something. Only statements that name the service or everyone count. The policy may be nil. The Identity of the
// request is ignored.
func EvaluateService(service string, req Request, policy *Policy) Decision {
	return evaluateNamed(service, func(p principal) bool { return p.isService(service) }, req, policy)
}

// evaluateNamed decides by the statements that name the caller.
func evaluateNamed(caller string, names func(principal) bool, req Request, policy *Policy) Decision {
	callerPolicy := &Policy{Name: noResourcePolicy}
	if policy != nil {
		policy.mustHavePrincipals()
		callerPolicy.Name, callerPolicy.ResourceTags = policy.Name, policy.ResourceTags
		for _, s := range policy.Statements {
			if slices.ContainsFunc(s.principals, names) {
				callerPolicy.Statements = append(callerPolicy.Statements, s)
			}
		}
	}
	e := newEvaluation(req, callerPolicy)
	e.caller = caller
	for _, source := range e.context.get("aws:SourceArn") {
		e.caller += " for " + source
	}
	return e.decideBy(callerPolicy)
}

// EvaluateStatements decides by one policy alone. It ignores the principals of the statements.
func EvaluateStatements(req Request, policy *Policy) Decision {
	return newEvaluation(req, policy).decideBy(policy)
}

func (e *evaluation) decideBy(policy *Policy) Decision {
	policyForAnyone := &Policy{Name: policy.Name}
	for _, s := range policy.Statements {
		copied := *s
		copied.principals = nil
		policyForAnyone.Statements = append(policyForAnyone.Statements, &copied)
	}
	switch o := e.outcome(policyForAnyone); {
	case o.denyStatement != "":
		return Decision{Reason: e.question() + ": explicit deny by " + o.denyStatement}
	case o.allowStatement != "":
		return e.allow(o.allowStatement)
	default:
		return e.refuse(policy.Name, o)
	}
}
