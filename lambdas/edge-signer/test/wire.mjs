// Reads requests on the wire for tests. This code has nothing in common with the edge function's.

import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";

/**
 * The request as CloudFront would send it, with all that a verifier needs.
 *
 * @param {object} signed the edge function's result
 * @param {Buffer} body
 * @param {object} signing credentials, region, time
 */
export function wireRequest(signed, body, { accessKeyId, secretAccessKey, sessionToken, region, time }) {
	const headers = Object.fromEntries(
		Object.entries(signed.headers).map(([name, values]) => [name, values.map(({ value }) => value).join(", ")]),
	);
	const { method, uri, querystring } = signed;
	const rest = { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? "", time: time.toISOString(), region };
	return { method, host: headers.host, uri, querystring, headers, bodyBase64: body.toString("base64"), ...rest };
}

/** The headers of the same request signed by @smithy/signature-v4, its own body hash among them. */
export async function smithySign(wire) {
	// Without our hash it makes its own, from the body.
	const { authorization: _, "x-amz-content-sha256": __, ...headers } = wire.headers;
	const request = smithyRequest({ ...wire, headers, body: Buffer.from(wire.bodyBase64, "base64") });
	const unsignableHeaders = new Set(Object.keys(headers).filter((name) => !signedNames.has(name)));
	const signer = newSmithySigner(wire);
	return (await signer.sign(request, { signingDate: new Date(wire.time), unsignableHeaders })).headers;
}

/** For one region and credentials. */
export function newSmithySigner({ region, ...credentials }) {
	return new SignatureV4({
		service: "lambda",
		region,
		sha256: Sha256,
		applyChecksum: true,
		uriEscapePath: true,
		credentials: smithyCredentials(credentials),
	});
}

export function smithyRequest({ method, host, uri, querystring, headers, body }) {
	return { method, protocol: "https:", hostname: host, path: uri, query: groupedQuery(querystring), headers, body };
}

/**
 * Reports whether smithy is known to sign a query string wrongly. It collects the pairs by name in an object of which
 * "__proto__" cannot be a key, and so loses them (getCanonicalQuery in 5.7.5). aws-sdk-go-v2 does not, nor do the
 * readers in local/internal/sigv4/readings_test.go.
 */
export function smithyLoses(querystring) {
	return decodedPairs(querystring).some(([name]) => name === "__proto__");
}

function smithyCredentials({ accessKeyId, secretAccessKey, sessionToken }) {
	return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}

function groupedQuery(querystring) {
	const query = Object.create(null); // where "__proto__" is a name like any other
	for (const [name, value] of decodedPairs(querystring)) {
		query[name] ??= [];
		query[name].push(value);
	}
	return query;
}

/** [name, value] pairs, decoded leniently. */
export function decodedPairs(querystring) {
	const pairs = querystring.split("&").filter((pair) => pair !== "");
	return pairs
		.map((pair) => pair.replaceAll("+", " ").split(/=(.*)/s))
		.map(([name, value = ""]) => [decoded(name), decoded(value)]);
}

/** For each pair, whether it lacks "=". */
export function bareKeys(querystring) {
	return querystring
		.split("&")
		.filter(Boolean)
		.map((pair) => !pair.includes("="));
}

// Node's own lenient decoder (URLSearchParams, querystring) spoils raw non-ASCII that stands beside a "%" without
// digits.
function decoded(text) {
	return Buffer.from(decodedBytes(text), "latin1").toString("utf8");
}

/** Percent-decoded, one character a byte, because a path may hold escapes that are not UTF-8. */
export function decodedBytes(text) {
	if (/^[ -$&-~]*$/.test(text)) return text; // nothing to decode
	const bytes = Buffer.from(text, "utf8").toString("latin1");
	return bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

class Sha256 {
	constructor(key) {
		this.hash = key ? createHmac("sha256", key) : createHash("sha256");
	}
	update(data) {
		this.hash.update(data);
	}
	async digest() {
		return this.hash.digest();
	}
}

const signedNames = new Set(["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"]);
