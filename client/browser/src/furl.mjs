// Calls a Lambda Function URL that is leased by Furl's CredentialGrant, from the browser.
//
//   import { LeaseClient } from "./furl.mjs";
//
//   const client = new LeaseClient({
//     grantUrl: "https://….execute-api.eu-west-1.amazonaws.com/Prod/grant",
//     functionName: "summarise",
//     headers: async () => ({ authorization: `Bearer ${await token()}` }), // whatever the grant's authorizer wants
//   });
//   const response = await client.fetch("/", { method: "POST", body: "…" });
//
// The lease is fetched with the first call, shared by all, renewed before it ends, and kept in memory only. Leasing is the work of this
// module; the signature is aws4fetch's.

import { AwsV4Signer } from "aws4fetch";
import { LeaseError } from "./errors.mjs";
import { isSecure, requestGrant } from "./grant.mjs";

export { LeaseError };

/** How long before its end a lease is renewed, in milliseconds; half its time where that is less. */
const MARGIN = 120_000;

/** How long after a renewal that failed the next one is tried. */
const RETRY = 10_000;

/**
 * @typedef {object} Lease what a page may show of a lease: no secret
 * @property {string} functionUrl
 * @property {string} region
 * @property {string} accessKeyId
 * @property {Date} expiration by the server's clock
 * @property {Date} serverTime now, by the server's clock
 */

/**
 * @typedef {object} LeaseClientOptions
 * @property {string} grantUrl where to POST for a lease; https, or http on this machine
 * @property {string} [functionName] the name of the function, where the grant has several
 * @property {Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)} [headers] of POST /grant
 * @property {(lease: Lease) => void} [onLease] called with each new lease
 * @property {typeof fetch} [fetch] in place of the browser's, for tests
 * @property {() => number} [now] in place of Date.now, for tests
 */

export class LeaseClient {
	/** @type {Required<Omit<LeaseClientOptions, "functionName" | "onLease">> & LeaseClientOptions} */
	#options;
	/** @type {import("./grant.mjs").Grant | undefined} */
	#grant;
	/** @type {number} when the grant is to be renewed, by the server's clock */
	#renewAt = 0;
	/** @type {Promise<import("./grant.mjs").Grant> | undefined} */
	#pending;
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	#timer;
	#closed = false;

	/** @param {LeaseClientOptions} options */
	constructor(options) {
		if (!isSecure(options?.grantUrl))
			throw new LeaseError("BadRequest", "grantUrl must be https, since a token goes there");
		this.#options = { headers: {}, fetch: (input, init) => globalThis.fetch(input, init), now: Date.now, ...options };
	}

	/**
	 * The lease as it is, fetched or renewed if need be.
	 *
	 * @returns {Promise<Lease>}
	 */
	async lease() {
		return this.#show(await this.#current());
	}

	/**
	 * Signs a request to the function. It must be sent within 5 minutes, and once.
	 *
	 * @param {string} path of the function, with the query: "/reports?year=2026"
	 * @param {{ method?: string, headers?: HeadersInit, body?: BodyInit | null, signal?: AbortSignal }} [init]
	 * @returns {Promise<{ request: Request, canonicalRequest: string }>}
	 */
	async sign(path, init = {}) {
		const body = await bodyBytes(init.body);
		const headers = new Headers(init.headers);
		for (const name of ["authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"]) {
			if (headers.has(name)) throw new LeaseError("BadRequest", `the header ${name} is the signature's: leave it out`);
		}
		if (body.type && !headers.has("content-type")) headers.set("content-type", body.type);
		const grant = await this.#current();
		// Signed by name are only those that nothing on the way changes; aws4fetch adds host and x-amz-*.
		const signed = { "x-amz-content-sha256": await sha256(body.bytes) };
		const signer = new AwsV4Signer({
			url: address(grant.functionUrl, path),
			method: init.method ?? (body.bytes ? "POST" : "GET"),
			headers: signed,
			body: body.bytes,
			accessKeyId: grant.accessKeyId,
			secretAccessKey: grant.secretAccessKey,
			sessionToken: grant.sessionToken,
			service: "lambda",
			region: grant.region,
			datetime: new Date(this.#options.now() + grant.offset).toISOString().replace(/[:-]|\.\d{3}/g, ""),
		});
		const canonicalRequest = await signer.canonicalString();
		const { url, method, headers: signature } = await signer.sign();
		signature.forEach((value, name) => {
			if (name !== "host") headers.set(name, value);
		});
		const request = new Request(url, {
			method,
			headers,
			body: /** @type {BodyInit | undefined} */ (body.bytes),
			signal: init.signal,
			cache: "no-store",
			credentials: "omit",
			redirect: "error",
		});
		return { request, canonicalRequest };
	}

	/**
	 * Calls the function. The request is sent once: where its answer could not be read, the function may have run.
	 *
	 * @param {string} path
	 * @param {{ method?: string, headers?: HeadersInit, body?: BodyInit | null, signal?: AbortSignal }} [init]
	 * @returns {Promise<Response>}
	 */
	async fetch(path, init) {
		const { request } = await this.sign(path, init);
		try {
			return await this.#options.fetch(request);
		} catch (cause) {
			if (init?.signal?.aborted) throw cause;
			throw new LeaseError(
				"FunctionUnreachable",
				`${request.method} ${new URL(request.url).origin} gave no answer that this page may read; it is not sent again. Check that you are online, and that the Function URL's CORS has this page's origin; a 403 of the URL itself has no CORS headers, so it may also be that the lease was refused.`,
				{ cause },
			);
		}
	}

	/** Forgets the lease, and renews nothing more. */
	close() {
		this.#closed = true;
		clearTimeout(this.#timer);
		this.#grant = undefined;
	}

	/** @param {import("./grant.mjs").Grant} grant */
	#show(grant) {
		return {
			functionUrl: grant.functionUrl,
			region: grant.region,
			accessKeyId: grant.accessKeyId,
			expiration: new Date(grant.expiration),
			serverTime: new Date(this.#options.now() + grant.offset),
		};
	}

	/** @returns {Promise<import("./grant.mjs").Grant>} */
	async #current() {
		if (this.#closed) throw new LeaseError("BadRequest", "this client was closed");
		const grant = this.#grant;
		if (grant) {
			const time = this.#options.now() + grant.offset;
			if (time < this.#renewAt) return grant;
			if (time < grant.expiration) {
				try {
					return await this.#renew();
				} catch (error) {
					if (this.#options.now() + grant.offset < grant.expiration && this.#grant) return grant; // it still holds
					throw error;
				}
			}
		}
		return this.#renew();
	}

	/** One request for a lease at a time, whoever waits for it. */
	#renew() {
		this.#pending ??= this.#request().finally(() => {
			this.#pending = undefined;
		});
		return this.#pending;
	}

	async #request() {
		const { headers, onLease, now } = this.#options;
		try {
			const grant = await requestGrant({
				...this.#options,
				headers: { ...(typeof headers === "function" ? await headers() : headers) },
			});
			if (this.#closed) throw new LeaseError("BadRequest", "this client was closed");
			this.#grant = grant;
			const left = grant.expiration - (now() + grant.offset);
			this.#renewAt = grant.expiration - Math.min(MARGIN, left / 2);
			this.#schedule(this.#renewAt - (now() + grant.offset));
			onLease?.(this.#show(grant));
			return grant;
		} catch (error) {
			const grant = this.#grant;
			if (grant && now() + grant.offset < grant.expiration) this.#schedule(RETRY);
			throw error;
		}
	}

	/** @param {number} delay */
	#schedule(delay) {
		clearTimeout(this.#timer);
		if (this.#closed) return;
		this.#timer = setTimeout(() => this.#renew().catch(() => {}), Math.max(delay, 1000));
		// In Node, where tests run, a lease must not keep the process.
		/** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (this.#timer)).unref?.();
	}
}

/**
 * The address of a path of the function, in a form that every reader takes for the same: AWS does not document how its verifier
 * reads "//", dot segments, "+" and raw characters.
 *
 * @param {string} functionUrl
 * @param {string} path
 */
function address(functionUrl, path) {
	const [route, ...query] = path.split("?");
	if (!route.startsWith("/") || /\/\/|\\|#|(^|\/)(\.|%2e){1,2}(\/|$)/i.test(route)) {
		throw new LeaseError("BadRequest", 'the path must begin with "/", and have no empty or dot segment, "\\" or "#"');
	}
	const url = new URL(route.replace(/[!'()*]/g, escapeCharacter), functionUrl);
	if (query.length > 0) {
		const pairs = new URLSearchParams(query.join("?"));
		url.search = [...pairs].map((pair) => pair.map(encode).join("=")).join("&");
	}
	return url.href;
}

/** @param {string} text */
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, escapeCharacter);

/** @param {string} character */
const escapeCharacter = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/**
 * @param {unknown} body
 * @returns {Promise<{ bytes?: Uint8Array<ArrayBuffer>, type?: string }>}
 */
async function bodyBytes(body) {
	if (body === undefined || body === null) return {};
	if (body instanceof ReadableStream || (typeof FormData !== "undefined" && body instanceof FormData)) {
		throw new LeaseError(
			"BadRequest",
			"a stream or form cannot be hashed beforehand: send a string, Blob, buffer or URLSearchParams",
		);
	}
	const response = new Response(/** @type {BodyInit} */ (body));
	return {
		bytes: new Uint8Array(await response.arrayBuffer()),
		type: response.headers.get("content-type") ?? undefined,
	};
}

/** @param {Uint8Array<ArrayBuffer>} [bytes] */
async function sha256(bytes) {
	const hash = await crypto.subtle.digest("SHA-256", bytes ?? new Uint8Array());
	return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
