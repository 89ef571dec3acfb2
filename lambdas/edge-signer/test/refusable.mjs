// Which requests the edge signer may refuse, and for what. It is written from docs/architecture.md and the design,
// without the signer's code, and by bytes where the signer works on characters. It judges a signer that refuses too
// little, and one that refuses too much.

import { isUtf8 } from "node:buffer";
import { decodedBytes } from "./wire.mjs";

/** The codes that a refusal of this viewer's request may have. Without one, and only then, it must be signed. */
export function refusable(request) {
	const codes = [];
	if (ambiguousPath(request.uri)) codes.push("AmbiguousPath");
	if (ambiguousQuery(request.querystring)) codes.push("AmbiguousQuery");
	if (encodedPathLength(request.uri) + encodedQueryLength(request.querystring) >= 8192) codes.push("UriTooLong");
	if (request.body?.inputTruncated) {
		if (!hasHash(request.headers)) codes.push("PayloadTooLarge");
	} else if (
		!request.body?.data &&
		announcesBody(request) &&
		!(request.method === "DELETE" && hasHash(request.headers))
	) {
		codes.push("MissingBody");
	}
	return codes;
}

// The segments are those of a reader that splits at "/", and of one that decodes first and takes a backslash for a
// slash.
function ambiguousPath(uri) {
	if (!uri.isWellFormed() || !uri.startsWith("/")) return true;
	const asSent = uri.slice(1).split("/");
	const decodedFirst = decodedBytes(uri).split(/[/\\]/);
	return asSent.slice(0, -1).includes("") || decodedFirst.includes(".") || decodedFirst.includes("..");
}

function ambiguousQuery(querystring) {
	if (!querystring.isWellFormed()) return true;
	return querystring.split("&").some((pair) => {
		const [name, ...value] = pair.split("=").map(decodedBytes);
		const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
		return (
			lower.startsWith("x-amz-") || [name, value.join("=")].some((bytes) => !isUtf8(Buffer.from(bytes, "latin1")))
		);
	});
}

// A path segment may hold unreserved characters, sub-delims, ":" and "@" (RFC 3986). Of a valid escape each character
// counts as it is.
function encodedPathLength(uri) {
	return lengthWithout(decodedBytesKeepingEscapes(uri), /[\w.~!$&'()*+,;=:@/-]/g);
}

function decodedBytesKeepingEscapes(uri) {
	return decodedBytes(uri.replace(/%[0-9A-Fa-f]{2}/g, "aaa").replaceAll("%", "%25"));
}

// A pair counts with its name and value decoded and encoded, and the "=" if there was one. Pairs that are empty go.
function encodedQueryLength(querystring) {
	const pairs = querystring.split("&").filter((pair) => pair !== "");
	const lengths = pairs.map((pair) => {
		const bytes = decodedBytes(pair.replaceAll("+", " "));
		return lengthWithout(bytes, /[\w.~-]/g) - (pair.includes("=") ? 2 : 0); // the first "=" is not encoded
	});
	return lengths.reduce((sum, length) => sum + length, Math.max(0, pairs.length - 1));
}

/** How long bytes are when all but those that unencoded finds are percent-encoded. */
function lengthWithout(bytes, unencoded) {
	return 3 * bytes.length - 2 * (bytes.match(unencoded)?.length ?? 0);
}

// One hash of the right form is taken for the body's. Lambda checks it.
function hasHash(headers) {
	const values = (headers["x-amz-content-sha256"] ?? []).map(({ value }) => value);
	return (
		values.length === 1 &&
		values[0].length === 64 &&
		[...values[0]].every((digit) => "0123456789abcdef".includes(digit))
	);
}

// A length is 0 only where it says so. Chunked tells no length. It counts where the event shows no body at all.
function announcesBody({ headers, body }) {
	const lengths = headers["content-length"]?.map(({ value }) => value) ?? [];
	const zero = (length) => length.length > 0 && length.replaceAll("0", "") === "";
	return !lengths.every(zero) || (body === undefined && headers["transfer-encoding"] !== undefined);
}
