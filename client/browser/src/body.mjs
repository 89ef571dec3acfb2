import { badRequest } from "./errors.mjs";

/**
 * The bytes of a body, and the content type that goes with its kind.
 *
 * @param {unknown} body
 * @returns {Promise<{ bytes?: Uint8Array<ArrayBuffer>, type?: string | null }>}
 */
export async function readBody(body) {
	if (body === undefined || body === null) return {};
	// Response would send an object as text, such as "[object Object]". In Chromium it does so for shared memory too.
	const content = ArrayBuffer.isView(body) ? body.buffer : body;
	if (typeof body !== "string" && ![Blob, URLSearchParams, ArrayBuffer].some((kind) => content instanceof kind))
		throw badRequest(
			"the body must be a string, Blob, URLSearchParams, ArrayBuffer or view of one: " +
				"read a stream or form first, copy shared memory, and write an object as JSON",
		);
	try {
		const response = new Response(/** @type {BodyInit} */ (body));
		return {
			bytes: new Uint8Array(await response.arrayBuffer()),
			type: response.headers.get("content-type"),
		};
	} catch (cause) {
		throw badRequest(
			"the body could not be read: choose a file again that has changed, and copy a resizable buffer",
			cause,
		);
	}
}

/** @param {Uint8Array<ArrayBuffer>} [bytes] */
export async function sha256(bytes = new Uint8Array()) {
	if (!crypto.subtle)
		throw badRequest("browsers hash in secure pages only: serve this one by https, or from localhost");
	const hash = await crypto.subtle.digest("SHA-256", bytes);
	return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
