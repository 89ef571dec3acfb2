// Calls a Lambda Function URL from the browser, by a lease of Furl's CredentialGrant. If the function is behind
// CloudFront too, calls go through CloudFront as long as its edge function sees the whole body.
//
//   import { LeaseClient } from "./furl.mjs";
//
//   const client = new LeaseClient({
//     distributionUrl: location.origin, // if behind CloudFront; bodies of up to 1 MB go this way, without a lease
//     grantUrl: "https://….execute-api.eu-west-1.amazonaws.com/Prod/grant",
//     functionName: "summarise",
//     headers: async () => ({ authorization: `Bearer ${await token()}` }), // for the grant's authorizer
//   });
//   const response = await client.fetch("/", { method: "POST", body: "…" });
//
// The first call that needs the lease fetches it. All calls share it. It is renewed before its end, and kept in memory
// only. This module does the leasing, and aws4fetch the signing.

import { AwsV4Signer } from "aws4fetch";
import { abortable } from "./abortable.mjs";
import { sha256 } from "./body.mjs";
import { makeRequest, readCall, throughCloudFront } from "./call.mjs";
import { badRequest, LeaseError } from "./errors.mjs";
import { isSecure, readHeaders } from "./grant.mjs";
import { GrantKeeper } from "./keeper.mjs";

export { LeaseError };

/**
 * The longest body, in bytes, that goes through CloudFront if there is a lease too. The edge function sees the first
 * "1 MB" (CloudFront Developer Guide, lambda-at-edge-function-restrictions). AWS does not say whether a MB is 1,000,000
 * bytes or more, so this is the smaller number.
 */
const MAX_EDGE_BODY = 1_000_000;

/**
 * @typedef {object} Lease The parts of a lease that a page may show. No secret is among them.
 * @property {string} functionUrl
 * @property {string} region
 * @property {string} accessKeyId
 * @property {Date} expiration by the server's clock
 * @property {Date} serverTime now, by the server's clock
 */

/**
 * @typedef {object} LeaseClientOptions
 * @property {string} [grantUrl] The URL to POST to for a lease. It is https, or http on this machine. It is required
 *   without a distributionUrl.
 * @property {string} [distributionUrl] The origin of the CloudFront distribution that has the function at the same
 *   path, such as location.origin. Bodies of up to 1,000,000 bytes go through it without a lease. Longer bodies do so
 *   if there is no grantUrl.
 * @property {string} [functionName] The name of the function, if the grant has several.
 * @property {Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)} [headers]
 *   The headers of POST /grant. After a 401 of the distribution the function is asked once more, and the call is sent
 *   again with its authorization. An error that the function throws becomes the call's.
 * @property {(lease: Lease) => void} [onLease] Called with each new lease. An error that it throws is reported as an
 *   event listener's is.
 * @property {typeof fetch} [fetch] in place of the browser's, for tests
 * @property {() => number} [now] in place of Date.now, for tests
 */

/**
 * @typedef {object} CallInit as of fetch
 * @property {string} [method] The default is POST with a body, and GET without.
 * @property {HeadersInit} [headers] These are sent, and not signed. By the lease, authorization always reaches the
 *   function as x-forwarded-authorization. Through CloudFront it does so by the default of the construct's
 *   AuthorizationHeader. Leave that at its default if a client has both ways. Otherwise the header's name depends on
 *   the length of the body. CloudFront or a signer sets host, x-forwarded-host, x-amz-* and
 *   x-forwarded-authorization, so these are refused.
 * @property {string | Blob | BufferSource | URLSearchParams | null} [body] It is hashed before it is sent, so it is
 *   neither a stream nor a form. Another value is refused, and so is a body over 4,500,000 bytes, or 6,000,000 of text.
 * @property {AbortSignal} [signal]
 */

/**
 * A function that is leased, or behind CloudFront, or both. The first call that needs the lease fetches it. From then
 * on the clock renews it until close(), even without more calls. The renewal is 2 minutes before the lease's end. For
 * leases of less than 4 minutes it is after half the time. A renewal that fails is tried again every 10 s while the old
 * lease holds. After that every call tries.
 */
export class LeaseClient {
	/** @type {LeaseClientOptions & Required<Pick<LeaseClientOptions, "headers" | "fetch" | "now">>} */
	#options;
	/** @type {GrantKeeper | undefined} */
	#keeper;

	/** @param {LeaseClientOptions} options */
	constructor(options) {
		const { headers = {}, now = () => Date.now(), distributionUrl, grantUrl } = options;
		const { fetch = (input, init) => globalThis.fetch(input, init) } = options;
		this.#options = { ...options, headers, fetch, now };
		const proxied = distributionUrl !== undefined;
		if (proxied && !isOrigin(distributionUrl))
			throw badRequest("distributionUrl must be an https origin without a path: the whole path goes to fetch");
		if (proxied && grantUrl === undefined) return;
		if (!isSecure(grantUrl))
			throw badRequest(
				"grantUrl must be a whole https URL without a password, because a token goes there " +
					"(with a distributionUrl it may be left out)",
			);
		this.#keeper = new GrantKeeper({ ...this.#options, grantUrl, onGrant: (grant) => this.#tell(grant) });
	}

	/**
	 * The lease. It is fetched or renewed if necessary.
	 *
	 * @returns {Promise<Lease>}
	 */
	async lease() {
		return this.#show(await this.#grant());
	}

	/**
	 * Signs a request by the lease, even if its body is short. Send the request within 5 minutes, and once. Request and
	 * canonical request hold the session token, so do not log them.
	 *
	 * @param {string} path of the function, with the query, such as "/reports?year=2026"
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
			// Only headers that nothing on the way changes are signed. The signer adds host and x-amz-*.
			headers: { "x-amz-content-sha256": hash },
			service: "lambda",
			datetime: new Date(this.#options.now() + grant.offset).toISOString().replace(/[:-]|\.\d{3}/g, ""),
		});
		const canonicalRequest = await signer.canonicalString();
		const { url, headers: signature } = await signer.sign();
		const authorization = headers.get("authorization");
		// The edge signer does the same by default.
		if (authorization !== null) headers.set("x-forwarded-authorization", authorization);
		signature.forEach((value, name) => {
			headers.set(name, value);
		});
		return {
			request: makeRequest(url, { method, headers, body: bytes, signal }),
			canonicalRequest,
		};
	}

	/**
	 * Calls the function, through CloudFront or by the lease. The request is sent once, on one way. It is sent again,
	 * once, if CloudFront answers 401 and `headers` then has another authorization. The function may have run even if
	 * its answer could not be read. No cookies are sent or kept on either way, so authorise by a header. A signal that
	 * is aborted ends the wait with its reason.
	 *
	 * @param {string} path
	 * @param {CallInit} [init]
	 * @returns {Promise<Response>}
	 */
	async fetch(path, init = {}) {
		const call = await readCall(path, init);
		const { distributionUrl } = this.#options;
		if (!distributionUrl || (this.#keeper && (call.bytes?.length ?? 0) > MAX_EDGE_BODY))
			return this.#send((await this.#sign(call)).request, true);
		const response = await this.#send(await throughCloudFront(distributionUrl, call));
		if (response.status !== 401 || !(await this.#authorize(call))) return response;
		return this.#send(await throughCloudFront(distributionUrl, call));
	}

	/**
	 * Asks `headers` for an authorization, and puts it into the call. Reports whether it is another one.
	 *
	 * @param {import("./call.mjs").Call} call
	 */
	async #authorize({ headers, signal }) {
		const given = this.#options.headers;
		if (typeof given !== "function") return false;
		const authorization = readHeaders(await abortable((async () => given())(), signal)).get("authorization");
		if (!authorization || authorization === headers.get("authorization")) return false;
		headers.set("authorization", authorization);
		return true;
	}

	/**
	 * @param {Request} request
	 * @param {boolean} [leased]
	 */
	async #send(request, leased) {
		// The browser's fetch must not be called as a method of another object.
		const { fetch } = this.#options;
		try {
			return await fetch(request);
		} catch (cause) {
			request.signal.throwIfAborted();
			const check = leased
				? "that the function does not redirect, and that the Function URL's CORS has this page's origin and " +
					"headers. The URL's own 403 has no CORS headers, so the lease may be refused too."
				: "that the function does not redirect, and that distributionUrl is right. If this page has another " +
					"origin, the distribution's CORS must have this page's origin and headers.";
			throw new LeaseError(
				"FunctionUnreachable",
				`${request.method} ${new URL(request.url).origin} gave no answer that this page may read. ` +
					`It is not sent again. Check that you are online, ${check}`,
				{ cause },
			);
		}
	}

	/** Forgets the lease, and renews nothing more. Calls through CloudFront need no lease, and go on. */
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
			globalThis.reportError?.(error); // a mistake of the page is no reason to lose the lease
		}
	}
}

/**
 * Reports whether a URL is an origin that tokens may go to.
 *
 * @param {string} url
 */
function isOrigin(url) {
	return isSecure(url) && new URL(url).href === new URL("/", url).href;
}
