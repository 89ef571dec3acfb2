package cloudfront

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// signedAlways reports whether an origin access control makes CloudFront sign each request to its origin
// (CloudFront Developer Guide, private-content-restricting-access-to-lambda). Settings that are not simulated are
// errors, because the origin would otherwise get requests that AWS does not send.
func (d *Distribution) signedAlways(origin originConfig) (bool, error) {
	id := origin.OriginAccessControlId
	if id == "" || origin.CustomOriginConfig == nil { // bucketAccess stands for the signature to a bucket
		return false, nil
	}
	var control struct{ OriginAccessControlOriginType, SigningBehavior, SigningProtocol string }
	properties, ok := d.config.OriginAccessControls[id]
	if !ok {
		return false, fmt.Errorf("origin access control %s is not in the assembly", id)
	}
	if err := assembly.Decode(properties, &control); err != nil {
		return false, fmt.Errorf("origin access control %s: %w", id, err)
	}
	switch {
	case control.OriginAccessControlOriginType != "lambda":
		return false, fmt.Errorf(
			"origin access control %s: origin type %q is not simulated: use lambda",
			id, control.OriginAccessControlOriginType,
		)
	case control.SigningProtocol != "sigv4":
		return false, fmt.Errorf("origin access control %s: SigningProtocol must be sigv4, not %q",
			id, control.SigningProtocol)
	case control.SigningBehavior != "always" && control.SigningBehavior != "never":
		return false, fmt.Errorf("origin access control %s: SigningBehavior %q is not simulated: use always",
			id, control.SigningBehavior)
	case !functionURLHost.MatchString(origin.DomainName):
		return false, fmt.Errorf("origin access control %s: origin %s is not a Function URL", id, origin.DomainName)
	}
	return control.SigningBehavior == "always", nil
}

var functionURLHost = regexp.MustCompile(`\A[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws\z`)

// control signs a request if its origin's access control says so.
func (d *Distribution) control(x *exchange, o *originRequest) error {
	if !o.origin.signed {
		return nil
	}
	x.record().SignedBy("the origin access control of " + d.config.Path)
	return d.sign(o)
}

// sign signs a request as CloudFront does for an origin access control, after the edge function. The signature
// replaces any Authorization header. The body is not read. Its hash is the header x-amz-content-sha256, which the
// viewer or the edge function sets. Without that header, CloudFront signs the hash of an empty body. AWS does not
// document this. POST without a body was seen to pass and with a body to fail (aws-amplify/amplify-backend#3194,
// minorun365/html-share#4), and events have this hash.
//
// AWS does not document which headers are signed. Here CloudFront signs only the headers that signing needs. Any
// other x-amz-* header of the viewer stays unsigned, so the Function URL refuses the request.
func (d *Distribution) sign(o *originRequest) error {
	match := functionURLHost.FindStringSubmatch(o.origin.domainName)
	if match == nil {
		return refuseToSign("origin " + o.origin.domainName + ", to which the edge function sends the request, " +
			"is not a Function URL, and an origin access control signs for these only")
	}
	const hashHeader = "X-Amz-Content-Sha256"
	if o.header.Get(hashHeader) == "" {
		o.header.Set(hashHeader, emptyHash)
	}
	signed := &http.Request{
		Method: o.method,
		Host:   o.header.Get("Host"),
		// Opaque is the only form in which the signer takes a path byte for byte.
		URL:    &url.URL{Opaque: "//" + o.header.Get("Host") + o.origin.path + o.uri, RawQuery: o.query},
		Header: http.Header{hashHeader: {o.header.Get(hashHeader)}},
	}
	err := v4.NewSigner().SignHTTP(context.Background(), d.config.Credentials, signed,
		o.header.Get(hashHeader), "lambda", match[1], time.Now())
	if err != nil {
		return refuseToSign("origin access control: " + err.Error())
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		o.header[name] = signed.Header[name]
	}
	return nil
}

func refuseToSign(reason string) *refusal {
	return &refusal{
		status:  http.StatusBadGateway,
		message: "CloudFront wasn't able to sign the request to the origin.",
		reason:  reason,
	}
}

// emptyHash is the SHA-256 of nothing.
var emptyHash = hex.EncodeToString(sha256.New().Sum(nil))
