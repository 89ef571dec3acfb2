import { readBody } from "./body.mjs";
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
 * What a page asks for, or an error where it has no single meaning. Some headers are CloudFront's, the edge signer's or the lease's to set;
 * one of them from the page would pass on one way and not on the other.
 *
 * @param {string} path with the query
 * @param {import("./furl.mjs").CallInit} init
 * @returns {Promise<Call>}
 */
export async function readCall(path, { method, headers: own, body, signal }) {
	signal?.throwIfAborted();
	const target = requestTarget(path);
	const headers = readHeaders(own);
	for (const name of headers.keys()) {
		if (/^(x-forwarded-(authorization|host)$|host$|x-amz-)/.test(name))
			throw badRequest(
				`the header ${name} is not the page's to set (x-forwarded-authorization is made of authorization): leave it out`,
			);
	}
	const { bytes, type } = await readBody(body);
	if (type && !headers.has("content-type")) headers.set("content-type", type);
	// Upper case, as aws4fetch signs it; Request changes some only.
	return { target, method: (method ?? (bytes ? "POST" : "GET")).toUpperCase(), headers, bytes, signal };
}

/**
 * A redirect would carry the session token or a header of the page's elsewhere, so it is an error. Cookies are left out either way: one of
 * the distribution's would not be there where the body is long. Reading, hashing and signing know no signal, so it is looked at here.
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
