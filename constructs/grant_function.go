package furl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// GrantFunction is a function that a [CredentialGrant] leases.
type GrantFunction struct {
	// Name by which a request asks for it, as in {"function": "<name>"}. It has 1 to 64 letters, digits, "-" and
	// "_".
	Name string

	// Function or alias to lease, in the stack's account and region. The lease is for it alone, and not for other
	// versions.
	Function awslambda.IFunction

	// FunctionUrl of Function, where it has one already. Its auth type must be AWS_IAM. Its CORS must let the
	// grant's origins send the headers of a signature. AllowedHeaders do not change that CORS. The function may choose
	// the methods. A URL that is imported cannot be checked.
	//
	// Default: one is made, with CORS for the grant's origins. The function must then send no CORS headers.
	FunctionUrl awslambda.IFunctionUrl
}

// signedHeaders are the headers that a browser must be allowed to send. They sign a request and name the type of
// its body.
var signedHeaders = []string{
	"authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
}

// userAgentHeader is sent by the AWS SDKs for JavaScript from browsers, since a page may not set User-Agent.
const userAgentHeader = "x-amz-user-agent"

// urlHeaders are the headers that every URL of a grant allows. A page's own Authorization goes in the header of
// defaultAuthorizationHeader beside a signature, as it does behind CloudFront.
var urlHeaders = append(slices.Clone(signedHeaders), defaultAuthorizationHeader, userAgentHeader)

type leasedFunction struct {
	name string
	fn   awslambda.IFunction
	url  awslambda.IFunctionUrl
}

func newLeasedFunction(
	scope constructs.Construct, at site, function GrantFunction, settings grantSettings,
) leasedFunction {
	requireSameEnvironment(at, scope, function.Function)
	leased := leasedFunction{function.Name, function.Function, function.FunctionUrl}
	if leased.url != nil {
		if cfnUrl, ok := leased.url.Node().DefaultChild().(awslambda.CfnUrl); ok { // an imported URL has none
			checkGivenUrl(at, function, cfnUrl, settings)
			scope.Node().AddValidation(&urlValidation{url: leased.url})
		}
		return leased
	}
	url := awslambda.NewFunctionUrl(scope, jsii.String("FunctionUrl-"+function.Name), &awslambda.FunctionUrlProps{
		Function: function.Function, AuthType: awslambda.FunctionUrlAuthType_AWS_IAM,
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings(settings.origins...),
			AllowedHeaders: jsii.Strings(mergeHeaders(urlHeaders, settings.headers)...),
			AllowedMethods: &[]awslambda.HttpMethod{awslambda.HttpMethod_ALL},
			MaxAge:         awscdk.Duration_Hours(jsii.Number(1)),
		},
	})
	scope.Node().AddValidation(&urlValidation{url: url})
	leased.url = url
	return leased
}

// checkGivenUrl refuses a URL that is open to everyone, and one that the browser could not call. A value that only
// the deployment knows passes.
func checkGivenUrl(at site, function GrantFunction, cfnUrl awslambda.CfnUrl, settings grantSettings) {
	field := "Functions: " + function.Name + ": FunctionUrl"
	if *cfnUrl.AuthType() != string(awslambda.FunctionUrlAuthType_AWS_IAM) {
		at.refuse(field, "its AuthType is "+*cfnUrl.AuthType()+", which lets everyone in without a lease",
			"make it with AuthType: awslambda.FunctionUrlAuthType_AWS_IAM")
	}
	arn, qualifier := urlTarget(function.Function)
	if !sameResource(cfnUrl, cfnUrl.TargetFunctionArn(), arn) || !sameResource(cfnUrl, cfnUrl.Qualifier(), qualifier) {
		at.refuse(field,
			*function.FunctionUrl.Node().Path()+" is not a URL of "+*function.Function.Node().Path(),
			"pass the URL's own function or alias as Function")
	}
	checkGivenCors(at, field, cfnUrl, settings.origins)
}

// checkGivenCors refuses CORS by which a page of these origins could not sign, and CORS that is not safe.
func checkGivenCors(at site, field string, cfnUrl awslambda.CfnUrl, wantedOrigins []string) {
	stack := awscdk.Stack_Of(cfnUrl)
	var cors struct {
		AllowOrigins, AllowHeaders []any
		AllowCredentials           bool
	}
	if err := json.Unmarshal([]byte(resolve(stack, cfnUrl.Cors())), &cors); err != nil {
		return // known at deployment only
	}
	origins, headers := comparableTexts(cors.AllowOrigins), comparableTexts(cors.AllowHeaders)
	remedy := "set it where the URL is made, in Cors of FunctionUrlProps: AllowedOrigins as here, " +
		"and AllowedHeaders: jsii.Strings(" + quotedList(urlHeaders) + ")"
	for _, origin := range wantedOrigins {
		if !slices.Contains(origins, resolveText(stack, origin)) && !slices.Contains(origins, "*") {
			at.refuse(field, fmt.Sprintf("its CORS does not allow the origin %s", origin), remedy)
		}
	}
	for _, header := range signedHeaders {
		allows := func(allowed string) bool { return allowed == "*" || strings.EqualFold(allowed, header) }
		if !slices.ContainsFunc(headers, allows) {
			at.refuse(field,
				fmt.Sprintf("its CORS does not allow the header %s, without which a browser cannot sign", header),
				remedy)
		}
	}
	if cors.AllowCredentials && slices.Contains(origins, "*") {
		at.refuse(field, `its CORS has AllowCredentials together with the origin "*", `+
			"which lets every web page call with its viewer's cookies",
			"leave AllowCredentials out")
	}
}

// sameResource reports whether two values are one. The L1 and the L2 of a resource have different tokens for it,
// and these count as one.
func sameResource(scope constructs.Construct, a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	one, other := referenceIn(a), referenceIn(b)
	if one == nil || other == nil {
		return sameValue(scope, a, b)
	}
	return sameConstruct(one.Target(), other.Target()) && *one.DisplayName() == *other.DisplayName()
}

// urlTarget has the values of a Function URL's TargetFunctionArn and Qualifier. For an alias they are its function
// and its name.
func urlTarget(fn awslambda.IFunction) (arn, qualifier *string) {
	if alias, ok := fn.(awslambda.IAlias); ok {
		return alias.Version().Lambda().FunctionArn(), alias.AliasName()
	}
	return fn.FunctionArn(), nil
}

// resolve is a value as its stack's template has it, in JSON.
func resolve(stack awscdk.Stack, value any) string {
	if value == nil {
		return "{}"
	}
	text, err := json.Marshal(stack.Resolve(value))
	if err != nil {
		panic(fmt.Errorf("furl: read %v: %w", value, err))
	}
	return string(text)
}

func resolveText(stack awscdk.Stack, text string) string {
	return comparableTexts([]any{stack.Resolve(jsii.String(text))})[0]
}

// comparableTexts are values for comparing. Strings stay as they are, and intrinsics become JSON.
func comparableTexts(values []any) []string {
	var all []string
	for _, value := range values {
		if text, ok := value.(string); ok {
			all = append(all, text)
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			panic(fmt.Errorf("furl: read %v: %w", value, err))
		}
		all = append(all, string(text))
	}
	return all
}

func quotedList(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// functionsJson is the value of FURL_FUNCTIONS. Names need no escaping. The URLs and ARNs that the deployment puts
// in need none either.
func functionsJson(leased []leasedFunction) *string {
	var entries []string
	for _, function := range leased {
		entries = append(entries, fmt.Sprintf(`%q:{"url":"%s","arn":"%s"}`,
			function.name, *function.url.Url(), *function.fn.FunctionArn()))
	}
	return jsii.String("{" + strings.Join(entries, ",") + "}")
}

// originsJson is the value of FURL_ALLOWED_ORIGINS. The origins are checked, so none needs escaping.
func originsJson(origins []string) *string {
	return jsii.String(`["` + strings.Join(origins, `","`) + `"]`)
}
