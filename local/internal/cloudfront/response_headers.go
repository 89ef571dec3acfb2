package cloudfront

import (
	"fmt"
	"net/http"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// responseHeadersPolicy is a response headers policy, under CloudFormation's names. A nil policy changes nothing.
type responseHeadersPolicy struct {
	CorsConfig            *corsConfig
	SecurityHeadersConfig securityHeadersConfig
	CustomHeadersConfig   struct {
		Items []struct {
			Header, Value string
			Override      bool
		}
	}
	RemoveHeadersConfig       struct{ Items []struct{ Header string } }
	ServerTimingHeadersConfig struct{ Enabled bool }
}

type securityHeadersConfig struct {
	ContentSecurityPolicy *struct {
		ContentSecurityPolicy string
		Override              bool
	}
	ContentTypeOptions *struct{ Override bool }
	FrameOptions       *struct {
		FrameOption string
		Override    bool
	}
	ReferrerPolicy *struct {
		ReferrerPolicy string
		Override       bool
	}
	StrictTransportSecurity *struct {
		AccessControlMaxAgeSec               int
		IncludeSubdomains, Preload, Override bool
	}
	XSSProtection *struct {
		Protection, ModeBlock, Override bool
		ReportUri                       string
	}
}

// newResponseHeadersPolicy finds a policy, either the template's own or one of AWS's managed policies.
func (d *Distribution) newResponseHeadersPolicy(id string) (*responseHeadersPolicy, error) {
	properties, own := d.config.ResponseHeadersPolicies[id]
	if !own {
		properties, own = managedResponseHeadersPolicies[id]
	}
	if !own {
		return nil, fmt.Errorf("response headers policy %s is neither in the template nor a managed policy known here",
			id)
	}
	policy := &responseHeadersPolicy{}
	if err := assembly.Decode(properties, policy); err != nil {
		return nil, fmt.Errorf("response headers policy %s: %w", id, err)
	}
	return policy, nil
}

func (p *responseHeadersPolicy) notSimulated() []string {
	if p != nil && p.ServerTimingHeadersConfig.Enabled {
		return []string{"the Server-Timing header of the response headers policy"}
	}
	return nil
}

// apply first removes headers and then adds the policy's (CloudFront Developer Guide,
// understanding-response-headers-policies).
func (p *responseHeadersPolicy) apply(header http.Header, r *http.Request) {
	if p == nil {
		return
	}
	for _, item := range p.RemoveHeadersConfig.Items {
		header.Del(item.Header)
	}
	if p.CorsConfig != nil {
		p.CorsConfig.apply(header, r)
	}
	p.SecurityHeadersConfig.apply(header)
	for _, item := range p.CustomHeadersConfig.Items {
		set(header, item.Header, item.Value, item.Override)
	}
}

// set adds a header. It replaces the origin's header only if the policy overrides it.
func set(header http.Header, name, value string, override bool) {
	if override || len(header.Values(name)) == 0 {
		header.Set(name, value)
	}
}

func (c securityHeadersConfig) apply(header http.Header) {
	if csp := c.ContentSecurityPolicy; csp != nil {
		set(header, "Content-Security-Policy", csp.ContentSecurityPolicy, csp.Override)
	}
	if options := c.ContentTypeOptions; options != nil {
		set(header, "X-Content-Type-Options", "nosniff", options.Override)
	}
	if frame := c.FrameOptions; frame != nil {
		set(header, "X-Frame-Options", frame.FrameOption, frame.Override)
	}
	if referrer := c.ReferrerPolicy; referrer != nil {
		set(header, "Referrer-Policy", referrer.ReferrerPolicy, referrer.Override)
	}
	if hsts := c.StrictTransportSecurity; hsts != nil {
		value := fmt.Sprintf("max-age=%d", hsts.AccessControlMaxAgeSec)
		if hsts.IncludeSubdomains {
			value += "; includeSubDomains"
		}
		if hsts.Preload {
			value += "; preload"
		}
		set(header, "Strict-Transport-Security", value, hsts.Override)
	}
	if xss := c.XSSProtection; xss != nil {
		value := "0"
		if xss.Protection {
			value = "1"
		}
		if xss.ModeBlock {
			value += "; mode=block"
		}
		if xss.ReportUri != "" {
			value += "; report=" + xss.ReportUri
		}
		set(header, "X-XSS-Protection", value, xss.Override)
	}
}

// managedResponseHeadersPolicies are AWS's managed policies by id (CloudFront Developer Guide,
// using-managed-response-headers-policies).
var managedResponseHeadersPolicies = map[string]map[string]any{
	// SecurityHeadersPolicy
	"67f7725c-6f97-4210-82d7-5512b31e9d03": {"SecurityHeadersConfig": managedSecurityHeaders},
	// SimpleCORS
	"60669652-455b-4ae9-85a4-c4c02393f86c": {"CorsConfig": managedSimpleCORS},
	// CORS-With-Preflight
	"5cc3b908-e619-4b99-88e5-2cf7f45965bd": {"CorsConfig": managedPreflightCORS},
	// CORS-and-SecurityHeadersPolicy
	"e61eb60c-9c35-4d20-a928-2b84e02af89c": {
		"CorsConfig":            managedSimpleCORS,
		"SecurityHeadersConfig": managedSecurityHeaders,
	},
	// CORS-with-preflight-and-SecurityHeadersPolicy
	"eaab4381-ed33-4a86-88ca-d9558dc6cd63": {
		"CorsConfig":            managedPreflightCORS,
		"SecurityHeadersConfig": managedSecurityHeaders,
	},
}

var (
	managedSecurityHeaders = map[string]any{
		"ReferrerPolicy":          map[string]any{"ReferrerPolicy": "strict-origin-when-cross-origin"},
		"StrictTransportSecurity": map[string]any{"AccessControlMaxAgeSec": 31536000},
		"ContentTypeOptions":      map[string]any{"Override": true},
		"FrameOptions":            map[string]any{"FrameOption": "SAMEORIGIN"},
		"XSSProtection":           map[string]any{"Protection": true, "ModeBlock": true},
	}
	managedSimpleCORS = map[string]any{
		"AccessControlAllowOrigins": map[string]any{"Items": []string{"*"}},
	}
	managedPreflightCORS = map[string]any{
		"AccessControlAllowOrigins": map[string]any{"Items": []string{"*"}},
		"AccessControlAllowMethods": map[string]any{
			"Items": []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"},
		},
		"AccessControlExposeHeaders": map[string]any{"Items": []string{"*"}},
	}
)
