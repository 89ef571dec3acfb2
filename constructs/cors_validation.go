package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// corsValidation keeps the Cors of a Function URL for which the edge signer lets preflights through without a token. A
// URL without Cors would call the function for them.
type corsValidation struct{ endpoint *endpoint }

// Validate is called by CDK, after all aspects.
func (c *corsValidation) Validate() *[]*string {
	// An override cannot be read back. So a removal of Cors is not refused but undone.
	cfnUrl := c.endpoint.url.Node().DefaultChild().(awslambda.CfnUrl)
	cfnUrl.AddPropertyOverride(jsii.String("Cors.AllowOrigins"), c.endpoint.cors.AllowedOrigins)
	return &[]*string{}
}
