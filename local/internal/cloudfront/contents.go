package cloudfront

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// contents finds what answers for the origins that are no Function URLs. These are buckets whose content the assembly
// deploys, and the folders and servers that the developer named.
type contents struct {
	needs       Needs
	deployments map[string][]deployment       // by bucket
	buckets     map[string]*assembly.Resource // by name
	policies    map[string]*iam.Policy        // by bucket
	unread      map[string]bool               // buckets whose policy cannot be read
	users       map[string]string             // canonical users of origin access identities, by id
	known, used map[string]bool               // keys of Needs.StandIns that there can be, and that an origin has
	gaps        *assembly.Gaps
}

// readContents reads the assembly's buckets.
func readContents(a *assembly.Assembly, needs Needs, gaps *assembly.Gaps) (*contents, error) {
	c := &contents{
		needs: needs, deployments: readDeployments(a, needs.Localise, gaps), gaps: gaps,
		buckets: map[string]*assembly.Resource{}, policies: map[string]*iam.Policy{}, unread: map[string]bool{},
		users: map[string]string{}, known: map[string]bool{}, used: map[string]bool{},
	}
	for _, resource := range a.Resources("AWS::S3::Bucket") {
		name, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		c.buckets[name] = resource
	}
	for _, resource := range a.Resources("AWS::CloudFront::CloudFrontOriginAccessIdentity") {
		id, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		if c.users[id], err = resource.Attribute("S3CanonicalUserId"); err != nil {
			return nil, err
		}
	}
	c.readPolicies(a)
	return c, nil
}

func (c *contents) readPolicies(a *assembly.Assembly) {
	for _, resource := range a.Resources("AWS::S3::BucketPolicy") {
		var properties struct {
			Bucket         string
			PolicyDocument any
		}
		err := resource.Decode(&properties)
		var policy *iam.Policy
		if err == nil {
			policy, err = iam.ParsePolicy(properties.PolicyDocument)
		}
		if err != nil {
			c.unread[properties.Bucket] = true
			c.gaps.Add(resource.Path, "bucket policy that cannot be read: %v", err)
			continue
		}
		policy.Name = "the policy of bucket " + properties.Bucket
		c.policies[properties.Bucket] = policy
	}
}

// bucketDomain is the domain name of a bucket or of its website (Amazon S3 User Guide, VirtualHosting and
// WebsiteEndpoints).
var bucketDomain = regexp.MustCompile(
	`\A(.+)\.s3(-website)?(?:[.-](?:dualstack\.)?([a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?\z`)

// bucketOf returns the name of the bucket that a domain name is of, or "".
func bucketOf(domainName string) (name string, isWebsite bool) {
	if match := bucketDomain.FindStringSubmatch(domainName); match != nil {
		return match[1], match[2] != ""
	}
	return "", false
}

// bucketRegion returns the region in the domain name of a bucket, or "".
func bucketRegion(domainName string) string {
	if match := bucketDomain.FindStringSubmatch(domainName); match != nil {
		return match[3]
	}
	return ""
}

// add notes what answers for an origin of a distribution.
func (c *contents) add(origin originConfig, distribution iam.Service, config *Config) error {
	name, isWebsite := bucketOf(origin.DomainName)
	keys := []string{origin.DomainName, origin.Id}
	if resource := c.buckets[name]; resource != nil {
		keys = append(keys, resource.Path)
	}
	for _, key := range keys {
		c.known[key] = true
		if value, ok := c.needs.StandIns[key]; ok {
			c.used[key] = true
			if err := config.addStandIn(origin.DomainName, value); err != nil {
				return fmt.Errorf("--origin %s=%s: %w", key, value, err)
			}
			return nil
		}
	}
	if len(c.deployments[name]) == 0 {
		return nil
	}
	content := &bucket{
		name: origin.DomainName, host: origin.DomainName, deployments: c.deployments[name],
		access: c.access(name, origin, distribution, config),
	}
	if isWebsite {
		content.website = c.website(name)
	}
	config.Contents[origin.DomainName] = content
	return nil
}

// access finds what decides about a bucket's objects. It is nil, and a gap, where nothing does.
func (c *contents) access(
	name string, origin originConfig, distribution iam.Service, config *Config,
) *bucketAccess {
	if c.unread[name] || c.unread[""] {
		const unchecked = "permissions of a bucket: its policy cannot be read, so CloudFront may read every object here"
		c.gaps.Add(name, unchecked)
		return nil
	}
	access := &bucketAccess{
		bucket: name, account: distribution.SourceAccount, policy: c.policies[name],
	}
	if resource := c.buckets[name]; resource != nil {
		access.account = resource.Stack.Account
	}
	const identityPrefix = "origin-access-identity/cloudfront/"
	if id, ok := strings.CutPrefix(origin.S3OriginConfig.OriginAccessIdentity, identityPrefix); ok {
		access.identity = &iam.AccessIdentity{ID: id, CanonicalUser: c.users[id]}
	}
	control := config.OriginAccessControls[origin.OriginAccessControlId]
	if control != nil && control["SigningBehavior"] != "never" {
		access.distribution = &distribution
	}
	return access
}

// check refuses keys that no origin has, since a typing mistake must not go unseen.
func (c *contents) check() error {
	for _, key := range slices.Sorted(maps.Keys(c.needs.StandIns)) {
		if !c.used[key] {
			const message = "--origin %s=…: no origin has this domain name, id or bucket; the assembly has %s"
			return fmt.Errorf(message, key, strings.Join(slices.Sorted(maps.Keys(c.known)), ", "))
		}
	}
	return nil
}

// website reads a bucket's WebsiteConfiguration.
func (c *contents) website(name string) *website {
	var properties struct {
		WebsiteConfiguration struct {
			IndexDocument, ErrorDocument string
			RoutingRules                 []any
			RedirectAllRequestsTo        any
		}
	}
	resource := c.buckets[name]
	if resource == nil || resource.Decode(&properties) != nil {
		c.gaps.Add(name, "website of a bucket whose configuration is not known")
		return &website{index: "index.html"}
	}
	configuration := properties.WebsiteConfiguration
	if len(configuration.RoutingRules) > 0 || configuration.RedirectAllRequestsTo != nil {
		c.gaps.Add(resource.Path, "redirects of a bucket's website")
	}
	return &website{index: configuration.IndexDocument, errorDocument: configuration.ErrorDocument}
}
