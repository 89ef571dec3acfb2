/** What went wrong, in words for the person who looks at the console. `code` is for programs:
 *
 * - `GrantRefused`: POST /grant answered 4xx or 5xx; `status`, and `retryAfter` in seconds where it said so
 * - `GrantUnreachable`: POST /grant could not be sent, or its answer not be read
 * - `BadGrant`: the answer of POST /grant is not a lease
 * - `FunctionUnreachable`: the signed request was sent, or could not be; whether the function ran is not known, and it is never sent again
 * - `BadRequest`: the request cannot be signed as it is
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
 * @property {string} grantUrl where to POST for a lease; https, or http on this machine
 * @property {string} [functionName] the name of the function, where the grant has several
 * @property {Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)} [headers] of POST /grant
 * @property {(lease: Lease) => void} [onLease] called with each new lease
 * @property {typeof fetch} [fetch] in place of the browser's, for tests
 * @property {() => number} [now] in place of Date.now, for tests
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
     * Signs a request to the function. It must be sent within 5 minutes, and once.
     *
     * @param {string} path of the function, with the query: "/reports?year=2026"
     * @param {{ method?: string, headers?: HeadersInit, body?: BodyInit | null, signal?: AbortSignal }} [init]
     * @returns {Promise<{ request: Request, canonicalRequest: string }>}
     */
    sign(path: string, init?: {
        method?: string;
        headers?: HeadersInit;
        body?: BodyInit | null;
        signal?: AbortSignal;
    }): Promise<{
        request: Request;
        canonicalRequest: string;
    }>;
    /**
     * Calls the function. The request is sent once: where its answer could not be read, the function may have run.
     *
     * @param {string} path
     * @param {{ method?: string, headers?: HeadersInit, body?: BodyInit | null, signal?: AbortSignal }} [init]
     * @returns {Promise<Response>}
     */
    fetch(path: string, init?: {
        method?: string;
        headers?: HeadersInit;
        body?: BodyInit | null;
        signal?: AbortSignal;
    }): Promise<Response>;
    /** Forgets the lease, and renews nothing more. */
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
     * where to POST for a lease; https, or http on this machine
     */
    grantUrl: string;
    /**
     * the name of the function, where the grant has several
     */
    functionName?: string | undefined;
    /**
     * of POST /grant
     */
    headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>) | undefined;
    /**
     * called with each new lease
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
