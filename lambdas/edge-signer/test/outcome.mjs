// The outcome of one request, and whether it was right.

import assert from "node:assert/strict";
import { Refusal, signRequest } from "../index.mjs";
import { refusable } from "./refusable.mjs";
import { bareKeys, decodedBytes, decodedPairs, wireRequest } from "./wire.mjs";

const statuses = { AmbiguousPath: 400, AmbiguousQuery: 400, MissingBody: 400, PayloadTooLarge: 413, UriTooLong: 414 };

/**
 * Has the edge signer sign a request. Throws an AssertionError where it refuses or signs a request that it may not, and
 * where the signed request is not the one that the viewer sent.
 *
 * @param {{viewer: object, body: Buffer, signing: object}} sent
 * @returns {{refused: string} | {wire: object}} the refusal's code, or what goes over the wire
 */
export function outcome({ viewer, body, signing }) {
	const codes = refusable(viewer);
	const before = meaning(viewer); // the signer may change the request
	const authorization = valuesOf(viewer.headers.authorization);
	const sent = sentUri(viewer);
	let signed;
	try {
		signed = signRequest(viewer, signing, signing.time);
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		assert.ok(codes.includes(error.code), `refused as ${error.code}, which is none of [${codes}]`);
		assert.equal(error.status, statuses[error.code]);
		return { refused: error.code };
	}
	assert.deepEqual(codes, [], "signed");
	assertSameMeaning(signed, before);
	// A viewer's own headers of these names are forged.
	assert.deepEqual(valuesOf(signed.headers["x-forwarded-authorization"]), authorization);
	assert.deepEqual(valuesOf(signed.headers["x-forwarded-uri"]), [sent]);
	return { wire: wireRequest(signed, body, signing) };
}

function assertSameMeaning(signed, before) {
	assert.deepEqual(meaning(signed), before);
	assert.match(signed.uri, /^\/([\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/);
	assert.match(signed.querystring, /^([\w.~&=-]|%[0-9A-F]{2})*$/);
	const names = Object.keys(signed.headers).filter(
		(name) => name.startsWith("x-amz-") && name !== "x-amz-security-token",
	);
	assert.deepEqual(names.sort(), ["x-amz-content-sha256", "x-amz-date"]);
	for (const name of ["host", "authorization", ...names]) assert.equal(signed.headers[name]?.length, 1, name);
}

// The parts that must be the same before and after. Comparing text is quicker than a clone and a comparison in depth.
function meaning({ uri, querystring, headers, method, clientIp, origin, body }) {
	const query = JSON.stringify([decodedPairs(querystring), bareKeys(querystring)]);
	return [decodedBytes(uri), query, JSON.stringify(kept(headers)), JSON.stringify([method, clientIp, origin, body])];
}

// Works on bytes, where the signer works on characters.
function sentUri({ uri, querystring }) {
	const bytes = Buffer.from(querystring === "" ? uri : `${uri}?${querystring}`, "utf8");
	const visible = (byte) => byte > 0x20 && byte < 0x7f;
	const escaped = (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
	return Array.from(bytes, (byte) => (visible(byte) ? String.fromCharCode(byte) : escaped(byte))).join("");
}

function valuesOf(header) {
	return header?.map(({ value }) => value);
}

// The headers that the signer does not write.
function kept(headers) {
	return Object.entries(headers)
		.filter(([name]) => !own.has(name) && !name.startsWith("x-amz-"))
		.sort(([a], [b]) => (a < b ? -1 : 1));
}

const own = new Set(["host", "authorization", "x-forwarded-authorization", "x-forwarded-uri"]);
