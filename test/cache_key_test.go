package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudfront"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

type (
	cachePolicy         = interfacesawscloudfront.ICachePolicyRef
	originRequestPolicy = interfacesawscloudfront.IOriginRequestPolicyRef
)

// TestCacheKeyWarnings checks the warnings about parts of a request that reach the function and are not in the cache
// key. CloudFront would give one viewer's answer to others.
func TestCacheKeyWarnings(t *testing.T) {
	key := func(props awscloudfront.CachePolicyProps) func(awscdk.Stack) cachePolicy {
		return func(stack awscdk.Stack) cachePolicy {
			return awscloudfront.NewCachePolicy(stack, jsii.String("Key"), &props)
		}
	}
	sends := func(props awscloudfront.OriginRequestPolicyProps) func(awscdk.Stack) originRequestPolicy {
		return func(stack awscdk.Stack) originRequestPolicy {
			return awscloudfront.NewOriginRequestPolicy(stack, jsii.String("Sends"), &props)
		}
	}
	headers := awscloudfront.CacheHeaderBehavior_AllowList
	full := awscloudfront.CachePolicyProps{
		HeaderBehavior:      headers(*jsii.Strings("authorization", "X-Forwarded-Host")...),
		CookieBehavior:      awscloudfront.CacheCookieBehavior_All(),
		QueryStringBehavior: awscloudfront.CacheQueryStringBehavior_All(),
	}
	noQuery, someCookies, byCopy := full, full, full
	noQuery.QueryStringBehavior = nil
	someCookies.CookieBehavior = awscloudfront.CacheCookieBehavior_AllowList(jsii.String("session"))
	byCopy.HeaderBehavior = headers(*jsii.Strings("x-forwarded-authorization", "x-forwarded-host")...)
	notTheSession := full
	notTheSession.CookieBehavior = awscloudfront.CacheCookieBehavior_DenyList(jsii.String("session"))
	all := []string{"Authorization", "cookies", "query string", "host"}
	for _, row := range []struct {
		name, why string
		auth      furl.OriginAuth
		header    *string
		key       func(awscdk.Stack) cachePolicy
		sends     func(awscdk.Stack) originRequestPolicy // nil for Furl's default
		want      []string
	}{
		{
			name: "CachingDisabled", why: "nothing is kept",
			key: func(awscdk.Stack) cachePolicy { return awscloudfront.CachePolicy_CACHING_DISABLED() },
		},
		{
			name: "CachingOptimized", why: "it has none of them", want: all,
			key: func(awscdk.Stack) cachePolicy { return awscloudfront.CachePolicy_CACHING_OPTIMIZED() },
		},
		{
			name: "CachingOptimizedForUncompressedObjects", why: "nor has this", auth: furl.OriginAuth_OAC, want: all,
			key: func(awscdk.Stack) cachePolicy {
				return awscloudfront.CachePolicy_CACHING_OPTIMIZED_FOR_UNCOMPRESSED_OBJECTS()
			},
		},
		{
			name: "by its id", why: "managed policies are known by their ids",
			auth: furl.OriginAuth_OAC_WITH_BODY_HASH, want: all,
			key: func(stack awscdk.Stack) cachePolicy {
				return awscloudfront.CachePolicy_FromCachePolicyId(stack, jsii.String("Key"),
					jsii.String("658327ea-f89d-4fab-a63d-7e88639e58f6"))
			},
		},
		{
			name: "another's by its id", why: "it cannot be read", want: all,
			key: func(stack awscdk.Stack) cachePolicy {
				return awscloudfront.CachePolicy_FromCachePolicyId(stack, jsii.String("Key"),
					jsii.String("0a1b2c3d-0000-4000-8000-0123456789ab"))
			},
		},
		{name: "CDK's defaults", why: "they have none of them", key: key(awscloudfront.CachePolicyProps{}), want: all},
		{name: "a full key", why: "all is in it", key: key(full)},
		{
			name: "a full key before OAC", why: "the copy has the value that is in the key", auth: furl.OriginAuth_OAC,
			key: key(full),
		},
		{
			name: "the copy in the key", why: "it is there before the key is made", auth: furl.OriginAuth_OAC,
			key: key(byCopy),
		},
		{
			name: "the copy before the edge signer", why: "the signer writes it after the key is made",
			key: key(byCopy), want: []string{"Authorization"},
		},
		{name: "no query", why: "the default forwards all of it", key: key(noQuery), want: []string{"query string"}},
		{
			name: "some cookies", why: "the default forwards all of them", key: key(someCookies),
			want: []string{"cookies"},
		},
		{
			name: "the cookie that is forwarded", why: "that is all that there is", key: key(someCookies),
			sends: sends(awscloudfront.OriginRequestPolicyProps{
				HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(*jsii.Strings("Host",
					"CloudFront-Viewer-Address")...),
				CookieBehavior:      awscloudfront.OriginRequestCookieBehavior_AllowList(jsii.String("session")),
				QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_All(),
			}),
		},
		{
			name: "another cookie than is forwarded", why: "names of cookies tell case apart", key: key(someCookies),
			want: []string{"cookies"},
			sends: sends(awscloudfront.OriginRequestPolicyProps{
				HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(*jsii.Strings("Host",
					"CloudFront-Viewer-Address")...),
				CookieBehavior:      awscloudfront.OriginRequestCookieBehavior_AllowList(jsii.String("Session")),
				QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_All(),
			}),
		},
		{
			name: "all cookies but one", why: "that one is forwarded", key: key(notTheSession),
			want: []string{"cookies"},
		},
		{
			name: "the same cookies left out", why: "the key has all that is forwarded", key: key(notTheSession),
			sends: sends(awscloudfront.OriginRequestPolicyProps{
				HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(*jsii.Strings("Host",
					"CloudFront-Viewer-Address")...),
				CookieBehavior: awscloudfront.OriginRequestCookieBehavior_DenyList(*jsii.Strings("session",
					"other")...),
				QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_All(),
			}),
		},
		{
			name: "another cookie left out", why: "the key lacks one that is forwarded", key: key(notTheSession),
			want: []string{"cookies"},
			sends: sends(awscloudfront.OriginRequestPolicyProps{
				HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(
					*jsii.Strings("Host", "CloudFront-Viewer-Address")...),
				CookieBehavior:      awscloudfront.OriginRequestCookieBehavior_DenyList(jsii.String("other")),
				QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_All(),
			}),
		},
		{
			name: "nothing forwarded", why: "what the function does not get cannot mix",
			key: key(awscloudfront.CachePolicyProps{}),
			sends: func(awscdk.Stack) originRequestPolicy {
				return awscloudfront.OriginRequestPolicy_CORS_CUSTOM_ORIGIN()
			},
		},
		{
			name: "a managed policy that forwards the query", why: "MediaTailor's does",
			key: key(awscloudfront.CachePolicyProps{}),
			sends: func(awscdk.Stack) originRequestPolicy {
				return awscloudfront.OriginRequestPolicy_ELEMENTAL_MEDIA_TAILOR()
			},
			want: []string{"query string"},
		},
		{
			name: "Authorization dropped", why: "the function does not get it", header: jsii.String(""),
			key: key(awscloudfront.CachePolicyProps{}), want: all[1:],
		},
		{name: "a TTL of 0", why: "nothing is kept", key: key(awscloudfront.CachePolicyProps{
			MinTtl: seconds(0), DefaultTtl: seconds(0), MaxTtl: seconds(0),
		})},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function:      newFunction(stack, "Function"),
				WithoutWebAcl: true, OriginAuth: row.auth, AuthorizationHeader: row.header,
			})
			props := &furl.BehaviorProps{CachePolicy: row.key(stack)}
			if row.sends != nil {
				props.OriginRequestPolicy = row.sends(stack)
			}
			api.AddBehavior("/a", newFunction(stack, "A"), props)
			demo := synth(t, app).stack(t, "Demo")
			if unasked := demo.warningsOf("/Demo/Api", "furl:cacheKey"); unasked != nil {
				t.Errorf("the default behaviour: %q", unasked)
			}
			var got []string
			for _, text := range demo.warningsOf("/Demo/Api/Behavior--a", "furl:cacheKey") {
				name, _, _ := strings.Cut(strings.TrimPrefix(text, "the viewer's "), ": sent to the function")
				got = append(got, strings.TrimSuffix(name, " (x-forwarded-host)"))
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("warnings of %q, want %q (%s)", got, row.want, row.why)
			}
		})
	}
}
