// Package cloudfront serves one distribution: what CloudFront does to a request between the viewer and the origin, CloudFront
// Functions and the Lambda@Edge functions on origin-request included.
//
// A request meets, in this order: CloudFront's limits of size, the web ACL, the choice of a cache behavior by path, its
// allowed methods, the CloudFront Function on viewer-request, the cache and origin request policies that say what is forwarded, the
// edge function, the signature of an origin access control, and the origin. The answer passes the CloudFront Function on
// viewer-response and the response headers policy on its way back.
//
// Loopback HTTP counts as HTTPS, so the viewer protocol policies redirect-to-https and https-only let every request pass.
// Nothing is cached. What a distribution asks for and does not get here is listed by [Distribution.NotSimulated]; where
// leaving it out would let requests pass that AWS refuses or changes (signed URLs, other edge functions), [New] fails.
package cloudfront

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// Config describes one distribution.
type Config struct {
	// Path is the construct path; ID and DomainName are what Ref and the attribute DomainName resolve to.
	Path, ID, DomainName string
	// Distribution is the resolved DistributionConfig.
	Distribution map[string]any
	// The template's own policies: the resolved CachePolicyConfig, OriginRequestPolicyConfig and
	// ResponseHeadersPolicyConfig by the id that Ref resolves to. AWS's managed policies need no entry.
	CachePolicies, OriginRequestPolicies, ResponseHeadersPolicies map[string]map[string]any
	// Functions are the edge functions by the ARN of a numbered version.
	Functions map[string]*lambda.Function
	// ViewerFunctions are the CloudFront Functions by ARN, as package cloudfrontjs makes them.
	ViewerFunctions map[string]*lambda.Function
	// OriginAccessControls are the template's: the resolved OriginAccessControlConfig by id. For them CloudFront signs with Credentials.
	OriginAccessControls map[string]map[string]any
	Credentials          aws.Credentials
	// WebACL may be nil.
	WebACL *waf.ACL
	// Origins gives the loopback address (host:port) to dial for an origin's domain name. No other address is ever dialled.
	Origins map[string]string
	// Log gets one line for each request refused by the distribution and each failure of an edge function or origin:
	// method, path and reason, never a query string, header or body. Nil means no log.
	Log io.Writer
	// Verbose gets one such line for each rule of the web ACL that counts a request. Nil means none.
	Verbose io.Writer
}

// Distribution is an [http.Handler] that answers as the distribution would. It is safe for concurrent use.
type Distribution struct {
	config       Config
	behaviors    []*behavior // in the template's order, the default one last
	rootObject   string
	transport    *http.Transport
	notSimulated []string
	logging      sync.Mutex
}

// New checks the configuration and builds the distribution. It fails on a policy id that is neither the template's nor one
// of AWS's managed ones, on legacy ForwardedValues, and on what a behavior needs and is not simulated, each named in the error.
func New(config Config) (*Distribution, error) {
	var parsed distributionConfig
	if err := decode(config.Distribution, &parsed); err != nil {
		return nil, fmt.Errorf("distribution %s: read DistributionConfig: %w", config.Path, err)
	}
	if parsed.Enabled != nil && !*parsed.Enabled {
		return nil, fmt.Errorf("distribution %s: Enabled is false, so CloudFront would answer nothing: leave it out, or set it true", config.Path)
	}
	d := &Distribution{
		config:     config,
		rootObject: parsed.DefaultRootObject,
		// HTTP/1.1 without a proxy and without Go's own Accept-Encoding: what is sent is what CloudFront sends.
		transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256},
	}
	for _, behaviorConfig := range append(parsed.CacheBehaviors, parsed.DefaultCacheBehavior) {
		behavior, err := d.newBehavior(behaviorConfig, parsed.Origins)
		if err != nil {
			return nil, fmt.Errorf("distribution %s: cache behavior %s: %w", config.Path, behaviorConfig.name(), err)
		}
		d.behaviors = append(d.behaviors, behavior)
	}
	d.notSimulated = append(d.notSimulated, d.missing(parsed)...)
	return d, nil
}

// NotSimulated lists what the distribution asks for and does not get here, one phrase each.
func (d *Distribution) NotSimulated() []string { return d.notSimulated }

// ServeHTTP implements [http.Handler]. It must be given the request as it came in: a [http.ServeMux] in front of it would
// clean the path.
func (d *Distribution) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(d, w, r)
	if err := x.serve(); err != nil {
		x.refuse(err)
	}
}

// missing lists the parts of the whole distribution that are not simulated; those of one behavior come from newBehavior.
func (d *Distribution) missing(parsed distributionConfig) []string {
	list := []string{"CloudFront cache: every request goes to the origin"}
	compress := parsed.DefaultCacheBehavior.Compress
	for _, behavior := range parsed.CacheBehaviors {
		compress = compress || behavior.Compress
	}
	if compress {
		list = append(list, "CloudFront compression of responses")
	}
	for _, response := range parsed.CustomErrorResponses {
		// An entry with a time alone is about the cache.
		if response.ResponsePagePath != "" || response.ResponseCode != 0 {
			const line = "CustomErrorResponses: status %d is passed on as it is"
			list = append(list, fmt.Sprintf(line, response.ErrorCode))
		}
	}
	if kind := parsed.Restrictions.GeoRestriction.RestrictionType; kind != "" && kind != "none" {
		list = append(list, "GeoRestriction: no viewer is refused by country")
	}
	if parsed.WebACLId != "" && d.config.WebACL == nil {
		list = append(list, "web ACL "+parsed.WebACLId)
	}
	for _, origin := range parsed.Origins {
		if _, known := d.config.Origins[origin.DomainName]; !known {
			list = append(list, "origin "+origin.DomainName+": requests to it are answered with 502")
		}
	}
	return list
}

// logf writes one line to a log; nil is none.
func (d *Distribution) logf(to io.Writer, format string, arguments ...any) {
	if to == nil {
		return
	}
	d.logging.Lock()
	defer d.logging.Unlock()
	line := strings.ReplaceAll(fmt.Sprintf(format, arguments...), "\n", " ") // a function's error may have several
	fmt.Fprintf(to, "cloudfront %s: %s\n", d.config.Path, line)
}

// decode turns a resolved JSON map into one of the structs of config.go.
func decode(properties, into any) error {
	document, err := json.Marshal(properties)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, into)
}
