package cloudfront

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// corsConfig is the CORS part of a response headers policy.
type corsConfig struct {
	AccessControlAllowCredentials bool
	AccessControlAllowHeaders     struct{ Items []string }
	AccessControlAllowMethods     struct{ Items []string }
	AccessControlAllowOrigins     struct{ Items []string }
	AccessControlExposeHeaders    struct{ Items []string }
	AccessControlMaxAgeSec        int
	OriginOverride                bool
}

// apply adds the policy's headers to the response of a CORS request. Without OriginOverride it adds none if the
// origin sent any CORS header.
func (c *corsConfig) apply(header http.Header, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" || !c.allows(origin) {
		return
	}
	sentByOrigin := func(name string) bool { return header.Get(name) != "" }
	if !c.OriginOverride && slices.ContainsFunc(corsHeaders, sentByOrigin) {
		return
	}
	if slices.Contains(c.AccessControlAllowOrigins.Items, "*") && !c.AccessControlAllowCredentials {
		origin = "*"
	}
	header.Set("Access-Control-Allow-Origin", origin)
	if c.AccessControlAllowCredentials {
		header.Set("Access-Control-Allow-Credentials", "true")
	}
	setList(header, "Access-Control-Expose-Headers", c.AccessControlExposeHeaders.Items)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return
	}
	methods := c.AccessControlAllowMethods.Items
	if slices.Contains(methods, "ALL") {
		methods = []string{"GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	}
	setList(header, "Access-Control-Allow-Methods", methods)
	setList(header, "Access-Control-Allow-Headers", c.AccessControlAllowHeaders.Items)
	if c.AccessControlMaxAgeSec > 0 {
		header.Set("Access-Control-Max-Age", fmt.Sprint(c.AccessControlMaxAgeSec))
	}
}

var corsHeaders = []string{
	"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers",
	"Access-Control-Allow-Methods", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
}

// allows reports whether the policy allows an origin. In an allowed origin, `*` stands for one or more characters
// other than slash and colon.
func (c *corsConfig) allows(origin string) bool {
	host := origin
	if _, after, found := strings.Cut(origin, "://"); found {
		host = after
	}
	for _, allowed := range c.AccessControlAllowOrigins.Items {
		against := host // an entry without a scheme allows both
		if strings.Contains(allowed, "://") {
			against = origin
		}
		if allowed == "*" || originPattern(allowed).MatchString(against) {
			return true
		}
	}
	return false
}

func setList(header http.Header, name string, values []string) {
	if len(values) > 0 {
		header.Set(name, strings.Join(values, ", "))
	}
}

// originPattern turns an allowed origin into an expression. `*.example.org` covers every subdomain, and `:*`
// covers every port.
func originPattern(allowed string) *regexp.Regexp {
	quoted := strings.ReplaceAll(regexp.QuoteMeta(allowed), `\*`, `[^/:]+`)
	return regexp.MustCompile(`\A` + quoted + `\z`)
}
