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
    /** @param {LeaseClientOptions} options */
    constructor(options: LeaseClientOptions);
    /**
     * The lease as it is, fetched or renewed if need be.
     *
     * @returns {Promise<Lease>}
     */
    lease(): Promise<Lease>;
    /**
     * Signs a request by the lease, however short its body. It must be sent within 5 minutes, and once. Request and canonical request hold
     * the session token: they are not for logs.
     *
     * @param {string} path of the function, with the query: "/reports?year=2026"
     * @param {CallInit} [init]
     * @returns {Promise<{ request: Request, canonicalRequest: string }>}
     */
    sign(path: string, init?: CallInit): Promise<{
        request: Request;
        canonicalRequest: string;
    }>;
    /**
     * Calls the function, through CloudFront or by the lease. The request is sent once, one way: where its answer could not be read, the
     * function may have run. No cookies are sent or kept, either way: authorise by a header. A signal that is aborted ends the wait, with its
     * reason.
     *
     * @param {string} path
     * @param {CallInit} [init]
     * @returns {Promise<Response>}
     */
    fetch(path: string, init?: CallInit): Promise<Response>;
    /** Forgets the lease, and renews nothing more. What goes through CloudFront has no lease, and goes on. */
    close(): void;
    #private;
}
/**
 * what a page may show of a lease: no secret
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
     * where to POST for a lease; https, or http on this machine. Needed where there is no distributionUrl
     */
    grantUrl?: string | undefined;
    /**
     * the origin of the CloudFront distribution that has the function at the same path, such as location.origin; bodies of up to 1,000,000 bytes go through it without a lease, and longer ones where there is no grantUrl
     */
    distributionUrl?: string | undefined;
    /**
     * the name of the function, where the grant has several
     */
    functionName?: string | undefined;
    /**
     * of POST /grant; what the function throws, the call does
     */
    headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>) | undefined;
    /**
     * called with each new lease; what it throws is reported as of an event listener
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
     * POST where there is a body, otherwise GET
     */
    method?: string | undefined;
    /**
     * sent, not signed; authorization reaches the function as x-forwarded-authorization: by the lease always, through CloudFront by the default of the construct's AuthorizationHeader. Leave that at its default where a client has both ways, or the header's name goes by the length of the body. Without host, x-forwarded-host, x-amz-* and x-forwarded-authorization, which are CloudFront's or a signer's to set
     */
    headers?: HeadersInit | undefined;
    /**
     * hashed before it is sent, so neither a stream nor a form; anything else is refused, not sent as its text
     */
    body?: string | URLSearchParams | Blob | BufferSource | null | undefined;
    signal?: AbortSignal | undefined;
};
