package cloudfront

import "github.com/furl-cdk/furl/local/internal/iam"

// bucketAccess decides what CloudFront may do with a bucket. With an origin access control it asks as the service
// CloudFront for one distribution, with an origin access identity as that, and without either as anyone (CloudFront
// Developer Guide, private-content-restricting-access-to-s3). Block public access is not looked at.
type bucketAccess struct {
	bucket, account string
	policy          *iam.Policy         // of the bucket; nil: none
	distribution    *iam.Service        // nil: no origin access control
	identity        *iam.AccessIdentity // nil: none
}

// mayGet decides whether CloudFront may read an object. A nil bucketAccess allows everything.
func (a *bucketAccess) mayGet(key string) iam.Decision {
	if a == nil {
		return iam.Decision{Allowed: true}
	}
	return a.decide("s3:GetObject", "arn:aws:s3:::"+a.bucket+"/"+key)
}

// mayList reports whether CloudFront may list the bucket. S3 then answers 404 for a missing object, and else 403
// (Amazon S3 API Reference, GetObject).
func (a *bucketAccess) mayList() bool {
	return a != nil && a.decide("s3:ListBucket", "arn:aws:s3:::"+a.bucket).Allowed
}

func (a *bucketAccess) decide(action, resource string) iam.Decision {
	request := iam.Request{
		Action: action, Resource: resource, ResourceAccount: a.account,
		Context: map[string][]string{"aws:SecureTransport": {"true"}},
	}
	switch {
	case a.identity != nil:
		return iam.EvaluateAccessIdentity(*a.identity, request, a.policy)
	case a.distribution == nil:
		return iam.Evaluate(request, a.policy)
	}
	request.Context["aws:PrincipalIsAWSService"] = []string{"true"}
	request.Context["aws:PrincipalServiceName"] = []string{a.distribution.Principal}
	request.Context["aws:SourceArn"] = []string{a.distribution.SourceARN}
	request.Context["aws:SourceAccount"] = []string{a.distribution.SourceAccount}
	return iam.EvaluateService(a.distribution.Principal, request, a.policy)
}
