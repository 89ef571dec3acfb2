import { badRequest } from "./errors.mjs";

/**
 * The longest body of a text, in bytes. Lambda's event has 6 MB (Lambda Developer Guide, gettingstarted-limits). AWS
 * does not say whether a MB is 1,000,000 bytes or more. The difference is more than the event's headers take.
 */
const MAX_TEXT = 6_000_000;

/** The longest body of any other content, in bytes. The event has it as base64. */
const MAX_BINARY = 4_500_000;

/**
 * The content types of bodies that the event has as text. AWS does not list them. These were found by trial
 * (github.com/ministackorg/ministack, pull request 766).
 */
const TEXT = /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i;

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
	// A file is not read if it is too long in any case.
	if (body instanceof Blob) checkSize(body.size, "text/");
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

/**
 * Refuses a body that no Function URL takes, whichever way it goes. A text within the limit may still be refused by
 * Lambda with 413, since the event has its quotes and line breaks with a backslash.
 *
 * @param {number} size in bytes
 * @param {string} type the content type, which may be empty
 */
export function checkSize(size, type) {
	const most = TEXT.test(type) ? MAX_TEXT : MAX_BINARY;
	if (size > most)
		throw badRequest(
			`the body has ${size} bytes, and a Function URL takes ${most} of this content type: ` +
				"send it in parts, or by S3",
		);
}

/** @param {Uint8Array<ArrayBuffer>} [bytes] */
export async function sha256(bytes = new Uint8Array()) {
	if (!crypto.subtle)
		throw badRequest("browsers hash in secure pages only: serve this one by https, or from localhost");
	const hash = await crypto.subtle.digest("SHA-256", bytes);
	return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
