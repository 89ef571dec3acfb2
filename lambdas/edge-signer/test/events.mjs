// The events in events/ have the shape that the CloudFront Developer Guide gives for origin-request
// (lambda-event-structure). A Function URL is the custom origin, and the headers are those that CloudFront forwards
// under AllViewerExceptHostHeader.

import { readFileSync } from "node:fs";

/** An event of its own for each call. @param {"get" | "post" | "post_truncated"} name */
export function readEvent(name) {
	return JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), "utf8"));
}

/** The request of such an event, with some fields replaced and some headers added ({"content-type": "text/plain"}). */
export function readRequest(name, fields = {}, headers = {}) {
	const { request } = readEvent(name).Records[0].cf;
	for (const [key, value] of Object.entries(headers)) request.headers[key] = [{ key, value }];
	return { ...request, ...fields };
}

/** The host of all of them, and the region in it. */
export const host = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.ap-northeast-1.on.aws";
export const region = "ap-northeast-1";

/** The body of "post": neither text nor UTF-8. */
export const postBody = Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x61]);

export const credentials = {
	accessKeyId: "ASIAEXAMPLEEXAMPLE00",
	secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaDmFwLW5vcnRoZWFzdC0x",
};
