// Calls a Lambda Function URL from the browser: by a lease of Furl's CredentialGrant or, where the function is behind CloudFront too,
// through that as long as its edge function sees the whole body.
//
//   import { LeaseClient } from "./furl.mjs";
//
//   const client = new LeaseClient({
//     distributionUrl: location.origin, // if behind CloudFront: bodies of up to 1 MB go this way, without a lease
//     grantUrl: "https://….execute-api.eu-west-1.amazonaws.com/Prod/grant",
//     functionName: "summarise",
//     headers: async () => ({ authorization: `Bearer ${await token()}` }), // whatever the grant's authorizer wants
//   });
//   const response = await client.fetch("/", { method: "POST", body: "…" });
//
// The lease is fetched with the first call that needs it, shared by all, renewed before it ends, and kept in memory only. Leasing is the
// work of this module; the signature is aws4fetch's.

import { AwsV4Signer } from "aws4fetch";
import { sha256 } from "./body.mjs";
import { makeRequest, readCall } from "./call.mjs";
import { badRequest, LeaseError } from "./errors.mjs";
import { isSecure } from "./grant.mjs";
import { GrantKeeper } from "./keeper.mjs";

export { LeaseError };

/**
 * The longest body, in bytes, that goes through CloudFront where there is another way: its edge function sees the first "1 MB" (CloudFront
 * Developer Guide, lambda-at-edge-function-restrictions; it does not say whether a MB is 1,000,000 bytes or more, so this is the smaller).
 */
const EDGE_BODY = 1_000_000;

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
 * @property {string} [grantUrl] where to POST for a lease; https, or http on this machine. Needed where there is no distributionUrl
 * @property {string} [distributionUrl] the origin of the CloudFront distribution that has the function at the same path, such as location.origin; bodies of up to 1,000,000 bytes go through it without a lease, and longer ones where there is no grantUrl
 * @property {string} [functionName] the name of the function, where the grant has several
 * @property {Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)} [headers] of POST /grant; what the function throws, the call does
 * @property {(lease: Lease) => void} [onLease] called with each new lease; what it throws is reported as of an event listener
 * @property {typeof fetch} [fetch] in place of the browser's, for tests
 * @property {() => number} [now] in place of Date.now, for tests
 */

/**
 * @typedef {object} CallInit as of fetch
 * @property {string} [method] POST where there is a body, otherwise GET
 * @property {HeadersInit} [headers] sent, not signed; authorization reaches the function as x-forwarded-authorization: by the lease always, through CloudFront by the default of the construct's AuthorizationHeader. Leave that at its default where a client has both ways, or the header's name goes by the length of the body. Without host, x-forwarded-host, x-amz-* and x-forwarded-authorization, which are CloudFront's or a signer's to set
 * @property {string | Blob | BufferSource | URLSearchParams | null} [body] hashed before it is sent, so neither a stream nor a form; anything else is refused, not sent as its text
 * @property {AbortSignal} [signal]
 */

/**
 * A function that is leased, or behind CloudFront, or both. The first call that needs the lease fetches it. From then on it is renewed by
 * the clock, 2 minutes before its end (half its time, for leases of less than 4 minutes), whether there are more calls or not, until
 * close(). A renewal that fails is tried again every 10 s while the old lease holds, and with every call after that.
 */
export class LeaseClient {
	/** @type {LeaseClientOptions & Required<Pick<LeaseClientOptions, "headers" | "fetch" | "now">>} */
	#options;
	/** @type {GrantKeeper | undefined} */
	#keeper;

	/** @param {LeaseClientOptions} options */
	constructor(options) {
		const { headers = {}, fetch = (input, init) => globalThis.fetch(input, init), now = () => Date.now() } = options;
		const { distributionUrl, grantUrl } = options;
		this.#options = { ...options, headers, fetch, now };
		const proxied = distributionUrl !== undefined;
		if (proxied && !(isSecure(distributionUrl) && new URL(distributionUrl).href === new URL("/", distributionUrl).href))
			throw badRequest("distributionUrl must be a whole https origin without a path: the whole path goes to fetch");
		if (proxied && grantUrl === undefined) return;
		if (!isSecure(grantUrl))
			throw badRequest(
				"grantUrl must be a whole https URL without a password, for a token goes there; with a distributionUrl, it may be left out",
			);
		this.#keeper = new GrantKeeper({ ...this.#options, grantUrl, onGrant: (grant) => this.#tell(grant) });
	}

	/**
	 * The lease as it is, fetched or renewed if need be.
	 *
	 * @returns {Promise<Lease>}
	 */
	async lease() {
		return this.#show(await this.#grant());
	}

	/**
	 * Signs a request by the lease, however short its body. It must be sent within 5 minutes, and once. Request and canonical request hold
	 * the session token: they are not for logs.
	 *
	 * @param {string} path of the function, with the query: "/reports?year=2026"
	 * @param {CallInit} [init]
	 * @returns {Promise<{ request: Request, canonicalRequest: string }>}
	 */
	async sign(path, init = {}) {
		return this.#sign(await readCall(path, init));
	}

	/** @param {import("./call.mjs").Call} call */
	async #sign({ target, method, headers, bytes, signal }) {
		const hash = await sha256(bytes);
		const grant = await abortable(this.#grant(), signal);
		const signer = new AwsV4Signer({
			...grant, // credentials and region
			url: new URL(target, grant.functionUrl).href,
			method,
			headers: { "x-amz-content-sha256": hash }, // signed by name are only those that nothing on the way changes; host and x-amz-* are added
			service: "lambda",
			datetime: new Date(this.#options.now() + grant.offset).toISOString().replace(/[:-]|\.\d{3}/g, ""),
		});
		const canonicalRequest = await signer.canonicalString();
		const { url, headers: signature } = await signer.sign();
		const own = headers.get("authorization");
		if (own !== null) headers.set("x-forwarded-authorization", own); // as the edge signer does by default
		signature.forEach((value, name) => {
			headers.set(name, value);
		});
		return {
			request: makeRequest(url, { method, headers, body: bytes, signal }),
			canonicalRequest,
		};
	}

	/**
	 * Calls the function, through CloudFront or by the lease. The request is sent once, one way: where its answer could not be read, the
	 * function may have run. No cookies are sent or kept, either way: authorise by a header. A signal that is aborted ends the wait, with its
	 * reason.
	 *
	 * @param {string} path
	 * @param {CallInit} [init]
	 * @returns {Promise<Response>}
	 */
	async fetch(path, init = {}) {
		const call = await readCall(path, init);
		const { distributionUrl, fetch } = this.#options; // the browser's own must not be called as a method of something else
		const leased = !distributionUrl || (this.#keeper && (call.bytes?.length ?? 0) > EDGE_BODY);
		const request = leased ? (await this.#sign(call)).request : await throughCloudFront(distributionUrl, call);
		try {
			return await fetch(request);
		} catch (cause) {
			init.signal?.throwIfAborted();
			const check = leased
				? "that the Function URL's CORS has this page's origin and headers, and that the function does not redirect; a 403 of the URL itself has no CORS headers, so it may also be that the lease was refused"
				: "that distributionUrl is right, that the function does not redirect, and, where this page has another origin, that the distribution's CORS has it and its headers";
			throw new LeaseError(
				"FunctionUnreachable",
				`${request.method} ${new URL(request.url).origin} gave no answer that this page may read; it is not sent again. Check that you are online, ${check}.`,
				{ cause },
			);
		}
	}

	/** Forgets the lease, and renews nothing more. What goes through CloudFront has no lease, and goes on. */
	close() {
		this.#keeper?.close();
	}

	async #grant() {
		if (!this.#keeper) throw badRequest("without a grantUrl there is no lease: give the client one");
		return this.#keeper.current();
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
 * A request that is signed at the edge, by this hash where the edge sees no body, or not all of it. Under origin access control "your users
 * must compute the SHA256 of the body" of a PUT or POST (CloudFront Developer Guide, private-content-restricting-access-to-lambda); it does
 * not except empty ones. A GET stays without, and so simple for CORS.
 *
 * @param {string} origin
 * @param {import("./call.mjs").Call} call
 */
async function throughCloudFront(origin, { target, method, headers, bytes, signal }) {
	if (!/^(GET|HEAD)$/.test(method)) headers.set("x-amz-content-sha256", await sha256(bytes));
	return makeRequest(new URL(target, origin), { method, headers, body: bytes, signal });
}
