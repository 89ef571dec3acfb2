// The Lambda@Edge function for origin-request where CloudFront's origin access control signs. It sets the hash of the
// body, which Lambda checks and CloudFront does not make (CloudFront Developer Guide,
// private-content-restricting-access-to-lambda). It needs no permission.

import { createHash } from "node:crypto";

/** @param {object} event an origin-request event with the body; its request is changed in place */
export const handler = async (event) => {
	const { request } = event.Records[0].cf;
	const { method, body, headers } = request;
	// CloudFront shows 1 MB (lambda-at-edge-function-restrictions), and the viewer may know the hash of the whole.
	if (body?.inputTruncated) return hasHash(headers) ? request : tooLarge;
	// AWS documents that the body of a DELETE is shown (lambda-generating-http-responses). SST saw that it is not
	// (anomalyco/sst#6427). The hash of nothing would then be wrong, and the viewer's own may be right.
	if (method === "DELETE" && !body?.data && mayHaveBody(request)) return request;
	const hash = createHash("sha256").update(body?.data ?? "", "base64");
	headers["x-amz-content-sha256"] = [{ value: hash.digest("hex") }];
	return request;
};

// Reports whether there may be a body that is not shown. A chunked body that is shown as empty is empty, and HTTP/2
// need not announce a body. In these two cases there may be one if the viewer sent a hash.
function mayHaveBody({ body, headers }) {
	const lengths = headers["content-length"] ?? [];
	const chunked = headers["transfer-encoding"];
	const announced = lengths.some(({ value }) => !/^0+$/.test(value)) || (chunked && !body);
	return announced || ((chunked || lengths.length === 0) && hasHash(headers));
}

// Reports whether the viewer sent one well-formed hash. Lambda checks it against the body.
function hasHash(headers) {
	const [hash, second] = headers["x-amz-content-sha256"] ?? [];
	return !second && /^[0-9a-f]{64}$/.test(hash?.value);
}

const tooLarge = {
	status: "413",
	headers: { "cache-control": [{ value: "no-store" }], "content-type": [{ value: "application/json" }] },
	body: JSON.stringify({
		error: "PayloadTooLarge",
		message:
			"Send at most 1 MB, or the SHA-256 of the whole body as x-amz-content-sha256, " +
			"or call the Function URL with a lease.",
	}),
};
