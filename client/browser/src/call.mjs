import { checkSize, readBody, sha256 } from "./body.mjs";
import { badRequest } from "./errors.mjs";
import { readHeaders } from "./grant.mjs";
import { requestTarget } from "./target.mjs";

/**
 * @typedef {object} Call a request to the function, whichever way it goes
 * @property {string} target path and query
 * @property {string} method
 * @property {Headers} headers
 * @property {Uint8Array<ArrayBuffer>} [bytes] of the body, where there is one
 * @property {AbortSignal} [signal]
 */

/**
 * Reads a page's call. A call without a single meaning is an error. So is a header that CloudFront, the edge signer or
 * the lease sets. It would reach the function on one way and not on the other.
 *
 * @param {string} path with the query
 * @param {import("./furl.mjs").CallInit} init
 * @returns {Promise<Call>}
 */
export async function readCall(path, { method, headers: given, body, signal }) {
	signal?.throwIfAborted();
	const target = requestTarget(path);
	const headers = readHeaders(given);
	for (const name of headers.keys()) {
		if (/^(x-forwarded-(authorization|host)$|host$|x-amz-)/.test(name))
			throw badRequest(
				`the header ${name} is not the page's to set (x-forwarded-authorization is made of authorization): ` +
					"leave it out",
			);
	}
	const { bytes, type } = await readBody(body);
	if (type && !headers.has("content-type")) headers.set("content-type", type);
	checkSize(bytes?.length ?? 0, headers.get("content-type") ?? "");
	// aws4fetch signs the method in upper case. Request changes some methods only.
	return { target, method: (method ?? (bytes ? "POST" : "GET")).toUpperCase(), headers, bytes, signal };
}

/**
 * A redirect is an error, because it would carry the session token or a page's header elsewhere. Cookies are left out
 * on both ways. A cookie of the distribution would be missing whenever the body is long. Reading, hashing and signing
 * know no signal, so the signal is checked here.
 *
 * @param {URL} url
 * @param {RequestInit} init
 */
export function makeRequest(url, init) {
	init.signal?.throwIfAborted();
	try {
		return new Request(url, { ...init, cache: "no-store", credentials: "omit", redirect: "error" });
	} catch (cause) {
		throw badRequest(`a ${init.method} with such a body cannot be sent: check the method`, cause);
	}
}

/**
 * Makes a request that is signed at the edge. The edge signs by this hash if it does not see the whole body. Under
 * origin access control "your users must compute the SHA256 of the body" of a PUT or POST (CloudFront Developer Guide,
 * private-content-restricting-access-to-lambda). AWS does not except empty bodies. A GET has no hash, so it stays
 * simple for CORS.
 *
 * @param {string} origin
 * @param {Call} call
 */
export async function throughCloudFront(origin, { target, method, headers, bytes, signal }) {
	if (!/^(GET|HEAD)$/.test(method)) headers.set("x-amz-content-sha256", await sha256(bytes));
	return makeRequest(new URL(target, origin), { method, headers, body: bytes, signal });
}
