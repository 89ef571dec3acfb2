// The Lambda@Edge function for origin-request: it signs the request for the Function URL, or answers it. Nothing is logged: whatever
// there is to tell stands in the answer, and headers, bodies and credentials belong in no log.

import { Refusal } from "./refusal.mjs";
import { signRequest } from "./request.mjs";

/** @param {object} event an origin-request event, of a behaviour that includes the body */
export const handler = async (event) => {
	try {
		return signRequest(event.Records[0].cf.request, credentialsFromEnvironment(), new Date());
	} catch (error) {
		return (error instanceof Refusal ? error : internalError()).response();
	}
};

// Read for each request: Lambda's credentials are temporary.
function credentialsFromEnvironment() {
	const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
	return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
}

// A throw would reach the viewer as CloudFront's 503, with nothing that says where to look.
function internalError() {
	return new Refusal(500, "InternalError", "The edge function could not read this request as an origin-request event.");
}
