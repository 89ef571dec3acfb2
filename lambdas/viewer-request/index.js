// The CloudFront Function for viewer-request. It keeps for the function what would be lost on the way, and takes away
// what a viewer may not say. Its settings are variables that are written before it: oac, whether CloudFront's origin
// access control signs; authorizationHeader, where oac is true, "" to drop it; and stream, whether the Function URL
// streams. It is ECMAScript 5, of which the runtime has all (CloudFront Developer Guide,
// functions-javascript-runtime-20).

function handler(event) {
	var request = event.request;
	var headers = request.headers;
	// CloudFront calls a Function URL by the URL's own host name.
	headers["x-forwarded-host"] = { value: headers.host.value };
	delete headers["x-forwarded-uri"]; // the edge signer's to write
	// A Function URL may decompress a compressed stream, and behind CloudFront it was seen to end in 502
	// (aws/aws-lambda-nodejs-runtime-interface-client#96). At origin-request the header is read-only.
	if (stream) delete headers["accept-encoding"];
	if (!oac) return request; // the edge signer sees to the rest
	// Origin access control overwrites the viewer's authorization. A viewer's x-amz-* would speak for CloudFront, but
	// the hash is the viewer's to send.
	var authorization = headers.authorization;
	Object.keys(headers).forEach(function (name) {
		var spoken = name.indexOf("x-amz-") === 0 && name !== "x-amz-content-sha256";
		if (spoken || name === authorizationHeader || name === "x-forwarded-authorization") delete headers[name];
	});
	if (authorization && authorizationHeader) headers[authorizationHeader] = authorization;
	return request;
}
