package furl

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// grantSettings are the settings of a grant with the defaults filled in.
type grantSettings struct {
	origins      []string // "*" alone for AnyOrigin
	headers      []string // that pages may send to /grant and to the URLs, beside the ones that every grant allows
	sessionTags  string   // the value of FURL_SESSION_TAGS
	seconds      int
	stage        string
	endpointType awsapigateway.EndpointType
	rate, burst  int // of the stage's throttle
	rateLimit    int // of the web ACL
}

// originExample is what to write instead of origins that are refused.
const originExample = `write AllowedOrigins: []string{"https://app.example.com"}`

var (
	grantName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	stageName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
)

// grantSettingsOf checks the props of a grant and fills in the defaults.
func grantSettingsOf(at site, scope constructs.Construct, props *CredentialGrantProps) grantSettings {
	if props != nil && props.Authorizer.problem != "" {
		at.refuse("Authorizer", props.Authorizer.problem, props.Authorizer.remedy)
	}
	if props == nil || props.Authorizer.protect == nil {
		at.refuse("Authorizer", "there is none, and whoever reaches /grant would get credentials", authorizerMakers)
	}
	checkGrantFunctions(at, props.Functions)
	settings := grantSettings{
		origins:      checkOrigins(at, props),
		headers:      checkHeaders(at, props),
		sessionTags:  checkSessionTags(at, props),
		seconds:      checkDuration(at, props.SessionDuration),
		stage:        cmp.Or(props.StageName, "Prod"),
		endpointType: cmp.Or(props.EndpointType, awsapigateway.EndpointType_REGIONAL),
	}
	checkEnvironmentSize(at, props.Functions, settings)
	if !stageName.MatchString(settings.stage) {
		at.refuse("StageName", fmt.Sprintf("%q is not a stage's name", props.StageName),
			`use letters, digits, "-" and "_", as in "Prod"`)
	}
	if settings.endpointType == awsapigateway.EndpointType_PRIVATE {
		at.refuse("EndpointType", "a private API cannot be reached by browsers on the internet",
			"write awsapigateway.EndpointType_REGIONAL, or leave it out")
	}
	settings.rate = throttlingLimit(at, "ThrottlingRateLimit", props.ThrottlingRateLimit, 50)
	settings.burst = throttlingLimit(at, "ThrottlingBurstLimit", props.ThrottlingBurstLimit, 100)
	settings.rateLimit = checkGrantWebAcl(at, scope, props)
	return settings
}

// throttlingLimit is the limit, or the fallback where the limit is 0. A negative limit would turn throttling off
// (Terraform Registry, aws_api_gateway_method_settings). A burst has 32 bits (AWS SDK for Go v2, apigateway
// MethodSetting).
func throttlingLimit(at site, field string, limit, fallback int) int {
	if limit < 0 || limit > math.MaxInt32 {
		at.refuse(field, fmt.Sprintf("%d is not a number of requests that API Gateway can throttle at", limit),
			fmt.Sprintf("write 1 to %d, or leave it out for %d", math.MaxInt32, fallback))
	}
	return cmp.Or(limit, fallback)
}

func checkGrantFunctions(at site, functions []GrantFunction) {
	if len(functions) == 0 {
		at.refuse("Functions", "there is none to lease",
			`write Functions: []furl.GrantFunction{{Name: "summarise", Function: fn}}`)
	}
	var names []string
	for i, function := range functions {
		field := fmt.Sprintf("Functions[%d]", i)
		if !grantName.MatchString(function.Name) {
			at.refuse(field+".Name", fmt.Sprintf(`%q is not 1 to 64 letters, digits, "-" and "_"`, function.Name),
				`write a name by which clients ask for it, such as "summarise"`)
		}
		if slices.Contains(names, function.Name) {
			at.refuse(field+".Name", fmt.Sprintf("%q is there twice", function.Name),
				"give each function a name of its own")
		}
		names = append(names, function.Name)
		requireFunction(site{at.construct, at.path + " " + field}, function.Function)
	}
}

// checkOrigins refuses an origin that no browser sends, since it would never match (RFC 6454, section 6.2).
func checkOrigins(at site, props *CredentialGrantProps) []string {
	if props.AnyOrigin {
		if len(props.AllowedOrigins) > 0 {
			at.refuse("AnyOrigin", "it is true and AllowedOrigins has entries", "keep the one that is meant")
		}
		return []string{"*"}
	}
	if len(props.AllowedOrigins) == 0 {
		at.refuse("AllowedOrigins", "there is none, so that no web page could ask for a lease",
			originExample+", or AnyOrigin: true to let every page ask")
	}
	if len(props.AllowedOrigins) > 100 {
		at.refuse("AllowedOrigins",
			fmt.Sprintf("there are %d, and the CORS of a Function URL takes 100", len(props.AllowedOrigins)),
			"list fewer")
	}
	for _, origin := range props.AllowedOrigins {
		switch {
		case origin == "*":
			at.refuse("AllowedOrigins", `"*" is every origin`,
				"write AnyOrigin: true, if every web page may ask for a lease")
		case *awscdk.Token_IsUnresolved(jsii.String(origin)):
		case !isOrigin(origin):
			at.refuse("AllowedOrigins",
				fmt.Sprintf("%q is not an origin as browsers send it, "+
					"with a scheme, a host in lower case, a port that is not the default, and no path", origin),
				originExample+" (http for localhost only)")
		}
	}
	return slices.Clone(props.AllowedOrigins)
}

// checkEnvironmentSize refuses an environment that Lambda would refuse at deployment. All variables together have 4
// KB (Lambda Developer Guide, gettingstarted-limits). A part that only the deployment knows is counted at its
// longest.
func checkEnvironmentSize(at site, functions []GrantFunction, settings grantSettings) {
	const (
		limit          = 4096
		otherVariables = 500
		perFunction    = 212 // 74 of URL, 116 of ARN, 22 of JSON
		perToken       = 64
	)
	size := otherVariables + len(settings.sessionTags)
	for _, function := range functions {
		size += perFunction + len(function.Name)
		if alias, ok := function.Function.(awslambda.IAlias); ok {
			size += len(":") + len(*alias.AliasName())
		}
	}
	for _, origin := range settings.origins {
		if *awscdk.Token_IsUnresolved(jsii.String(origin)) {
			origin = strings.Repeat("x", perToken)
		}
		size += len(`"",`) + len(origin)
	}
	if size > limit {
		at.refuse("Functions, AllowedOrigins and SessionTags",
			fmt.Sprintf("together they take some %d bytes of the grant Lambda's environment, which has %d",
				size, limit),
			"share them out between two CredentialGrants")
	}
}

var originForm = regexp.MustCompile(`^https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?$`)

func isOrigin(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || !originForm.MatchString(text) {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	local := parsed.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return parsed.Scheme == "https" && parsed.Port() != "443" ||
		parsed.Scheme == "http" && local && parsed.Port() != "80"
}

func checkDuration(at site, duration awscdk.Duration) int {
	if duration == nil {
		return 900
	}
	const example = "write awscdk.Duration_Minutes(jsii.Number(15)), or leave it out"
	if *duration.IsUnresolved() {
		at.refuse("SessionDuration", "it is known at deployment only", example)
	}
	seconds := *duration.ToSeconds(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)})
	if seconds < 900 || seconds > 3600 || seconds != float64(int(seconds)) {
		at.refuse("SessionDuration",
			fmt.Sprintf("%v s is not a whole number of seconds from 15 to 60 minutes, as STS gives to a Lambda",
				seconds),
			example)
	}
	return int(seconds)
}
