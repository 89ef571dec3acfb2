package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// urlOrigin is the origin of a new function with this code, behind a Function URL of the type.
func urlOrigin(
	stack awscdk.Stack, id, code string, authType awslambda.FunctionUrlAuthType,
) awscloudfront.IOrigin {
	function := awslambda.NewFunction(stack, jsii.String(id), nodeFunction(code))
	url := function.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: authType})
	if authType == awslambda.FunctionUrlAuthType_NONE {
		return awscloudfrontorigins.NewFunctionUrlOrigin(url, nil)
	}
	return awscloudfrontorigins.FunctionUrlOrigin_WithOriginAccessControl(url, nil)
}

// siteApp is a site of files, with an API beside them.
var siteApp = localApp{
	name: "Site",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "us-east-1")
		bucket := awss3.NewBucket(stack, jsii.String("Files"), nil)
		site := awscloudfront.NewDistribution(stack, jsii.String("Cdn"), &awscloudfront.DistributionProps{
			DefaultRootObject: jsii.String("index.html"),
			DefaultBehavior: &awscloudfront.BehaviorOptions{
				Origin: awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(bucket, nil),
			},
			ErrorResponses: &[]*awscloudfront.ErrorResponse{{
				HttpStatus: jsii.Number(403), ResponseHttpStatus: jsii.Number(404),
				ResponsePagePath: jsii.String("/missing.html"),
			}},
		})
		site.AddBehavior(jsii.String("/api/*"),
			urlOrigin(stack, "Api", "return 'the API at ' + event.rawPath", awslambda.FunctionUrlAuthType_AWS_IAM), nil)
		awss3deployment.NewBucketDeployment(stack, jsii.String("Deploy"), &awss3deployment.BucketDeploymentProps{
			DestinationBucket: bucket,
			Sources: &[]awss3deployment.ISource{
				awss3deployment.Source_Asset(jsii.String("testdata/apps/site"), nil),
				awss3deployment.Source_JsonData(jsii.String("config.json"), object{
					"host": *site.DistributionDomainName(),
				}, nil),
			},
		})
	},
	listed: map[string]string{
		"resources of type AWS::S3::Bucket: ": "Site/Stack/Files",
		"CloudFront cache: ":                  "Site/Stack/Cdn",
	},
	asks: []ask{
		{
			name: "home", why: "the default root object", of: "Stack/Cdn", target: "/",
			status: 200, want: "<title>Home</title>",
		},
		{
			name: "file", why: "of the deployment's asset", of: "Stack/Cdn", target: "/assets/app.js",
			status: 200, want: "location.host", wantName: "Content-Type", wantValue: "text/javascript",
		},
		{
			name: "config", why: "the deployment fills in an address, which is one of this machine here",
			of: "Stack/Cdn", target: "/config.json", status: 200, want: `{"host":"127.0.0.1:`,
		},
		{
			name: "missing", why: "the error page, with its status", of: "Stack/Cdn", target: "/nope",
			status: 404, want: "<title>Nothing is here</title>",
		},
		{name: "API", why: "a signed call", of: "Stack/Cdn", target: "/api/x", status: 200, want: "the API at /api/x"},
		{
			name: "past CloudFront", why: "it is not signed", of: "Stack/Api/FunctionUrl", target: "/", status: 403,
			logged: "the request has no Authorization header",
		},
	},
}

// logsApp has logs of all kinds, and a name with a certificate of another stack.
var logsApp = localApp{
	name: "Logs",
	build: func(_ *testing.T, stage constructs.Construct) {
		names := newStack(stage, "Names", "us-east-1")
		certificate := awscertificatemanager.NewCertificate(names, jsii.String("Certificate"),
			&awscertificatemanager.CertificateProps{DomainName: jsii.String("www.example.com")})
		stack := newStack(stage, "Stack", "us-east-1")
		logs := awss3.NewBucket(stack, jsii.String("LogBucket"), &awss3.BucketProps{
			ObjectOwnership: awss3.ObjectOwnership_OBJECT_WRITER,
		})
		acl := wafResource(stack, "Acl", "WebACL", object{
			"DefaultAction": object{"Allow": object{}}, "Rules": []any{},
		})
		awscdk.NewCfnResource(stack, jsii.String("AclLogs"), &awscdk.CfnResourceProps{
			Type: jsii.String("AWS::WAFv2::LoggingConfiguration"),
			Properties: &object{
				"ResourceArn":           acl.GetAtt(jsii.String("Arn"), awscdk.ResolutionTypeHint_STRING),
				"LogDestinationConfigs": []any{*logs.BucketArn()},
			},
		})
		site := awscloudfront.NewDistribution(stack, jsii.String("Cdn"), &awscloudfront.DistributionProps{
			DefaultBehavior: &awscloudfront.BehaviorOptions{
				Origin: urlOrigin(stack, "Function", "return 'www'", awslambda.FunctionUrlAuthType_NONE),
			},
			Certificate: certificate, DomainNames: jsii.Strings("www.example.com"),
			EnableLogging: jsii.Bool(true), LogBucket: logs, LogFilePrefix: jsii.String("cdn/"),
			WebAclId: acl.GetAtt(jsii.String("Arn"), awscdk.ResolutionTypeHint_STRING).ToString(),
		})
		records := newStack(stage, "Records", "us-east-1")
		awsroute53.NewCfnRecordSet(records, jsii.String("Alias"), &awsroute53.CfnRecordSetProps{
			Name: jsii.String("www.example.com"), Type: jsii.String("A"), HostedZoneName: jsii.String("example.com."),
			AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{
				DnsName: site.DistributionDomainName(), HostedZoneId: jsii.String("Z2FDTNDATAQYW2"), // CloudFront's
			},
		})
	},
	listed: map[string]string{
		"resources of type AWS::CertificateManager::Certificate: ": "Logs/Names/Certificate",
		"resources of type AWS::Route53::RecordSet: ":              "Logs/Records/Alias",
		"resources of type AWS::S3::Bucket: ":                      "Logs/Stack/LogBucket",
		"resources of type AWS::WAFv2::LoggingConfiguration: ":     "Logs/Stack/AclLogs",
	},
	asks: []ask{
		{name: "address", why: "as on AWS without the name", of: "Stack/Cdn", target: "/", status: 200, want: "www"},
		{
			name: "alias", why: "the distribution has this name", of: "Stack/Cdn", target: "/",
			header: map[string]string{"Host": "www.example.com"}, status: 200, want: "www",
		},
		{
			name: "another name", why: "the distribution does not have it", of: "Stack/Cdn", target: "/",
			header: map[string]string{"Host": "evil.example"}, status: 403,
			logged: "the request's Host is none of ",
		},
	},
}
