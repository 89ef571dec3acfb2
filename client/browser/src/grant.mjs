import { badRequest, LeaseError } from "./errors.mjs";

/** For one request to /grant, in milliseconds; API Gateway answers within 29 s. */
const TIMEOUT = 30_000;

/**
 * @typedef {object} Grant what POST /grant answered, secrets included; it never leaves the module
 * @property {string} functionUrl
 * @property {string} region
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {string} sessionToken
 * @property {number} expiration in milliseconds, by the server's clock
 * @property {number} offset milliseconds that the server's clock is ahead of this one
 */

/**
 * Asks for a lease, once.
 *
 * @param {{ grantUrl: string, functionName?: string, headers: Record<string, string>, fetch: typeof fetch, now: () => number }} options
 * @returns {Promise<Grant>}
 */
export async function requestGrant({ grantUrl, functionName, headers, fetch, now }) {
	const own = readHeaders(headers);
	const secrets = [...own.values()].flatMap((value) => value.split(" ")).filter((word) => word.length > 7);
	own.set("content-type", "application/json");
	// The clock is read before: for as long as the answer takes, a lease then ends too early here, never too late.
	const sent = now();
	let response;
	let text;
	try {
		response = await fetch(grantUrl, {
			method: "POST",
			headers: own,
			body: JSON.stringify(functionName === undefined ? {} : { function: functionName }),
			cache: "no-store",
			credentials: "omit",
			redirect: "error",
			referrerPolicy: "no-referrer",
			signal: AbortSignal.timeout(TIMEOUT),
		});
		text = await response.text();
	} catch (cause) {
		if (response && !response.ok) throw refused(response, undefined, secrets);
		const { origin, pathname } = new URL(grantUrl); // a query may hold a token
		throw new LeaseError(
			"GrantUnreachable",
			`POST ${origin}${pathname} could not be sent, or its answer not be read. Check that you are online, that the URL is right, and that this page's origin is among the AllowedOrigins of the CredentialGrant; the browser hides which of these it is.`,
			{ cause },
		);
	}
	const answer = parse(text);
	if (!response.ok) throw refused(response, answer, secrets);
	return readGrant(answer, sent);
}

/**
 * Headers, or an error that unlike fetch's own does not quote a value: it may be a token.
 *
 * @param {HeadersInit} [headers]
 */
export function readHeaders(headers) {
	try {
		return new Headers(headers);
	} catch {
		throw badRequest("a header has a name or value that HTTP does not allow, such as a line break");
	}
}

/**
 * What a text says as JSON; undefined where it is none. The parser's error would quote it.
 *
 * @param {string} text
 */
function parse(text) {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/**
 * The answer's own words are shown where they are a CredentialGrant's, and quote no header: API Gateway's words on a wrong signature
 * have the canonical request in them, session token included.
 *
 * @param {Response} response
 * @param {{ error?: unknown, message?: unknown } | undefined} answer
 * @param {string[]} secrets
 */
function refused({ status, headers }, answer, secrets) {
	const { error, message } = answer ?? {};
	const words = typeof error === "string" && typeof message === "string" ? `${error}: ${message}` : "";
	const shown = words !== "" && words.length < 500 && !secrets.some((secret) => words.includes(secret));
	const retryAfter = headers.get("retry-after") ?? "";
	return new LeaseError(
		"GrantRefused",
		`no lease: ${status} ${shown ? words : "in words that are not a CredentialGrant's, or quote a header: check grantUrl and headers"}`,
		{ status, retryAfter: /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined },
	);
}

/**
 * @param {Record<string, unknown> | undefined} answer
 * @param {number} sent when it was asked for
 * @returns {Grant}
 */
function readGrant(answer, sent) {
	const bad = (/** @type {string} */ wrong) => new LeaseError("BadGrant", `the answer of POST /grant ${wrong}`);
	if (typeof answer !== "object" || !answer) throw bad("is not a lease: check grantUrl");
	const text = (/** @type {string} */ name) => {
		const value = answer[name];
		if (typeof value !== "string" || value === "") throw bad(`has no ${name}`);
		return value;
	};
	const time = (/** @type {string} */ name) => {
		const value = Date.parse(text(name));
		if (Number.isNaN(value)) throw bad(`has a ${name} that is no time`);
		return value;
	};
	const grant = {
		functionUrl: text("FuncUrl"),
		region: text("Region"),
		accessKeyId: text("AccessKeyId"),
		secretAccessKey: text("SecretAccessKey"),
		sessionToken: text("SessionToken"),
		expiration: time("Expiration"),
		offset: time("ServerTime") - sent,
	};
	if (!isSecure(grant.functionUrl)) throw bad("has a FuncUrl that is not https");
	if (grant.expiration <= sent + grant.offset) throw bad("has an Expiration that is not after its ServerTime");
	return grant;
}

/**
 * Credentials and tokens go over https only, or to this machine; and not with a password in the URL, which fetch refuses and quotes.
 *
 * @param {string | undefined} url
 * @returns {url is string}
 */
export function isSecure(url) {
	try {
		const { protocol, hostname, username, password } = new URL(/** @type {string} */ (url));
		const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
		return (protocol === "https:" || (protocol === "http:" && local)) && username + password === "";
	} catch {
		return false;
	}
}
