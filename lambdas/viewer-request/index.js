// The CloudFront Function for viewer-request: it keeps for the function what would be lost on the way. Variables are written before it: oac,
// whether CloudFront's origin access control signs, and if so authorizationHeader, "" to drop it. ECMAScript 5, of which the runtime has all
// (CloudFront Developer Guide, functions-javascript-runtime-20).

function handler(event) {
	var request = event.request;
	var headers = request.headers;
	// CloudFront calls a Function URL by the URL's own host name.
	headers["x-forwarded-host"] = { value: headers.host.value };
	if (!oac) return request; // the edge signer sees to the rest
	// Origin access control overwrites the viewer's authorization; a viewer's x-amz-*, but for the hash, would speak for CloudFront.
	var authorization = headers.authorization;
	Object.keys(headers).forEach(function (name) {
		var spoken = name.indexOf("x-amz-") === 0 && name !== "x-amz-content-sha256";
		if (spoken || name === authorizationHeader || name === "x-forwarded-authorization") delete headers[name];
	});
	if (authorization && authorizationHeader) headers[authorizationHeader] = authorization;
	return request;
}
