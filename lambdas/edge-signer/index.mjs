// The Lambda@Edge function for origin-request. It gives the request a wire form with a single reading, and signs it for
// the Function URL. A request for which it cannot do so is answered here. The CloudFront Developer Guide has the event
// (lambda-event-structure) and the changes that it allows (edge-function-restrictions-all). Nothing is logged. The
// answer says all there is to tell, and headers, bodies and credentials belong in no log.

import { authorizationHeader } from "./config.mjs";
import * as sigv4 from "./sigv4.mjs";

const functionUrlHost = /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/;
const signedHeaders = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
// The first hash of a process takes some tenths of a millisecond, so this one is written out.
const emptyBodyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// The authorizer is loaded where it is used. An import takes microseconds, even of a module that is loaded.
let authorizer;

/** @param {object} event an origin-request event with the body; its request is changed in place */
export const handler = async (event) => {
	// Lambda's credentials are temporary, so they are read for each request.
	const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
	const credentials = { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN };
	try {
		const { request } = event.Records[0].cf;
		const settings = takeSettings(request.origin);
		if (settings) {
			authorizer ??= await import("./authorizer.mjs");
			const refused = await authorizer.authorize(request, settings, Date.now());
			if (refused) return answer(refused);
		}
		const isVerified = Boolean(settings && request.headers.authorization); // the authorizer leaves no other
		const signed = signRequest(request, credentials, new Date());
		if (isVerified) signed.headers[verifiedHeader] = [{ value: settings["x-furl-issuer"][0].value }];
		return signed;
	} catch (error) {
		// A throw would reach the viewer as CloudFront's bare 503.
		return (error instanceof Refusal ? error : new Refusal("InternalError")).response();
	}
};

// The function's proof that an authorizer has verified the token: the issuer. A viewer's own header of this name is
// removed, as all of x-furl-* are.
const verifiedHeader = "x-furl-verified";

// An authorizer's settings are custom headers of the origin. The distribution writes them, and no viewer can. They do
// not go on. Without such a header there is no authorizer.
function takeSettings(origin) {
	const customHeaders = origin?.custom?.customHeaders;
	let settings;
	const others = {};
	for (const name in customHeaders) {
		if (name.toLowerCase().startsWith("x-furl-")) {
			settings ??= {};
			settings[name] = customHeaders[name];
		} else others[name] = customHeaders[name];
	}
	// A new object takes less time than removals.
	if (settings) origin.custom.customHeaders = others;
	return settings;
}

/**
 * Signs one origin request for the Function URL that is its origin. Neither clock nor environment is read.
 *
 * @param {object} request `Records[0].cf.request` of an origin-request event with the body; changed in place
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
	const rewritten = uri !== request.uri || querystring !== request.querystring;
	headers["x-forwarded-uri"] = [{ value: sentUri(request, rewritten) }];
	// Sorted by name. CloudFront touches none of these afterwards.
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
	return rewritten ? Object.assign(request, { uri, querystring }) : request;
}

function functionUrl(origin) {
	const { domainName, path, protocol } = origin?.custom ?? {};
	// CloudFront would prepend an origin path to the signed path, and a Function URL needs none. HTTPS keeps the
	// session token from being read on the way.
	if (!functionUrlHost.test(domainName) || path || protocol !== "https") throw new Refusal("NotAFunctionUrl");
	return domainName;
}

// The signing keys by host. A key is good for a day. Hosts come from distributions and not from viewers, but the number
// of keys is bounded.
const signings = new Map();

// The region is the origin's. AWS_REGION is where the edge function happens to run.
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
 * The path with one reading. A character that a path segment may not hold raw (RFC 3986, pchar) is percent-encoded, and
 * so is a "%" that starts no escape. Valid escapes stay as they are. Dot segments and empty ones are refused and not
 * resolved, because a WAF rule has judged the path that the viewer sent.
 *
 * @param {string} uri
 */
export function encodePath(uri) {
	if (uri.startsWith("/") && sigv4.isPlainPath(uri)) return uri;
	// An encoded slash is data of its segment, and so are two ("/https%3A%2F%2Fexample.com"). Dots between encoded
	// slashes or backslashes are refused none the less. Some readers decode before they split, some take a backslash
	// for a slash, and dots so placed serve nothing else.
	const split = uri.replace(/%2e/gi, ".").replace(/%2f|%5c|\\/gi, "/");
	if (!uri.startsWith("/") || uri.includes("//") || /\/\.\.?(\/|$)/.test(split) || !uri.isWellFormed())
		throw new Refusal("AmbiguousPath");
	return uri.replace(/%(?![0-9A-Fa-f]{2})|[^%/\w.~!$&'()*+,;=:@-]/gu, encodeURIComponent);
}

/**
 * The query string with one reading. Names and values are decoded, and encoded strictly. A "+" is a space, and a "%"
 * that starts no escape is itself. Pairs keep their order and duplicates. "a" and "a=" remain apart, and empty pairs
 * go. Parameters X-Amz-* are refused, since they would be a second signature.
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
		const escaped = text.replaceAll("+", " ").replace(/%(?![0-9A-Fa-f]{2})/g, "%25");
		return sigv4.percentEncode(decodeURIComponent(escaped));
	} catch {
		throw new Refusal("AmbiguousQuery");
	}
}

// The path and query that the viewer sent. The sender of a webhook has signed them. All but visible ASCII is
// percent-encoded. Where the signer rewrote nothing, all is visible ASCII. encodeURIComponent throws for lone
// surrogates, which are refused before.
function sentUri({ uri, querystring }, rewritten) {
	const sent = querystring === "" ? uri : `${uri}?${querystring}`;
	return rewritten ? sent.replace(/[^!-~]+/g, encodeURIComponent) : sent;
}

// Hash of the body's bytes as they are sent. CloudFront shows them in base64 (lambda-at-edge-function-restrictions).
function hashBody({ method, body, headers }) {
	if (body?.inputTruncated) {
		// CloudFront shows 1 MB, and the viewer may know the hash of the whole.
		const hash = viewersHash(headers);
		if (!hash) throw new Refusal("PayloadTooLarge");
		return hash;
	}
	// The hash decodes base64 itself. A buffer of 1 MB for each request costs more than its SHA-256.
	if (body?.data) return sigv4.createHash("sha256").update(body.data, "base64").digest("hex");
	const lengths = headers["content-length"] ?? [];
	const chunked = headers["transfer-encoding"];
	// A chunked body that CloudFront shows as empty is empty. One that it does not show at all is unknown.
	const announced = lengths.some(({ value }) => !/^0+$/.test(value)) || (chunked && !body);
	// AWS documents that the body of a DELETE is shown (lambda-generating-http-responses). SST saw that it is not
	// (anomalyco/sst#6427). HTTP/2 need not announce a body.
	const possible = announced || chunked || lengths.length === 0;
	const hash = method === "DELETE" && possible && viewersHash(headers);
	if (!hash && announced) throw new Refusal("MissingBody");
	return hash || emptyBodyHash;
}

// The viewer's one well-formed hash of the body, if there is one. Lambda checks it against the body.
function viewersHash(headers) {
	const [hash, second] = headers["x-amz-content-sha256"] ?? [];
	return !second && /^[0-9a-f]{64}$/.test(hash?.value) ? hash.value : undefined;
}

// A viewer's x-amz-* would reach the function unsigned, or speak for the signer. A header that passes for the viewer's
// authorization would be forged. So both are removed. The default name is removed even if authorization has
// another name or is dropped. x-furl-* are the names of an authorizer's settings. x-amzn-* (tracing) is another family.
function takeViewersHeaders(headers) {
	const { authorization } = headers;
	for (const name in headers) {
		if (!name.startsWith("x-")) continue; // EdgeSigner takes no other names for authorizationHeader
		const isOurs = name === authorizationHeader || name === "x-forwarded-authorization";
		if (isOurs || name.startsWith("x-amz-") || name.startsWith("x-furl-")) delete headers[name];
	}
	if (authorization && authorizationHeader)
		headers[authorizationHeader] = authorization.map(({ value }) => ({ value }));
}

// The signer's answers. The status is 4xx where the viewer can do better, and 500 where the distribution or the signer
// is at fault. The messages say what to do, and hold nothing of the request.
const refusals = {
	AmbiguousPath: [400, 'Send the path without empty and dot segments ("//", ".", ".."), percent-encoded ones too.'],
	AmbiguousQuery: [400, "Send the query with escapes that are UTF-8, and without X-Amz-* parameters."],
	MissingBody: [
		400,
		"The edge function was not shown the body. With DELETE send its SHA-256 as x-amz-content-sha256, " +
			"else set IncludeBody on the behaviour.",
	],
	PayloadTooLarge: [
		413,
		"Send at most 1 MB, or the SHA-256 of the whole body as x-amz-content-sha256, " +
			"or call the Function URL with a lease.",
	],
	UriTooLong: [414, "Send less than 8,192 characters of path and query, encoded."],
	InternalError: [500, "The edge function cannot read this event."],
	MissingCredentials: [500, "The edge function has no credentials in its environment."],
	NotAFunctionUrl: [500, "The behaviour's origin must be a Function URL, by HTTPS and without an origin path."],
};

/** Thrown for a request that cannot be signed. The handler answers it to the viewer. */
export class Refusal extends Error {
	/** @param {keyof typeof refusals} code the answer's "error" */
	constructor(code) {
		super(refusals[code][1]);
		this.code = code;
		this.status = refusals[code][0];
	}

	/** The refusal as a response generated by an edge function. */
	response() {
		return answer(this);
	}
}

// CloudFront caches responses that an origin-request function generates, hence no-store (CloudFront Developer Guide,
// lambda-generating-http-responses).
function answer({ status, code, message, headers: more }) {
	const headers = { "cache-control": [{ value: "no-store" }], "content-type": [{ value: "application/json" }] };
	for (const name in more) headers[name] = [{ value: more[name] }];
	return { status: `${status}`, headers, body: JSON.stringify({ error: code, message }) };
}
