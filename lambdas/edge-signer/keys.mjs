// The issuers' keys (RFC 7517). They are kept for an hour, and longer while they cannot be had.

import { Denied } from "./authorizer_denial.mjs";

const { createPublicKey } = process.getBuiltinModule("node:crypto");
const freshFor = 3_600_000;
const pause = 10_000;
const timeout = 2000;
const largest = 131_072; // bytes of a JWKS

// By URL. The URLs come from distributions and not from viewers, but their number is bounded.
const sets = new Map();

/** @param {string} uri of a JWKS */
export function keySetOf(uri) {
	if (!sets.has(uri)) {
		if (sets.size > 63) sets.clear();
		sets.set(uri, new KeySet(uri));
	}
	return sets.get(uri);
}

class KeySet {
	#uri;
	#keys = new Map();
	#loadedAt = Number.NEGATIVE_INFINITY;
	#askedAt = Number.NEGATIVE_INFINITY;
	#asking;

	constructor(uri) {
		this.#uri = uri;
	}

	/**
	 * The issuer is asked for an unknown key id and for keys that are an hour old, and at most once in ten seconds.
	 *
	 * @param {string} kid
	 * @param {number} now milliseconds since 1970
	 * @param {(uri: string) => Promise<Uint8Array>} fetch
	 * @returns {Promise<{jwk: object, object: KeyObject, type: string} | undefined>} undefined where there is none
	 * @throws {Denied} where the issuer does not answer, or may not be asked yet
	 */
	async find(kid, now, fetch) {
		const key = this.#keys.get(kid);
		if (key && now - this.#loadedAt < freshFor) return key;
		if (now - this.#askedAt >= pause) {
			this.#askedAt = now;
			this.#asking = this.#load(now, fetch).finally(() => {
				this.#asking = undefined;
			});
		}
		const isLoaded = await this.#asking;
		const found = this.#keys.get(kid);
		if (found || isLoaded) return found;
		const retryAfter = Math.max(1, Math.ceil((this.#askedAt + pause - now) / 1000));
		throw new Denied("KeysUnavailable", { retryAfter });
	}

	async #load(now, fetch) {
		try {
			this.#keys = readKeys(await fetch(this.#uri));
			this.#loadedAt = now;
			return true;
		} catch {
			return false;
		}
	}
}

function readKeys(bytes) {
	const { keys } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
	return new Map(keys.flatMap(readKey));
}

// A key that is not understood is ignored (RFC 7517, section 5). RSA keys have 2,048 bits or more (RFC 7518).
function readKey(jwk) {
	try {
		const object = createPublicKey({ key: jwk, format: "jwk" });
		if (object.asymmetricKeyDetails.modulusLength < 2048) return [];
		return [[jwk.kid, { jwk, object, type: jwk.crv ? `${jwk.kty} ${jwk.crv}` : jwk.kty }]];
	} catch {
		return [];
	}
}

/**
 * Fetches a JWKS in two seconds. Redirects are not followed.
 *
 * @param {string} uri
 * @returns {Promise<Buffer>}
 */
export function fetchKeys(uri) {
	// Loading node:https takes 11 ms, so it waits until it is needed.
	const { get } = process.getBuiltinModule("node:https");
	return new Promise((resolve, reject) => {
		// No connection is kept, since Lambda freezes the process between requests.
		const options = { agent: false, headers: { accept: "application/json" }, signal: AbortSignal.timeout(timeout) };
		get(uri, options, (response) => readBody(response).then(resolve, reject)).on("error", reject);
	});
}

// Leaving the loop early destroys the response.
async function readBody(response) {
	const chunks = [];
	let size = 0;
	for await (const chunk of response) {
		size += chunk.length;
		if (size > largest) throw new Error("no JWKS");
		chunks.push(chunk);
	}
	if (response.statusCode !== 200) throw new Error("no JWKS");
	return Buffer.concat(chunks);
}
