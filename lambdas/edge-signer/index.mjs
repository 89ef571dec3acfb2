// The Lambda@Edge function for origin-request: it signs the request for the Function URL, or answers it. Nothing is logged: whatever
// there is to tell stands in the answer, and headers, bodies and credentials belong in no log.

import { Refusal, signRequest } from "./request.mjs";

/** @param {object} event an origin-request event, of a behaviour that includes the body; its request is changed in place */
export const handler = async (event) => {
	// Read for each request: Lambda's credentials are temporary.
	const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
	const credentials = { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN };
	try {
		return signRequest(event.Records[0].cf.request, credentials, new Date());
	} catch (error) {
		// A throw would reach the viewer as CloudFront's 503, with nothing that says where to look.
		return (error instanceof Refusal ? error : new Refusal("InternalError")).response();
	}
};
