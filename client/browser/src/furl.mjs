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
import { readBody, sha256 } from "./body.mjs";
import { LeaseError } from "./errors.mjs";
import { isSecure, readHeaders } from "./grant.mjs";
import { GrantKeeper } from "./keeper.mjs";
import { requestTarget } from "./target.mjs";

export { LeaseError };

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
 * @property {Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)} [headers] of POST /grant; what the function throws, the call does
 * @property {(lease: Lease) => void} [onLease] called with each new lease; what it throws is reported as of an event listener
 * @property {typeof fetch} [fetch] in place of the browser's, for tests
 * @property {() => number} [now] in place of Date.now, for tests
 */

/**
 * @typedef {object} CallInit as of fetch
 * @property {string} [method] POST where there is a body, otherwise GET
 * @property {HeadersInit} [headers] sent, not signed; without authorization and x-amz-*, which are the signature's
 * @property {string | Blob | BufferSource | URLSearchParams | null} [body] hashed before it is sent, so neither a stream nor a form
 * @property {AbortSignal} [signal]
 */

/**
 * A function that is leased. The first call fetches the lease. From then on it is renewed by the clock, 2 minutes before its end (half
 * its time, for leases of less than 4 minutes), whether there are more calls or not, until close(). A renewal that fails is tried again
 * every 10 s while the old lease holds, and with every call after that.
 */
export class LeaseClient {
	/** @type {LeaseClientOptions & Required<Pick<LeaseClientOptions, "headers" | "fetch" | "now">>} */
	#options;
	/** @type {GrantKeeper} */
	#keeper;

	/** @param {LeaseClientOptions} options */
	constructor(options) {
		const { headers = {}, fetch = (input, init) => globalThis.fetch(input, init), now = () => Date.now() } = options;
		this.#options = { ...options, headers, fetch, now };
		if (!isSecure(options.grantUrl))
			throw new LeaseError("BadRequest", "grantUrl must be a whole https URL without a password: a token goes there");
		this.#keeper = new GrantKeeper({ ...this.#options, onGrant: (grant) => this.#tell(grant) });
	}

	/**
	 * The lease as it is, fetched or renewed if need be.
	 *
	 * @returns {Promise<Lease>}
	 */
	async lease() {
		return this.#show(await this.#keeper.current());
	}

	/**
	 * Signs a request to the function. It must be sent within 5 minutes, and once. Request and canonical request hold the session token:
	 * they are not for logs.
	 *
	 * @param {string} path of the function, with the query: "/reports?year=2026"
	 * @param {CallInit} [init]
	 * @returns {Promise<{ request: Request, canonicalRequest: string }>}
	 */
	async sign(path, init = {}) {
		const { signal } = init;
		signal?.throwIfAborted();
		const target = requestTarget(path);
		const headers = readHeaders(init.headers);
		for (const name of headers.keys()) {
			if (/^(authorization$|host$|x-amz-)/.test(name))
				throw new LeaseError("BadRequest", `the header ${name} is the signature's: leave it out`);
		}
		const { bytes, type } = await readBody(init.body);
		if (type && !headers.has("content-type")) headers.set("content-type", type);
		const hash = await sha256(bytes);
		const method = (init.method ?? (bytes ? "POST" : "GET")).toUpperCase(); // as aws4fetch signs it; Request changes some only
		const grant = await abortable(this.#keeper.current(), signal);
		const signer = new AwsV4Signer({
			url: new URL(target, grant.functionUrl).href,
			method,
			headers: { "x-amz-content-sha256": hash }, // signed by name are only those that nothing on the way changes; host and x-amz-* are added
			accessKeyId: grant.accessKeyId,
			secretAccessKey: grant.secretAccessKey,
			sessionToken: grant.sessionToken,
			service: "lambda",
			region: grant.region,
			datetime: new Date(this.#options.now() + grant.offset).toISOString().replace(/[:-]|\.\d{3}/g, ""),
		});
		const canonicalRequest = await signer.canonicalString();
		const { url, headers: signature } = await signer.sign();
		signature.forEach((value, name) => {
			headers.set(name, value);
		});
		return { request: makeRequest(url, { method, headers, body: bytes, signal }), canonicalRequest };
	}

	/**
	 * Calls the function. The request is sent once: where its answer could not be read, the function may have run. A signal that is
	 * aborted ends the wait, with its reason.
	 *
	 * @param {string} path
	 * @param {CallInit} [init]
	 * @returns {Promise<Response>}
	 */
	async fetch(path, init) {
		const { request } = await this.sign(path, init);
		const { fetch } = this.#options; // the browser's own must not be called as a method of something else
		try {
			return await fetch(request);
		} catch (cause) {
			init?.signal?.throwIfAborted();
			throw new LeaseError(
				"FunctionUnreachable",
				`${request.method} ${new URL(request.url).origin} gave no answer that this page may read; it is not sent again. Check that you are online, that the Function URL's CORS has this page's origin, and that the function does not redirect; a 403 of the URL itself has no CORS headers, so it may also be that the lease was refused.`,
				{ cause },
			);
		}
	}

	/** Forgets the lease, and renews nothing more. */
	close() {
		this.#keeper.close();
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

	/** @param {import("./grant.mjs").Grant} grant */
	#tell(grant) {
		try {
			this.#options.onLease?.(this.#show(grant));
		} catch (error) {
			globalThis.reportError?.(error); // the page's mistake, and no reason to lose the lease
		}
	}
}

/**
 * What a promise gives, or the reason of a signal that is aborted before; the promise goes on for others.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
function abortable(promise, signal) {
	if (!signal) return promise;
	return new Promise((resolve, reject) => {
		const abort = () => reject(signal.reason);
		if (signal.aborted) abort();
		signal.addEventListener("abort", abort);
		promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
	});
}

/**
 * A redirect would carry the session token elsewhere, so it is an error.
 *
 * @param {URL} url
 * @param {{ method: string, headers: Headers, body?: Uint8Array<ArrayBuffer>, signal?: AbortSignal }} init
 */
function makeRequest(url, init) {
	try {
		return new Request(url, { ...init, cache: "no-store", credentials: "omit", redirect: "error" });
	} catch (cause) {
		throw new LeaseError("BadRequest", `a ${init.method} with such a body cannot be sent: check the method`, { cause });
	}
}
