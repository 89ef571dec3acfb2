// The authorizer of a behaviour. It lets a request pass whose token it has verified. index.mjs loads it where an origin
// has settings for it (authorizer_settings.mjs), and signs what passes. Nothing of a token is logged or answered.

import { Denied, denial } from "./authorizer_denial.mjs";
import { readSettings } from "./authorizer_settings.mjs";
import { readBearer } from "./bearer.mjs";
import { fetchKeys } from "./keys.mjs";
import { sha256 } from "./sigv4.mjs";
import { verifyToken } from "./token.mjs";

/**
 * Decides about one request. Where it passes, its Authorization is the verified token, whatever the viewer sent there.
 *
 * @param {object} request `Records[0].cf.request` of an origin-request event; changed in place
 * @param {object} customHeaders the origin's custom headers x-furl-*, in the event's form
 * @param {number} now milliseconds since 1970
 * @param {(uri: string) => Promise<Uint8Array>} fetch gets a JWKS
 * @returns {Promise<object | undefined>} an answer as of denial, or undefined where the request passes
 */
export async function authorize(request, customHeaders, now, fetch = fetchKeys) {
	const settings = readSettings(customHeaders);
	try {
		if (!settings) throw new Denied("BrokenAuthorizer");
		const { headers } = request;
		if (isAnsweredByUrl(request, settings)) {
			// Nobody has verified it.
			delete headers.authorization;
			return;
		}
		const token = readBearer(headers, settings.cookie);
		const key = sha256(`${settings.id}\n${token}`);
		if (!(now < verified.get(key))) {
			const expiry = await verifyToken(token, settings, now, fetch);
			remember(key, Math.min(expiry, now + rememberedFor));
		}
		headers.authorization = [{ value: `Bearer ${token}` }];
	} catch (error) {
		if (error instanceof Denied) return denial(error, settings, request.headers);
		throw error;
	}
}

// Reports whether the request is a CORS preflight that the Function URL answers itself. The function is not called
// then. A URL without CORS calls the function for an OPTIONS like any other.
function isAnsweredByUrl({ method, headers }, { cors }) {
	return Boolean(cors && method === "OPTIONS" && isSent(headers.origin) && isSent(headers[requestMethod]));
}

const requestMethod = "access-control-request-method";
function isSent(values) {
	return values?.length === 1 && Boolean(values[0].value);
}

// Verified tokens with the time, in milliseconds, until which they are remembered. That is their expiry, or an hour
// later if that is sooner. A token of a withdrawn key would pass until its own expiry otherwise. The key is a hash of
// the settings' id and the token, since a token of one authorizer is not one of another. The oldest goes first.
const verified = new Map();
const most = 1000;
const rememberedFor = 3_600_000;

function remember(key, until) {
	verified.delete(key); // it would keep its old place
	if (verified.size >= most) verified.delete(verified.keys().next().value);
	verified.set(key, until);
}
