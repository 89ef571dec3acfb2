// Package cloudfront simulates one distribution, from the viewer's request to the origin and back. CloudFront
// Functions and Lambda@Edge functions are included.
//
// A request must name the distribution in Host. It then meets CloudFront's limits of size and the web ACL. Its path
// chooses a cache behavior, and the behavior checks the method. The function on viewer-request runs next. The cache
// policy and the origin request policy decide which parts of the request go on. Then the function on origin-request
// runs, and the origin access control signs the request to the origin. On its way back the answer passes the function
// on origin-response, the function on viewer-response and the response headers policy.
//
// Loopback HTTP counts as HTTPS, so the viewer protocol policies redirect-to-https and https-only let every
// request pass. Nothing is cached. [Distribution.NotSimulated] lists the settings that have no effect here. [New]
// fails on settings without which requests would pass that AWS refuses or changes. Signed URLs are such a setting.
package cloudfront

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// Config describes one distribution.
type Config struct {
	// Path is the construct path. Ref resolves to ID, and the attribute DomainName to DomainName.
	Path, ID, DomainName string
	// Distribution is the resolved DistributionConfig.
	Distribution map[string]any
	// The template's policies, by the id that Ref resolves to. The values are the resolved CachePolicyConfig,
	// OriginRequestPolicyConfig and ResponseHeadersPolicyConfig. AWS's managed policies need no entry.
	CachePolicies, OriginRequestPolicies, ResponseHeadersPolicies map[string]map[string]any
	// Functions are the edge functions by the ARN of a numbered version.
	Functions map[string]*lambda.Function
	// ViewerFunctions are the CloudFront Functions by ARN. Package cloudfrontjs makes them.
	ViewerFunctions map[string]*lambda.Function
	// OriginAccessControls are the template's resolved OriginAccessControlConfigs by id.
	OriginAccessControls map[string]map[string]any
	// Credentials are CloudFront's. It signs with them where an origin access control says so.
	Credentials aws.Credentials
	// WebACL may be nil.
	WebACL *waf.ACL
	// Origins gives the loopback address (host:port) of the Function URL of an origin's domain name. StandIns gives
	// that of another server, and Contents the handler of files. They come before Origins. No other address is ever
	// dialled.
	Origins, StandIns map[string]string
	Contents          map[string]http.Handler
}

// Distribution is an [http.Handler] that answers as the distribution would. It is safe for concurrent use.
type Distribution struct {
	config       Config
	names        []string    // in lower case: AWS's name, and the aliases
	behaviors    []*behavior // in the template's order, the default one last
	rootObject   string
	errorPages   map[int]*customErrorPage // by the status of the error
	transport    *http.Transport
	notSimulated []string
}

// New checks the configuration and builds the distribution. It fails on a policy id that is neither the template's
// nor one of AWS's managed policies, and on legacy ForwardedValues. It also fails on settings that a behavior
// needs and that are not simulated. The error names the setting.
func New(config Config) (*Distribution, error) {
	var parsed distributionConfig
	if err := assembly.Decode(config.Distribution, &parsed); err != nil {
		return nil, fmt.Errorf("distribution %s: read DistributionConfig: %w", config.Path, err)
	}
	if parsed.Enabled != nil && !*parsed.Enabled {
		return nil, fmt.Errorf(
			"distribution %s: Enabled is false, so CloudFront would answer nothing: remove it or set it to true",
			config.Path,
		)
	}
	d := &Distribution{
		config:     config,
		rootObject: parsed.DefaultRootObject,
		// The transport uses HTTP/1.1, no proxy, and no Accept-Encoding of Go's. The origin gets exactly the
		// request that CloudFront sends.
		transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256},
	}
	var err error
	if d.errorPages, err = newCustomErrorPages(parsed.CustomErrorResponses); err != nil {
		return nil, fmt.Errorf("distribution %s: %w", config.Path, err)
	}
	for _, name := range append([]string{config.DomainName}, parsed.Aliases...) {
		d.names = append(d.names, strings.ToLower(name))
	}
	for _, behaviorConfig := range append(parsed.CacheBehaviors, parsed.DefaultCacheBehavior) {
		behavior, err := d.newBehavior(behaviorConfig, parsed.Origins)
		if err != nil {
			return nil, fmt.Errorf("distribution %s: cache behavior %s: %w", config.Path, behaviorConfig.name(), err)
		}
		d.behaviors = append(d.behaviors, behavior)
	}
	d.notSimulated = append(d.notSimulated, d.settingsNotSimulated(parsed)...)
	return d, nil
}

// Close closes the connections to origins that no request uses.
func (d *Distribution) Close() error {
	d.transport.CloseIdleConnections()
	return nil
}

// NotSimulated lists the distribution's settings that have no effect here, one phrase each. A setting of several cache
// behaviors stands there for each of them.
func (d *Distribution) NotSimulated() []string { return d.notSimulated }

// ServeHTTP implements [http.Handler]. It notes in the request's record who decided the answer. It needs the request
// as the viewer sent it. A [http.ServeMux] in front of it would clean the path.
func (d *Distribution) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(d, w, r)
	if err := x.serve(); err != nil {
		x.refuse(err)
	}
}

// settingsNotSimulated lists the settings of the whole distribution. newBehavior adds those of each behavior.
func (d *Distribution) settingsNotSimulated(parsed distributionConfig) []string {
	list := []string{"CloudFront cache: every request goes to the origin"}
	compress := parsed.DefaultCacheBehavior.Compress
	for _, behavior := range parsed.CacheBehaviors {
		compress = compress || behavior.Compress
	}
	if compress {
		list = append(list, "CloudFront compression of responses")
	}
	if kind := parsed.Restrictions.GeoRestriction.RestrictionType; kind != "" && kind != "none" {
		list = append(list, "GeoRestriction: no viewer is refused by country")
	}
	if parsed.WebACLId != "" && d.config.WebACL == nil {
		list = append(list, "web ACL "+parsed.WebACLId+", which is not in the assembly")
	}
	for _, origin := range parsed.Origins {
		if _, err := d.resolve(origin.DomainName); err != nil {
			list = append(list, "origin "+origin.DomainName+": requests to it are answered with 502")
		}
	}
	return list
}
