/**
 * An error, in words for the person who looks at the console. `code` is for programs:
 *
 * - `GrantRefused`: POST /grant answered 4xx or 5xx. `status` has the status. `retryAfter` has the seconds to wait if
 *   the answer tells them.
 * - `GrantUnreachable`: POST /grant could not be sent, or its answer could not be read.
 * - `BadGrant`: The answer of POST /grant is not a lease.
 * - `FunctionUnreachable`: The request could not be sent, or its answer could not be read. The function may have run.
 *   The request is never sent again.
 * - `BadRequest`: The client or the request cannot be used like this. Nothing was sent to the function.
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
