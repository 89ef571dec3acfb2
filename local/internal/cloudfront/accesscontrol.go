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
)

// signedAlways says whether an origin access control has CloudFront sign each request to its origin (CloudFront Developer Guide,
// private-content-restricting-access-to-lambda). What it leaves open is an error: the origin would get what AWS does not send.
func (d *Distribution) signedAlways(origin originConfig) (bool, error) {
	id := origin.OriginAccessControlId
	if id == "" || origin.CustomOriginConfig == nil { // an S3 origin is not called
		return false, nil
	}
	var control struct{ OriginAccessControlOriginType, SigningBehavior, SigningProtocol string }
	properties, ok := d.config.OriginAccessControls[id]
	if !ok {
		return false, fmt.Errorf("origin access control %s is not in the assembly", id)
	}
	if err := decode(properties, &control); err != nil {
		return false, fmt.Errorf("origin access control %s: %w", id, err)
	}
	switch {
	case control.OriginAccessControlOriginType != "lambda":
		return false, fmt.Errorf("origin access control %s: origin type %q is not simulated: a Function URL's is lambda", id, control.OriginAccessControlOriginType)
	case control.SigningProtocol != "sigv4":
		return false, fmt.Errorf("origin access control %s: SigningProtocol must be sigv4, not %q", id, control.SigningProtocol)
	case control.SigningBehavior != "always" && control.SigningBehavior != "never":
		return false, fmt.Errorf("origin access control %s: SigningBehavior %q is not simulated: use always", id, control.SigningBehavior)
	case !functionURLHost.MatchString(origin.DomainName):
		return false, fmt.Errorf("origin access control %s: origin %s is not a Function URL", id, origin.DomainName)
	}
	return control.SigningBehavior == "always", nil
}

var functionURLHost = regexp.MustCompile(`\A[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws\z`)

// sign signs a request as CloudFront does for an origin access control, after the edge function. Whatever Authorization there was
// is overwritten. The body is not looked at: its hash is the header x-amz-content-sha256, the viewer's or the edge function's. Without
// one PUT, POST and PATCH go out unsigned as to their payload, which Lambda does not take, and the others with an empty body's hash.
//
// AWS does not document which headers are signed. Here they are those that signing needs; any other x-amz-* header of the viewer
// stays unsigned, so the Function URL refuses it.
func (d *Distribution) sign(o *originRequest) error {
	host := functionURLHost.FindStringSubmatch(o.origin.domainName)
	if host == nil {
		return &refusal{
			status: http.StatusBadGateway, message: "CloudFront wasn't able to sign the request to the origin.",
			reason: fmt.Sprintf("origin %s, to which the edge function sends the request, is not a Function URL, and an origin access control signs for these only", o.origin.domainName),
		}
	}
	const hashHeader = "X-Amz-Content-Sha256"
	if o.header.Get(hashHeader) == "" {
		o.header.Set(hashHeader, hashWithoutHeader(o.method))
	}
	signed := &http.Request{
		Method: o.method,
		Host:   o.header.Get("Host"),
		// Opaque is the only form in which the signer takes a path byte for byte.
		URL:    &url.URL{Opaque: "//" + o.header.Get("Host") + o.origin.path + o.uri, RawQuery: o.query},
		Header: http.Header{hashHeader: {o.header.Get(hashHeader)}},
	}
	err := v4.NewSigner().SignHTTP(context.Background(), d.config.Credentials, signed, o.header.Get(hashHeader), "lambda", host[1], time.Now())
	if err != nil {
		return &refusal{
			status: http.StatusBadGateway, message: "CloudFront wasn't able to sign the request to the origin.",
			reason: "origin access control: " + err.Error(),
		}
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		o.header[name] = signed.Header[name]
	}
	return nil
}

func hashWithoutHeader(method string) string {
	switch method {
	case http.MethodPut, http.MethodPost, http.MethodPatch:
		return "UNSIGNED-PAYLOAD"
	}
	empty := sha256.Sum256(nil)
	return hex.EncodeToString(empty[:])
}
