import { badRequest, LeaseError } from "./errors.mjs";

/** For one request to /grant, in milliseconds. API Gateway answers within 29 s. */
const GRANT_TIMEOUT = 30_000;

/**
 * @typedef {object} Grant the answer of POST /grant with its secrets, which never leaves the module
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
 * @param {object} options
 * @param {string} options.grantUrl
 * @param {string} [options.functionName]
 * @param {Record<string, string>} options.headers
 * @param {typeof fetch} options.fetch
 * @param {() => number} options.now
 * @returns {Promise<Grant>}
 */
export async function requestGrant({ grantUrl, functionName, headers: given, fetch, now }) {
	const headers = readHeaders(given);
	const secrets = [...headers.values()].flatMap((value) => value.split(" ")).filter((word) => word.length > 7);
	headers.set("content-type", "application/json");
	// The clock is read before the request. So a lease ends too early here by the time that the answer takes, and never
	// too late.
	const sent = now();
	let response;
	let text;
	try {
		response = await fetch(grantUrl, {
			method: "POST",
			headers,
			body: JSON.stringify(functionName === undefined ? {} : { function: functionName }),
			cache: "no-store",
			credentials: "omit",
			redirect: "error",
			referrerPolicy: "no-referrer",
			signal: AbortSignal.timeout(GRANT_TIMEOUT),
		});
		text = await response.text();
	} catch (cause) {
		if (response && !response.ok) throw refused(response, undefined, secrets);
		const { origin, pathname } = new URL(grantUrl); // a query may hold a token
		throw new LeaseError(
			"GrantUnreachable",
			`POST ${origin}${pathname} could not be sent, or its answer not be read. The browser hides the reason. ` +
				"Check that you are online, that the URL is right, and that this page's origin is among the " +
				"AllowedOrigins of the CredentialGrant.",
			{ cause },
		);
	}
	const answer = parse(text);
	if (!response.ok) throw refused(response, answer, secrets);
	return readGrant(answer, sent);
}

/**
 * Reads headers. Its error does not quote a value, as fetch's error would. A value may be a token.
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
 * Reads JSON. Another text gives undefined, because the parser's error would quote the text.
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
 * Shows the answer's words if a CredentialGrant wrote them, and if they quote no header. API Gateway's words on a wrong
 * signature have the canonical request in them, with the session token.
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
	const hidden = "in words that are not a CredentialGrant's, or quote a header: check grantUrl and headers";
	return new LeaseError("GrantRefused", `no lease: ${status} ${shown ? words : hidden}`, {
		status,
		retryAfter: /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined,
	});
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
 * Reports whether credentials and tokens may go to a URL. They go over https only, or to this machine. A URL with a
 * password is refused, because fetch refuses it and quotes it.
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
