// The Lambda@Edge function for origin-request: it makes of the request one whose wire form has a single reading, and signs it for the
// Function URL, or answers it. CloudFront Developer Guide, lambda-event-structure (the event) and edge-function-restrictions-all (what may
// be changed in it). Nothing is logged: whatever there is to tell stands in the answer, and headers, bodies and credentials belong in no log.

import { authorizationHeader } from "./config.mjs";
import * as sigv4 from "./sigv4.mjs";

const functionUrlHost = /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/;
const signedHeaders = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
// Written out: the first hash of a process takes some tenths of a millisecond, which belong to no start.
const emptyBodyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

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

/**
 * Signs one origin request for the Function URL that is its origin. Neither clock nor environment is read.
 *
 * @param {object} request `Records[0].cf.request` of an origin-request event, with its body; changed in place
 * @param {{accessKeyId: string, secretAccessKey: string, sessionToken: string}} credentials
 * @param {Date} time
 * @returns {object} the same request, to send on
 * @throws {Refusal} where the request has no single reading, or there is nothing to sign with or for
 */
export function signRequest(request, credentials, time) {
	const host = functionUrl(request.origin);
	const { day, scope, key } = signing(host, credentials, time);
	const uri = encodePath(request.uri);
	const querystring = encodeQuery(request.querystring);
	// "less than 8,192 characters" (edge-function-restrictions-all)
	if (uri.length + querystring.length > 8191) throw new Refusal("UriTooLong");
	const payloadHash = hashBody(request);
	const date = sigv4.amzDate(day, time);
	const { method, headers } = request;
	takeViewersHeaders(headers);
	// In the order of the names, and nothing that CloudFront may touch afterwards.
	const signed = {
		host,
		"x-amz-content-sha256": payloadHash,
		"x-amz-date": date,
		"x-amz-security-token": credentials.sessionToken,
	};
	let lines = "";
	for (const name in signed) {
		lines += `${name}:${signed[name]}\n`;
		headers[name] = [{ value: signed[name] }];
	}
	const canonical = sigv4.canonicalRequest(method, uri, querystring, lines, signedHeaders, payloadHash);
	const signature = sigv4.signature(key, sigv4.stringToSign(date, scope, canonical));
	const value = sigv4.authorization(credentials.accessKeyId, scope, signedHeaders, signature);
	headers.authorization = [{ value }];
	return Object.assign(request, { uri, querystring });
}

function functionUrl(origin) {
	const { domainName, path, protocol } = origin?.custom ?? {};
	// Signing path + uri would do only if nobody changed the one after the other was made unambiguous; a Function URL needs no such prefix.
	// The signature keeps a request from being changed, not its session token from being read, hence HTTPS.
	if (!functionUrlHost.test(domainName) || path || protocol !== "https") throw new Refusal("NotAFunctionUrl");
	return domainName;
}

// What changes once a day, by host. Bounded, though hosts come from distributions and not from viewers.
const signings = new Map();

// The region comes from the origin: AWS_REGION is where the edge function happens to run.
function signing(host, { accessKeyId, secretAccessKey, sessionToken }, time) {
	if (!(accessKeyId && secretAccessKey && sessionToken)) throw new Refusal("MissingCredentials");
	const days = Math.floor(time.getTime() / 86_400_000);
	const known = signings.get(host);
	if (known?.days === days && known.accessKeyId === accessKeyId) return known;
	const day = sigv4.day(time);
	const scope = sigv4.scope(day, host.split(".")[2], "lambda");
	const made = { accessKeyId, days, day, scope, key: sigv4.signingKey(secretAccessKey, scope) };
	if (signings.size > 63) signings.clear();
	signings.set(host, made);
	return made;
}

/**
 * The path with one reading: what a path segment may not hold raw (RFC 3986, pchar) is percent-encoded, a "%" that starts no escape too.
 * Valid escapes stay as they are. Dot segments and empty ones are refused, not resolved: a WAF rule has judged the path that the viewer sent.
 *
 * @param {string} uri
 */
export function encodePath(uri) {
	if (uri.startsWith("/") && sigv4.isPlainPath(uri)) return uri;
	// An encoded slash is data of its segment, and so are two ("/https%3A%2F%2Fexample.com"). Dots between encoded slashes or backslashes are
	// refused none the less: some readers decode before they split, some take a backslash for a slash, and dots so placed serve nothing else.
	const split = uri.replace(/%2e/gi, ".").replace(/%2f|%5c|\\/gi, "/");
	if (!uri.startsWith("/") || uri.includes("//") || /\/\.\.?(\/|$)/.test(split) || !uri.isWellFormed())
		throw new Refusal("AmbiguousPath");
	return uri.replace(/%(?![0-9A-Fa-f]{2})|[^%/\w.~!$&'()*+,;=:@-]/gu, encodeURIComponent);
}

/**
 * The query string with one reading: names and values decoded ("+" as a space, a "%" that starts no escape as itself) and encoded
 * strictly. Pairs keep their order and duplicates, "a" and "a=" remain apart, empty pairs go. X-Amz-* would be a second signature.
 *
 * @param {string} query without "?"
 */
export function encodeQuery(query) {
	if (query === "" || (query.search(/(^|&)x-amz-/i) < 0 && plainQuery.test(query))) return query;
	return query.split("&").filter(Boolean).map(encodePair).join("&");
}

const plainQuery = /^[\w.~-]+(=[\w.~-]*)?(&[\w.~-]+(=[\w.~-]*)?)*$/;
function encodePair(pair) {
	const equals = pair.indexOf("=");
	const name = encodeText(equals < 0 ? pair : pair.slice(0, equals));
	if (/^x-amz-/i.test(name)) throw new Refusal("AmbiguousQuery");
	return equals < 0 ? name : `${name}=${encodeText(pair.slice(equals + 1))}`;
}

function encodeText(text) {
	if (/^[\w.~-]*$/.test(text)) return text;
	try {
		return sigv4.percentEncode(decodeURIComponent(text.replaceAll("+", " ").replace(/%(?![0-9A-Fa-f]{2})/g, "%25")));
	} catch {
		throw new Refusal("AmbiguousQuery");
	}
}

/** Hash of the body's bytes as they are sent: decoded from base64, which is how CloudFront shows them (lambda-at-edge-function-restrictions). */
function hashBody({ body, headers }) {
	if (body?.inputTruncated) {
		// After 1 MB. The viewer may know the hash of the whole; Lambda checks it.
		const [hash, second] = headers["x-amz-content-sha256"] ?? [];
		if (second || !/^[0-9a-f]{64}$/.test(hash?.value)) throw new Refusal("PayloadTooLarge");
		return hash.value;
	}
	// Decoded inside the hash: a buffer of 1 MB for each request costs more than its SHA-256.
	if (body?.data) return sigv4.createHash("sha256").update(body.data, "base64").digest("hex");
	// Chunked says nothing of the length: a body that CloudFront shows as empty is empty, one that it does not show at all is unknown.
	const lengths = headers["content-length"] ?? [];
	if (lengths.some(({ value }) => !/^0+$/.test(value)) || (!body && headers["transfer-encoding"]))
		throw new Refusal("MissingBody");
	return emptyBodyHash;
}

// A viewer's x-amz-* would reach the function unsigned, or speak for the signer; so would an authorization that is not the viewer's own, and
// by its default name even where it goes by another or is dropped. x-amzn-* (tracing) is another family.
function takeViewersHeaders(headers) {
	const { authorization } = headers;
	for (const name in headers) {
		if (name.startsWith("x-amz-") || name === authorizationHeader || name === "x-forwarded-authorization")
			delete headers[name];
	}
	if (authorization && authorizationHeader)
		headers[authorizationHeader] = authorization.map(({ value }) => ({ value }));
}

// All that the signer answers itself: 4xx where the viewer can do better, 500 where the distribution or the signer is at fault. The messages
// say what to do, and hold nothing of the request.
const refusals = {
	AmbiguousPath: [400, 'Send the path without empty and dot segments ("//", ".", ".."), percent-encoded ones too.'],
	AmbiguousQuery: [400, "Send the query with escapes that are UTF-8, and without X-Amz-* parameters."],
	MissingBody: [400, "The edge function was not shown the body: set IncludeBody on the behaviour."],
	PayloadTooLarge: [
		413,
		"Send at most 1 MB, or the SHA-256 of the whole body as x-amz-content-sha256, or call the Function URL with a lease.",
	],
	UriTooLong: [414, "Send less than 8,192 characters of path and query, encoded."],
	InternalError: [500, "The edge function cannot read this event."],
	MissingCredentials: [500, "The edge function has no credentials in its environment."],
	NotAFunctionUrl: [500, "The behaviour's origin must be a Function URL, by HTTPS and without an origin path."],
};

/** A request that cannot be signed, thrown where that is found out and answered to the viewer. */
export class Refusal extends Error {
	/** @param {keyof typeof refusals} code the answer's "error" */
	constructor(code) {
		super(refusals[code][1]);
		this.code = code;
		this.status = refusals[code][0];
	}

	/**
	 * The refusal as a response generated by an edge function. CloudFront caches what an origin-request function generates, hence no-store
	 * (CloudFront Developer Guide, lambda-generating-http-responses).
	 */
	response() {
		return {
			status: `${this.status}`,
			headers: { "cache-control": [{ value: "no-store" }], "content-type": [{ value: "application/json" }] },
			body: JSON.stringify({ error: this.code, message: this.message }),
		};
	}
}
