package assembly

// resourceType describes one type of resources.
type resourceType struct {
	// identify derives Ref and the attributes. Nil stands for a generated name as Ref, and no attributes. A type
	// outside of the table has placeholders.
	identify identifier
	// modelled types have an effect in furl local, or have none at run time on AWS.
	modelled bool
}

const (
	modelled = true
	nameOnly = false // other parts of a template may name such a resource, and it does nothing here
)

// resourceTypes has one line for each known type. init fills it, as identifying one resource may need others.
var resourceTypes map[string]resourceType

func init() {
	resourceTypes = map[string]resourceType{
		"AWS::ApiGateway::Account":               {nil, modelled},
		"AWS::ApiGateway::ApiKey":                {generated("", lower, 10, "APIKeyId"), modelled},
		"AWS::ApiGateway::Authorizer":            {generated("", lower, 6, "AuthorizerId"), modelled},
		"AWS::ApiGateway::Deployment":            {generated("", lower, 6, "DeploymentId"), modelled},
		"AWS::ApiGateway::GatewayResponse":       {nil, modelled},
		"AWS::ApiGateway::Method":                {nil, modelled},
		"AWS::ApiGateway::Resource":              {generated("", lower, 6, "ResourceId"), modelled},
		"AWS::ApiGateway::RestApi":               {evaluation.restAPI, modelled},
		"AWS::ApiGateway::Stage":                 {named("StageName", 128, nameAlone), modelled},
		"AWS::ApiGateway::UsagePlan":             {generated("", lower, 6, "Id"), modelled},
		"AWS::ApiGateway::UsagePlanKey":          {nil, modelled},
		"AWS::CDK::Metadata":                     {nil, modelled},
		"AWS::CertificateManager::Certificate":   {evaluation.certificate, nameOnly},
		"AWS::CloudFormation::Stack":             {nil, modelled},
		"AWS::CloudFront::CachePolicy":           {evaluation.cloudFrontPolicy, modelled},
		"AWS::CloudFront::Distribution":          {evaluation.distribution, modelled},
		"AWS::CloudFront::Function":              {named("Name", 64, viewerFunction), modelled},
		"AWS::CloudFront::KeyValueStore":         {named("Name", 64, keyValueStore), modelled},
		"AWS::CloudFront::OriginAccessControl":   {generated("E", upper, 13, "Id"), modelled},
		"AWS::CloudFront::OriginRequestPolicy":   {evaluation.cloudFrontPolicy, modelled},
		"AWS::CloudFront::ResponseHeadersPolicy": {evaluation.cloudFrontPolicy, modelled},
		"AWS::Cognito::UserPool":                 {evaluation.userPool, modelled},
		"AWS::Cognito::UserPoolClient":           {evaluation.userPoolClient, modelled},
		"AWS::Cognito::UserPoolResourceServer":   {named("Identifier", 256, resourceServer), modelled},
		"AWS::DynamoDB::GlobalTable":             {named("TableName", 63, table), nameOnly},
		"AWS::DynamoDB::Table":                   {named("TableName", 63, table), nameOnly},
		"AWS::IAM::ManagedPolicy":                {evaluation.managedPolicy, modelled},
		"AWS::IAM::Policy":                       {nil, modelled},
		"AWS::IAM::Role":                         {evaluation.role, modelled},
		"AWS::IAM::RolePolicy":                   {nil, modelled},
		"AWS::IAM::User":                         {evaluation.user, modelled},
		"AWS::IAM::UserPolicy":                   {nil, modelled},
		"AWS::KMS::Key":                          {evaluation.key, nameOnly},
		"AWS::Lambda::Alias":                     {evaluation.lambdaAlias, modelled},
		"AWS::Lambda::Function":                  {named("FunctionName", 64, lambdaFunction), modelled},
		"AWS::Lambda::LayerVersion":              {named("LayerName", 64, layerVersion), modelled},
		"AWS::Lambda::LayerVersionPermission":    {nil, modelled},
		"AWS::Lambda::Permission":                {nil, modelled},
		"AWS::Lambda::ResourcePolicy":            {nil, modelled},
		"AWS::Lambda::Url":                       {evaluation.lambdaURL, modelled},
		"AWS::Lambda::Version":                   {evaluation.lambdaVersion, modelled},
		"AWS::Logs::LogGroup":                    {named("LogGroupName", 63, logGroup), modelled},
		"AWS::S3::Bucket":                        {named("BucketName", 63, bucket), nameOnly},
		"AWS::S3::BucketPolicy":                  {nil, modelled},
		"AWS::SNS::Topic":                        {named("TopicName", 63, topic), nameOnly},
		"AWS::SQS::Queue":                        {named("QueueName", 63, queue), nameOnly},
		"AWS::SSM::Parameter":                    {named("Name", 63, nameAlone), nameOnly},
		"AWS::SecretsManager::Secret":            {named("Name", 63, secret), modelled},
		"AWS::WAFv2::IPSet":                      {webACLPart("ipset"), modelled},
		"AWS::WAFv2::RegexPatternSet":            {webACLPart("regexpatternset"), modelled},
		"AWS::WAFv2::RuleGroup":                  {webACLPart("rulegroup"), modelled},
		"AWS::WAFv2::WebACL":                     {webACLPart("webacl"), modelled},
		"AWS::WAFv2::WebACLAssociation":          {nil, modelled},
		"Custom::CDKBucketDeployment":            {evaluation.bucketDeployment, modelled},
		"Custom::CrossRegionStringParameterReader": {
			evaluation.edgeFunctionReader, modelled,
		},
		"AWS::CloudFront::CloudFrontOriginAccessIdentity": {
			evaluation.originAccessIdentity, modelled,
		},
	}
}

// Modelled reports whether furl local simulates resources of this type, or has nothing to simulate of them.
func (r *Resource) Modelled() bool { return resourceTypes[r.Type].modelled }
