// The translation of an origin request into one whose wire form has a single reading, and its signature.
// CloudFront Developer Guide, lambda-event-structure (the event) and edge-function-restrictions-all (what may be changed in it).

import { createHash } from "node:crypto";
import { Refusal } from "./refusal.mjs";
import { amzDate, authorization, canonicalHeaders, percentEncode, sha256 } from "./sigv4.mjs";

const functionUrlHost = /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;
const service = "lambda";
const maxUriAndQuery = 8191; // "less than 8,192 characters" (edge-function-restrictions-all)
const emptyBodyHash = sha256("");

/**
 * Signs one origin request for the Function URL that is its origin. Pure: neither clock nor environment is read, and the event is left as it was.
 *
 * @param {object} request `Records[0].cf.request` of an origin-request event, with its body
 * @param {{accessKeyId: string, secretAccessKey: string, sessionToken?: string}} credentials
 * @param {Date} time
 * @returns {object} the request to send on
 * @throws {Refusal} where the request has no single reading, or there is nothing to sign with or for
 */
export function signRequest(request, credentials, time) {
	const { host, region } = functionUrl(request.origin);
	if (!credentials.accessKeyId || !credentials.secretAccessKey) {
		throw new Refusal(500, "MissingCredentials", "The edge function has no credentials in its environment.");
	}
	const uri = encodePath(request.uri);
	const querystring = encodeQuery(request.querystring);
	if (uri.length + querystring.length > maxUriAndQuery) {
		throw new Refusal(
			414,
			"UriTooLong",
			"Path and query string, percent-encoded, must be shorter than 8,192 characters.",
		);
	}
	const payloadHash = hashBody(request);
	const date = amzDate(time);
	const signed = [
		["Host", host],
		["X-Amz-Content-Sha256", payloadHash],
		["X-Amz-Date", date],
	];
	if (credentials.sessionToken) signed.push(["X-Amz-Security-Token", credentials.sessionToken]);
	const wire = {
		method: request.method,
		path: uri,
		query: querystring,
		headers: canonicalHeaders(signed),
		payloadHash,
	};
	const value = authorization(wire, { credentials, date, region, service });
	return {
		...request,
		uri,
		querystring,
		headers: replaceHeaders(request.headers, [...signed, ["Authorization", value]]),
	};
}

// The region comes from the origin: AWS_REGION is where the edge function happens to run.
function functionUrl(origin) {
	const host = origin?.custom?.domainName;
	const region = functionUrlHost.exec(host)?.[1];
	if (!region) {
		throw new Refusal(
			500,
			"NotAFunctionUrl",
			"This edge function signs origin requests for Lambda Function URLs only. Associate it with origin-request on a behaviour whose origin is <id>.lambda-url.<region>.on.aws.",
		);
	}
	// Signing path + uri would do only if nobody changed the one after the other was made unambiguous; a Function URL needs no such prefix.
	if (origin.custom.path) {
		const message =
			"The origin of this behaviour has an origin path. Remove it: CloudFront adds it after the signature.";
		throw new Refusal(500, "OriginPath", message);
	}
	// The signature keeps a request from being changed, not its session token from being read.
	if (origin.custom.protocol !== "https") {
		throw new Refusal(500, "InsecureOrigin", "The origin of this behaviour must be called by HTTPS only.");
	}
	return { host, region };
}

/**
 * The path with one reading: what a path segment may not hold raw (RFC 3986, pchar) is percent-encoded, a "%" that starts no escape too.
 * Valid escapes stay as they are. Dot segments and empty ones are refused, not resolved: a WAF rule has judged the path that the viewer sent.
 *
 * @param {string} uri
 */
export function encodePath(uri) {
	if (!uri.startsWith("/") || uri.includes("//") || hasDotSegment(uri)) {
		throw ambiguousPath(
			'Send the path without empty segments ("//") and without dot segments ("." and ".."), percent-encoded ones too.',
		);
	}
	try {
		return uri.replace(/%(?![0-9A-Fa-f]{2})|[^%/\w.~!$&'()*+,;=:@-]/gu, encodeURIComponent);
	} catch {
		throw ambiguousPath("The path must be Unicode text."); // half a surrogate pair
	}
}

// An encoded slash is data of its segment, and so are two ("/https%3A%2F%2Fexample.com"). Dots between encoded slashes or backslashes are
// refused none the less: some readers decode before they split, some take a backslash for a slash, and dots so placed serve nothing else.
function hasDotSegment(uri) {
	return /(^|[/\\])\.\.?([/\\]|$)/.test(uri.replace(/%2e/gi, ".").replace(/%2f|%5c/gi, "/"));
}

/**
 * The query string with one reading: names and values decoded ("+" as a space, a "%" that starts no escape as itself) and encoded
 * strictly. Pairs keep their order and duplicates, "a" and "a=" remain apart, empty pairs go.
 *
 * @param {string} querystring without "?"
 */
export function encodeQuery(querystring) {
	return querystring
		.split("&")
		.filter((pair) => pair !== "")
		.map(encodePair)
		.join("&");
}

function encodePair(pair) {
	const equals = pair.indexOf("=");
	const name = encodeQueryText(equals < 0 ? pair : pair.slice(0, equals));
	if (sigv4Parameter.test(name)) {
		throw ambiguousQuery(`This request is signed on its way. Send it without the query parameter ${name}.`);
	}
	return equals < 0 ? name : `${name}=${encodeQueryText(pair.slice(equals + 1))}`;
}

const sigv4Parameter =
	/^x-amz-(algorithm|content-sha256|credential|date|expires|region-set|security-token|signature|signedheaders)$/i;

function encodeQueryText(text) {
	if (/^[\w.~-]*$/.test(text)) return text;
	try {
		return percentEncode(decodeURIComponent(text.replace(/\+/g, " ").replace(/%(?![0-9A-Fa-f]{2})/g, "%25")));
	} catch {
		throw ambiguousQuery("The escapes in the query string must be UTF-8.");
	}
}

/** Hash of the body's bytes as they are sent: decoded from base64, which is how CloudFront shows them. */
function hashBody(request) {
	const { body } = request;
	if (body?.inputTruncated) return viewersHash(request.headers);
	if (!body?.data) {
		if (announcesBody(request, body)) {
			throw new Refusal(
				400,
				"MissingBody",
				"The request announces a body that the edge function was not given. The behaviour must include the body (IncludeBody).",
			);
		}
		return emptyBodyHash;
	}
	// Decoded inside the hash: a buffer of 1 MB for each request costs more than its SHA-256.
	return createHash("sha256")
		.update(body.data, body.encoding === "text" ? "utf8" : "base64")
		.digest("hex");
}

// CloudFront shows the first 1 MB of a body (lambda-at-edge-function-restrictions). The viewer may know the hash of the whole; Lambda checks it.
function viewersHash(headers) {
	const values = headers["x-amz-content-sha256"] ?? [];
	if (values.length !== 1 || !/^[0-9a-f]{64}$/.test(values[0].value)) {
		throw new Refusal(
			413,
			"PayloadTooLarge",
			"Send at most 1 MB, or the SHA-256 of the whole body in the header x-amz-content-sha256, as 64 lower-case hexadecimal digits.",
		);
	}
	return values[0].value;
}

// Chunked says nothing of the length: a chunked body that CloudFront shows as empty is empty, one that it does not show at all is unknown.
function announcesBody({ headers }, body) {
	const lengths = headers["content-length"] ?? [];
	return lengths.some(({ value }) => !/^0+$/.test(value)) || (!body && "transfer-encoding" in headers);
}

// A viewer's authorization and x-amz-* would reach the function unsigned, or speak for the signer. x-amzn-* (tracing) is another family.
function replaceHeaders(headers, signed) {
	const kept = Object.entries(headers).filter(([name]) => !/^(authorization$|x-amz-)/i.test(name));
	const added = signed.map(([key, value]) => [key.toLowerCase(), [{ key, value }]]);
	return Object.fromEntries([...kept, ...added]);
}

function ambiguousPath(message) {
	return new Refusal(400, "AmbiguousPath", message);
}

function ambiguousQuery(message) {
	return new Refusal(400, "AmbiguousQuery", message);
}
