import { badRequest } from "./errors.mjs";
import { requestGrant } from "./grant.mjs";

/** How long before its end a lease is renewed, in milliseconds; half its time where that is less. */
const MARGIN = 120_000;

/** How long after a renewal that failed the next one is tried. */
const RETRY = 10_000;

/** How long before its end calls wait for the renewal: with the old lease they might arrive too late. */
const LAST = 10_000;

/** setTimeout takes no more, and fires at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * @typedef {import("./grant.mjs").Grant} Grant
 * @typedef {import("./furl.mjs").LeaseClientOptions} LeaseClientOptions
 * @typedef {LeaseClientOptions & Required<Pick<LeaseClientOptions, "grantUrl" | "headers" | "fetch" | "now">> & { onGrant: (grant: Grant) => void }} KeeperOptions
 */

/** Keeps one grant: fetched with the first call, shared by all, and renewed by the clock until close(). */
export class GrantKeeper {
	/** @type {KeeperOptions} */
	#options;
	/** @type {Grant | undefined} */
	#grant;
	/** @type {number} when to ask for another one, by the server's clock */
	#renewAt = 0;
	/** @type {Promise<Grant> | undefined} */
	#pending;
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	#timer;
	#closed = false;

	/** @param {KeeperOptions} options */
	constructor(options) {
		this.#options = options;
	}

	/** @returns {Promise<Grant>} */
	async current() {
		if (this.#closed) throw closed();
		const grant = this.#grant;
		if (!grant || this.#left(grant) <= 0) return this.#renew();
		if (this.#options.now() + grant.offset < this.#renewAt) return grant;
		const renewed = this.#renew().catch((error) => {
			if (this.#closed || this.#left(grant) <= 0) throw error;
			return grant; // it still holds
		});
		if (this.#left(grant) <= LAST) return renewed;
		renewed.catch(() => {});
		return grant;
	}

	/** One request for a lease at a time, whoever waits for it. */
	#renew() {
		this.#pending ??= this.#request().finally(() => {
			this.#pending = undefined;
		});
		return this.#pending;
	}

	async #request() {
		const { headers } = this.#options;
		try {
			const own = typeof headers === "function" ? await headers() : headers;
			if (this.#closed) throw closed();
			const grant = await requestGrant({ ...this.#options, headers: own });
			if (this.#closed) throw closed();
			this.#grant = grant;
			const left = this.#left(grant);
			this.#wait(grant, left - Math.min(MARGIN, left / 2));
			this.#options.onGrant(grant);
			return grant;
		} catch (error) {
			const grant = this.#grant;
			if (grant && this.#left(grant) > 0) this.#wait(grant, RETRY);
			throw error;
		}
	}

	/**
	 * Renews after a while: by the timer, or with a call where the timer did not fire, as when the machine slept. The timer fires once a
	 * second at most, however short the leases.
	 *
	 * @param {Grant} grant
	 * @param {number} delay
	 */
	#wait(grant, delay) {
		this.#renewAt = this.#options.now() + grant.offset + delay;
		clearTimeout(this.#timer);
		const timer = setTimeout(() => this.#renew().catch(() => {}), Math.min(Math.max(delay, 1000), LONGEST));
		// In Node, where tests run, a lease must not keep the process.
		/** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (timer)).unref?.();
		this.#timer = timer;
	}

	close() {
		this.#closed = true;
		clearTimeout(this.#timer);
		this.#grant = undefined;
	}

	/** @param {Grant} grant */
	#left(grant) {
		return grant.expiration - grant.offset - this.#options.now();
	}
}

const closed = () => badRequest("this client was closed");
