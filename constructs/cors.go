package furl

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
)

// checkCors refuses CORS that Lambda would refuse (Lambda API Reference, API_Cors), and CORS that is not safe.
func checkCors(at site, cors *awslambda.FunctionUrlCorsOptions) {
	if cors == nil {
		return
	}
	if cors.AllowedOrigins == nil || len(*cors.AllowedOrigins) == 0 {
		at.refuse("Cors.AllowedOrigins", "it is empty, so that no page could call the URL",
			`write AllowedOrigins: jsii.Strings("https://app.example.com"), or leave Cors out`)
	}
	everyOrigin := slices.ContainsFunc(*cors.AllowedOrigins, func(origin *string) bool { return *origin == "*" })
	if everyOrigin && valueOf(cors.AllowCredentials) {
		// Lambda takes this, and sends back the Origin of the request.
		at.refuse("Cors",
			`AllowCredentials together with the origin "*" lets every web page call with its viewer's cookies`,
			`name the origins, AllowedOrigins: jsii.Strings("https://app.example.com"), or leave AllowCredentials out`)
	}
	if slices.Contains(valueOf(cors.AllowedMethods), awslambda.HttpMethod_OPTIONS) {
		at.refuse("Cors.AllowedMethods",
			"Lambda does not take OPTIONS here, since the Function URL answers preflight requests", "leave OPTIONS out")
	}
}

// sameCors reports whether two URLs would answer browsers alike.
func sameCors(a, b *awslambda.FunctionUrlCorsOptions) bool {
	if a == nil || b == nil {
		return a == b
	}
	same := func(one, other *[]*string) bool {
		return slices.EqualFunc(valueOf(one), valueOf(other), func(x, y *string) bool { return *x == *y })
	}
	// A Duration is a handle to an object of CDK. Comparing handles says nothing of their values.
	return secondsOrZero(a.MaxAge) == secondsOrZero(b.MaxAge) &&
		valueOf(a.AllowCredentials) == valueOf(b.AllowCredentials) &&
		slices.Equal(valueOf(a.AllowedMethods), valueOf(b.AllowedMethods)) &&
		same(a.AllowedOrigins, b.AllowedOrigins) && same(a.AllowedHeaders, b.AllowedHeaders) &&
		same(a.ExposedHeaders, b.ExposedHeaders)
}

func secondsOrZero(duration awscdk.Duration) float64 {
	if duration == nil {
		return 0
	}
	return *duration.ToSeconds(nil)
}
