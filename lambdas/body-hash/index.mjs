// The Lambda@Edge function for origin-request where CloudFront's origin access control signs: it sets the hash of the body, which Lambda
// checks and CloudFront does not make (CloudFront Developer Guide, private-content-restricting-access-to-lambda). It needs no permission.

import { createHash } from "node:crypto";

/** @param {object} event an origin-request event, of a behaviour that includes the body; its request is changed in place */
export const handler = async (event) => {
	const { request } = event.Records[0].cf;
	const { body, headers } = request;
	if (body?.inputTruncated) {
		// After 1 MB (lambda-at-edge-function-restrictions). The viewer may know the hash of the whole.
		const [hash, second] = headers["x-amz-content-sha256"] ?? [];
		return second || !/^[0-9a-f]{64}$/.test(hash?.value) ? tooLarge : request;
	}
	const hash = createHash("sha256").update(body?.data ?? "", "base64");
	headers["x-amz-content-sha256"] = [{ value: hash.digest("hex") }];
	return request;
};

const tooLarge = {
	status: "413",
	headers: { "cache-control": [{ value: "no-store" }], "content-type": [{ value: "application/json" }] },
	body: '{"error":"PayloadTooLarge","message":"Send at most 1 MB, or the SHA-256 of the whole body as x-amz-content-sha256, or call the Function URL with a lease."}',
};
