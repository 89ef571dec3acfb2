// The app that testdata/demo was synthesised from (CDK CLI 2.1148.1, aws-cdk-lib 2.270.0). From the result were then taken out: what
// no test reads (tree.json, feature flags, stack traces, rules, CDK's own metadata resources, deployment roles).
const { App, CfnOutput, CrossStackReferences, NestedStack, ReferenceStrength, Stack, Stage } = require("aws-cdk-lib");
const cloudfront = require("aws-cdk-lib/aws-cloudfront");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const origins = require("aws-cdk-lib/aws-cloudfront-origins");
const wafv2 = require("aws-cdk-lib/aws-wafv2");

const app = new App();
const demo = new Stack(app, "Demo", { env: { region: "ap-northeast-1" } });
const edge = new Stack(app, "Edge", { env: { region: "us-east-1" }, stackName: "Demo-furl-edge-ap-northeast-1" });
const inline = (scope, id, environment) => new lambda.Function(scope, id, {
  runtime: lambda.Runtime.NODEJS_22_X, handler: "index.handler", environment,
  code: lambda.Code.fromInline("exports.handler = async () => 'hi';"),
});

const role = new iam.Role(edge, "Role", { roleName: "furl-edge-demo", assumedBy: new iam.ServicePrincipal("edgelambda.amazonaws.com") });
const signer = new lambda.Function(edge, "Signer", {
  runtime: lambda.Runtime.NODEJS_22_X, handler: "index.handler", code: lambda.Code.fromAsset("signer"), role,
}).currentVersion;
const visibilityConfig = { cloudWatchMetricsEnabled: true, metricName: "acl", sampledRequestsEnabled: true };
const allowed = new wafv2.CfnIPSet(edge, "Allowed", { scope: "CLOUDFRONT", ipAddressVersion: "IPV4", addresses: ["203.0.113.0/24"] });
const acl = new wafv2.CfnWebACL(edge, "Acl", {
  scope: "CLOUDFRONT", defaultAction: { allow: {} }, visibilityConfig,
  rules: [{ name: "AllowList", priority: 0, action: { block: {} }, visibilityConfig,
    statement: { notStatement: { statement: { ipSetReferenceStatement: { arn: allowed.attrArn } } } } }],
});
for (const shared of [signer, acl]) CrossStackReferences.of(shared).produce(ReferenceStrength.WEAK);

const handler = new lambda.Function(demo, "Handler", {
  runtime: lambda.Runtime.PROVIDED_AL2023, handler: "bootstrap", code: lambda.Code.fromAsset("handler"),
});
const url = handler.addAlias("live").addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
const distribution = new cloudfront.Distribution(demo, "Distribution", {
  webAclId: acl.attrArn,
  defaultBehavior: {
    origin: new origins.FunctionUrlOrigin(url), cachePolicy: new cloudfront.CachePolicy(demo, "CachePolicy"),
    edgeLambdas: [{ eventType: cloudfront.LambdaEdgeEventType.ORIGIN_REQUEST, functionVersion: signer, includeBody: true }],
  },
});
new CfnOutput(demo, "FunctionUrl", { value: url.url, description: "Answers signed requests only" });
new CfnOutput(demo, "DistributionUrl", { value: `https://${distribution.distributionDomainName}` });

const nested = new NestedStack(demo, "Nested");
new CfnOutput(demo, "InnerArn", { value: inline(nested, "Handler", { PEER: handler.functionArn }).functionArn });
inline(new NestedStack(nested, "Deep"), "Handler", { PEER: handler.functionName });

const prod = new Stage(app, "Prod", { env: { region: "us-east-1", account: "444455556666" } });
const shared = new lambda.Function(new Stack(prod, "Shared"), "Handler", {
  runtime: lambda.Runtime.NODEJS_22_X, handler: "index.handler", code: lambda.Code.fromAsset("signer"),
});
inline(new Stack(prod, "App"), "Handler", { PEER: shared.functionArn });
app.synth();
