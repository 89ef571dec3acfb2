// AWS Signature Version 4 in the Authorization header, for every service but S3: the path as it goes over the wire is encoded once more.
// IAM User Guide, reference_sigv-create-signed-request; the functions stand in that page's order, last step first.

import { createHmac, hash } from "node:crypto";

const algorithm = "AWS4-HMAC-SHA256";

/**
 * @typedef {object} WireRequest
 * @property {string} method
 * @property {string} path as sent, percent-encoded
 * @property {string} query as sent, without "?": unreserved characters and escapes only (encodeQuery in request.mjs makes it so)
 * @property {[string, string][]} headers those to sign, from canonicalHeaders
 * @property {string} payloadHash SHA-256 of the body, lower-case hex
 *
 * @typedef {object} Signing
 * @property {{accessKeyId: string, secretAccessKey: string}} credentials
 * @property {string} date from amzDate; the same as in the x-amz-date header
 * @property {string} region
 * @property {string} service
 */

/** The Authorization header's value. @param {WireRequest} request @param {Signing} signing */
export function authorization(request, signing) {
	const credential = `${signing.credentials.accessKeyId}/${scope(signing)}`;
	return `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders(request)}, Signature=${signature(request, signing)}`;
}

/** The signature, lower-case hex. @param {WireRequest} request @param {Signing} signing */
export function signature(request, signing) {
	return hmac(signingKey(signing), stringToSign(request, signing), "hex");
}

/** @param {WireRequest} request @param {Signing} signing */
export function stringToSign(request, signing) {
	return `${algorithm}\n${signing.date}\n${scope(signing)}\n${sha256(canonicalRequest(request))}`;
}

/** @param {WireRequest} request */
export function canonicalRequest(request) {
	const headers = request.headers.map(([name, value]) => `${name}:${value}\n`).join("");
	return `${request.method}\n${canonicalPath(request.path)}\n${canonicalQuery(request.query)}\n${headers}\n${signedHeaders(request)}\n${request.payloadHash}`;
}

/** Headers as they are signed: names in lower case and sorted, a repeated one's values joined in their order, runs of white space made one space. @param {[string, string][]} headers */
export function canonicalHeaders(headers) {
	const values = new Map();
	for (const [name, value] of headers) {
		const key = name.toLowerCase();
		const trimmed = value.trim().replace(/\s+/g, " ");
		values.set(key, values.has(key) ? `${values.get(key)},${trimmed}` : trimmed);
	}
	return [...values].sort(([a], [b]) => compare(a, b));
}

/** Time as x-amz-date has it: 20260102T030405Z. @param {Date} time */
export function amzDate(time) {
	return time.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** SHA-256 in lower-case hex. @param {string} text */
export function sha256(text) {
	return hash("sha256", text, "hex");
}

/** Everything but RFC 3986's unreserved characters percent-encoded; encodeURIComponent alone leaves !'()* as they are. @param {string} text */
export function percentEncode(text) {
	return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function signedHeaders({ headers }) {
	return headers.map(([name]) => name).join(";");
}

function scope({ date, region, service }) {
	return `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
}

// Normalised, as the specification has it for all but S3. Not every verifier does so, which is why request.mjs lets no such path come here.
function canonicalPath(path) {
	const segments = [];
	for (const segment of path.split("/")) {
		if (segment === "..") segments.pop();
		else if (segment !== "" && segment !== ".") segments.push(segment);
	}
	const trailingSlash = segments.length > 0 && path.endsWith("/") ? "/" : "";
	return `/${segments.map(percentEncode).join("/")}${trailingSlash}`;
}

// Sorted by name, then by value. Not by the joined pair: "=" sorts after "-", so "a-b=1" would come before "a=1".
function canonicalQuery(query) {
	if (query === "") return "";
	return query
		.split("&")
		.map(splitPair)
		.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
		.map(([name, value]) => `${name}=${value}`)
		.join("&");
}

function splitPair(pair) {
	const [name, value = ""] = pair.split("=");
	return [name, value];
}

function compare(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}

// Four HMACs that change once a day. Bounded, since a container outlives its credentials and a signer may serve URLs in several regions.
const signingKeys = new Map();
const maxSigningKeys = 64;

function signingKey(signing) {
	const name = `${signing.credentials.accessKeyId}/${scope(signing)}`;
	let key = signingKeys.get(name);
	if (!key) {
		key = deriveSigningKey(signing);
		if (signingKeys.size === maxSigningKeys) signingKeys.delete(signingKeys.keys().next().value);
		signingKeys.set(name, key);
	}
	return key;
}

function deriveSigningKey({ credentials, date, region, service }) {
	const dateKey = hmac(`AWS4${credentials.secretAccessKey}`, date.slice(0, 8));
	return hmac(hmac(hmac(dateKey, region), service), "aws4_request");
}

function hmac(key, text, encoding) {
	return createHmac("sha256", key).update(text).digest(encoding);
}
