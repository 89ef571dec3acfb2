import { badRequest } from "./errors.mjs";

/**
 * The bytes of a body, and the content type that goes with its kind.
 *
 * @param {unknown} body
 * @returns {Promise<{ bytes?: Uint8Array<ArrayBuffer>, type?: string }>}
 */
export async function readBody(body) {
	if (body === undefined || body === null) return {};
	if (body instanceof ReadableStream || body instanceof FormData)
		throw badRequest("a stream or form is not hashed beforehand: send a string, Blob, buffer or URLSearchParams");
	const response = new Response(/** @type {BodyInit} */ (body));
	return {
		bytes: new Uint8Array(await response.arrayBuffer()),
		type: response.headers.get("content-type") ?? undefined,
	};
}

/** @param {Uint8Array<ArrayBuffer>} [bytes] */
export async function sha256(bytes = new Uint8Array()) {
	if (!crypto.subtle)
		throw badRequest("browsers hash in secure pages only: serve this one by https, or from localhost");
	const hash = await crypto.subtle.digest("SHA-256", bytes);
	return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
