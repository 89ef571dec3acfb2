import { badRequest } from "./errors.mjs";

/**
 * The path and query of a request to the function, in a form that all readers agree on. AWS does not document how its
 * verifier reads "//", dot segments, "+", raw characters and broken escapes. Targets that the edge signer refuses are
 * refused here too.
 *
 * @param {string} path with the query
 */
export function requestTarget(path) {
	if (path.includes("#")) throw badRequest('path and query have no fragment: write "#" as %23, or leave it out');
	const question = `${path}?`.indexOf("?");
	const pairs = path.slice(question + 1).split("&");
	const query = pairs.filter((pair) => pair !== "").map(encodePair);
	return encodeRoute(path.slice(0, question)) + (query.length > 0 ? `?${query.join("&")}` : "");
}

/** @param {string} route */
function encodeRoute(route) {
	// Some readers decode before they split, and some take a backslash for a slash.
	const decoded = route.replace(/%2e/gi, ".").replace(/%2f|%5c/gi, "/");
	if (!route.startsWith("/") || /\/\/|\\/.test(route) || /\/\.\.?(\/|$)/.test(decoded))
		throw badRequest('the path must begin with "/", and have no empty or dot segment and no "\\"');
	// Encodes all that a path may not hold raw (RFC 3986, pchar). URL would drop tabs and line breaks, and so make dot
	// segments or another host.
	return unicode(route, (text) => text.replace(/%(?![\da-fA-F]{2})|[^%/\w.~!$&'()*+,;=:@-]/gu, encodeURIComponent));
}

/** @param {string} pair */
function encodePair(pair) {
	const equals = `${pair}=`.indexOf("=");
	const name = encodeText(pair.slice(0, equals));
	// aws4fetch leaves out parameters without a name.
	if (name === "") throw badRequest("each parameter of the query must have a name: readers differ on those without");
	if (/^x-amz-/i.test(name)) throw badRequest(`the parameter ${name} is the signature's: leave it out`);
	return `${name}=${encodeText(pair.slice(equals + 1))}`;
}

/** @param {string} text as it stands in a query, "+" being a space */
function encodeText(text) {
	const escaped = text.replace(/\+/g, " ").replace(/%(?![\da-fA-F]{2})/g, "%25");
	return unicode(escaped, (value) =>
		encodeURIComponent(decodeURIComponent(value)).replace(
			/[!'()*]/g,
			(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
		),
	);
}

/**
 * @param {string} text
 * @param {(text: string) => string} encode
 */
function unicode(text, encode) {
	try {
		return encode(text);
	} catch {
		// The text has half a surrogate pair, or an escape such as %FF.
		throw badRequest("path and query must be Unicode text, with escapes that are UTF-8");
	}
}
