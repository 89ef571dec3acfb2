/**
 * What went wrong, in words for the person who looks at the console. `code` is for programs:
 *
 * - `GrantRefused`: POST /grant answered 4xx or 5xx; `status`, and `retryAfter` in seconds where it said so
 * - `GrantUnreachable`: POST /grant could not be sent, or its answer not be read
 * - `BadGrant`: the answer of POST /grant is not a lease
 * - `FunctionUnreachable`: the request was sent, or could not be; whether the function ran is not known, and it is never sent again
 * - `BadRequest`: client or request cannot be used like this, and nothing was sent to the function
 */
export class LeaseError extends Error {
	/**
	 * @param {string} code
	 * @param {string} message
	 * @param {{status?: number, retryAfter?: number, cause?: unknown}} [details]
	 */
	constructor(code, message, { status, retryAfter, cause } = {}) {
		super(message, cause === undefined ? undefined : { cause });
		this.name = "LeaseError";
		/** @type {string} */
		this.code = code;
		/** @type {number | undefined} */
		this.status = status;
		/** @type {number | undefined} */
		this.retryAfter = retryAfter;
	}
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
export const badRequest = (message, cause) => new LeaseError("BadRequest", message, { cause });
