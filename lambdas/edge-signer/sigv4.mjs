// AWS Signature Version 4 in the Authorization header, for every service but S3. The path as it goes over the wire is
// encoded once more. The functions stand in the order of the IAM User Guide, reference_sigv-create-signed-request, last
// step first.

// An import would read every export of the module, WebCrypto too, and take half a millisecond of the start.
export const { createHash, createHmac, hash } = process.getBuiltinModule("node:crypto");

const algorithm = "AWS4-HMAC-SHA256";

/** The Authorization header's value. */
export function authorization(accessKeyId, scope, signedHeaders, signature) {
	return `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** Lower-case hex. @param {Buffer} key from signingKey @param {string} text from stringToSign */
export function signature(key, text) {
	return createHmac("sha256", key).update(text).digest("hex");
}

/** One HMAC for each part of the scope. The key changes once a day. @param {string} scope from scope */
export function signingKey(secretAccessKey, scope) {
	return scope.split("/").reduce(hmac, `AWS4${secretAccessKey}`);
}

/** @param {string} day 20260102 */
export function scope(day, region, service) {
	return `${day}/${region}/${service}/aws4_request`;
}

/**
 * @param {string} date as in x-amz-date, 20260102T030405Z
 * @param {string} scope from scope
 * @param {string} canonical from canonicalRequest
 */
export function stringToSign(date, scope, canonical) {
	return `${algorithm}\n${date}\n${scope}\n${sha256(canonical)}`;
}

/**
 * @param {string} method
 * @param {string} path as sent, percent-encoded
 * @param {string} query as sent, without "?", in unreserved characters and escapes only (encodeQuery in index.mjs)
 * @param {string} headers those to sign, a "name:value\n" each, sorted
 * @param {string} signedHeaders their names, sorted, with ";" between
 * @param {string} payloadHash SHA-256 of the body, lower-case hex
 */
export function canonicalRequest(method, path, query, headers, signedHeaders, payloadHash) {
	return `${method}\n${canonicalPath(path)}\n${canonicalQuery(query)}\n${headers}\n${signedHeaders}\n${payloadHash}`;
}

// The specification asks for a normalised path. index.mjs lets no path come here that normalising would change.
function canonicalPath(path) {
	return isPlainPath(path) ? path : path.split("/").map(percentEncode).join("/");
}

/**
 * Reports whether a path is its own canonical form. Such a path has unreserved characters only, and neither empty nor
 * dot segments.
 *
 * @param {string} path
 */
export function isPlainPath(path) {
	return /^(\/[\w~-]+(\.[\w~-]+)*)*\/?$/.test(path);
}

// Sorted by name, then by value. "=" sorts after "-", so strings "name=value" would put "a-b=1" before "a=1". "!" sorts
// before all that an encoded name may hold, and is no part of one.
function canonicalQuery(query) {
	if (query === "") return "";
	return query
		.split("&")
		.map((pair) => (pair.includes("=") ? pair.replace("=", "!") : `${pair}!`))
		.sort()
		.join("&")
		.replaceAll("!", "=");
}

/** The day in the credential scope, such as 20260102. @param {Date} time */
export function day(time) {
	return time.toISOString().slice(0, 10).replaceAll("-", "");
}

/** The time in x-amz-date, such as 20260102T030405Z. @param {string} day @param {Date} time */
export function amzDate(day, time) {
	const clock = time.getUTCHours() * 10_000 + time.getUTCMinutes() * 100 + time.getUTCSeconds();
	return `${day}T${String(1_000_000 + clock).slice(1)}Z`;
}

/** SHA-256 in lower-case hex. @param {string} text */
export function sha256(text) {
	return hash("sha256", text, "hex");
}

/**
 * Everything but RFC 3986's unreserved characters percent-encoded. encodeURIComponent alone leaves !'()* as they are.
 *
 * @param {string} text
 */
export function percentEncode(text) {
	return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key, text) {
	return createHmac("sha256", key).update(text).digest();
}
