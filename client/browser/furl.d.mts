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
    constructor(code: string, message: string, { status, retryAfter, cause }?: {
        status?: number;
        retryAfter?: number;
        cause?: unknown;
    });
    /** @type {string} */
    code: string;
    /** @type {number | undefined} */
    status: number | undefined;
    /** @type {number | undefined} */
    retryAfter: number | undefined;
}
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
    /** @param {LeaseClientOptions} options */
    constructor(options: LeaseClientOptions);
    /**
     * The lease. It is fetched or renewed if necessary.
     *
     * @returns {Promise<Lease>}
     */
    lease(): Promise<Lease>;
    /**
     * Signs a request by the lease, even if its body is short. Send the request within 5 minutes, and once. Request and
     * canonical request hold the session token, so do not log them.
     *
     * @param {string} path of the function, with the query, such as "/reports?year=2026"
     * @param {CallInit} [init]
     * @returns {Promise<{ request: Request, canonicalRequest: string }>}
     */
    sign(path: string, init?: CallInit): Promise<{
        request: Request;
        canonicalRequest: string;
    }>;
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
    fetch(path: string, init?: CallInit): Promise<Response>;
    /** Forgets the lease, and renews nothing more. Calls through CloudFront need no lease, and go on. */
    close(): void;
    #private;
}
/**
 * The parts of a lease that a page may show. No secret is among them.
 */
export type Lease = {
    functionUrl: string;
    region: string;
    accessKeyId: string;
    /**
     * by the server's clock
     */
    expiration: Date;
    /**
     * now, by the server's clock
     */
    serverTime: Date;
};
export type LeaseClientOptions = {
    /**
     * The URL to POST to for a lease. It is https, or http on this machine. It is required
     * without a distributionUrl.
     */
    grantUrl?: string | undefined;
    /**
     * The origin of the CloudFront distribution that has the function at the same
     * path, such as location.origin. Bodies of up to 1,000,000 bytes go through it without a lease. Longer bodies do so
     * if there is no grantUrl.
     */
    distributionUrl?: string | undefined;
    /**
     * The name of the function, if the grant has several.
     */
    functionName?: string | undefined;
    /**
     * The headers of POST /grant. After a 401 of the distribution the function is asked once more, and the call is sent
     * again with its authorization. An error that the function throws becomes the call's.
     */
    headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>) | undefined;
    /**
     * Called with each new lease. An error that it throws is reported as an
     * event listener's is.
     */
    onLease?: ((lease: Lease) => void) | undefined;
    /**
     * in place of the browser's, for tests
     */
    fetch?: typeof fetch | undefined;
    /**
     * in place of Date.now, for tests
     */
    now?: (() => number) | undefined;
};
/**
 * as of fetch
 */
export type CallInit = {
    /**
     * The default is POST with a body, and GET without.
     */
    method?: string | undefined;
    /**
     * These are sent, and not signed. By the lease, authorization always reaches the
     * function as x-forwarded-authorization. Through CloudFront it does so by the default of the construct's
     * AuthorizationHeader. Leave that at its default if a client has both ways. Otherwise the header's name depends on
     * the length of the body. CloudFront or a signer sets host, x-forwarded-host, x-amz-* and
     * x-forwarded-authorization, so these are refused.
     */
    headers?: HeadersInit | undefined;
    /**
     * It is hashed before it is sent, so it is
     * neither a stream nor a form. Another value is refused, and so is a body over 4,500,000 bytes, or 6,000,000 of text.
     */
    body?: string | URLSearchParams | Blob | BufferSource | null | undefined;
    signal?: AbortSignal | undefined;
};
