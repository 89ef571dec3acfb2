import { badRequest } from "./errors.mjs";
import { requestGrant } from "./grant.mjs";

/** How long before its end a lease is renewed, in milliseconds. It is half the lease's time if that is less. */
const RENEWAL_MARGIN = 120_000;

/** How long after a failed renewal the next one is tried, in milliseconds. */
const RETRY_INTERVAL = 10_000;

/** How long before a lease's end calls wait for the renewal, in milliseconds. With the old lease they may be late. */
const WAITING_MARGIN = 10_000;

/** The longest delay of setTimeout, in milliseconds. With a longer one it fires at once. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * @typedef {import("./grant.mjs").Grant} Grant
 * @typedef {import("./furl.mjs").LeaseClientOptions} LeaseClientOptions
 * @typedef {Required<Pick<LeaseClientOptions, "grantUrl" | "headers" | "fetch" | "now">>} KeeperDefaults
 * @typedef {LeaseClientOptions & KeeperDefaults & { onGrant: (grant: Grant) => void }} KeeperOptions
 */

/** Keeps one grant. The first call fetches it, all calls share it, and the clock renews it until close(). */
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
		if (this.#left(grant) <= WAITING_MARGIN) return renewed;
		renewed.catch(() => {});
		return grant;
	}

	/** Asks for a lease. There is only one request at a time, and all callers wait for it. */
	#renew() {
		this.#pending ??= this.#request().finally(() => {
			this.#pending = undefined;
		});
		return this.#pending;
	}

	async #request() {
		const { headers } = this.#options;
		try {
			const given = typeof headers === "function" ? await headers() : headers;
			if (this.#closed) throw closed();
			const grant = await requestGrant({ ...this.#options, headers: given });
			if (this.#closed) throw closed();
			this.#grant = grant;
			const left = this.#left(grant);
			this.#wait(grant, left - Math.min(RENEWAL_MARGIN, left / 2));
			this.#options.onGrant(grant);
			return grant;
		} catch (error) {
			const grant = this.#grant;
			if (grant && this.#left(grant) > 0) this.#wait(grant, RETRY_INTERVAL);
			throw error;
		}
	}

	/**
	 * Renews after a while, by the timer. A call renews if the timer did not fire, as when the machine slept. The timer
	 * fires once a second at most, even if leases are shorter.
	 *
	 * @param {Grant} grant
	 * @param {number} delay
	 */
	#wait(grant, delay) {
		this.#renewAt = this.#options.now() + grant.offset + delay;
		clearTimeout(this.#timer);
		const timer = setTimeout(() => this.#renew().catch(() => {}), Math.min(Math.max(delay, 1000), MAX_DELAY));
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
