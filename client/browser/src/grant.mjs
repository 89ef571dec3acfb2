import { LeaseError } from "./errors.mjs";

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
	let response;
	let answer;
	try {
		response = await fetch(grantUrl, {
			method: "POST",
			headers: { ...headers, "content-type": "application/json" },
			body: JSON.stringify(functionName === undefined ? {} : { function: functionName }),
			cache: "no-store",
			credentials: "omit",
			redirect: "error",
			referrerPolicy: "no-referrer",
		});
		answer = await response.json();
	} catch (cause) {
		if (response && !response.ok) throw refused(response, {});
		throw new LeaseError(
			"GrantUnreachable",
			`POST ${grantUrl} could not be sent, or its answer not be read. Check that you are online, that the URL is right, and that this page's origin is among the AllowedOrigins of the CredentialGrant; the browser hides which of these it is.`,
			{ cause },
		);
	}
	if (!response.ok) throw refused(response, answer);
	return readGrant(answer, now());
}

/**
 * @param {Response} response
 * @param {{ error?: unknown, message?: unknown }} answer
 */
function refused(response, answer) {
	const said = typeof answer?.message === "string" ? `: ${answer.message.slice(0, 500)}` : "";
	return new LeaseError(
		"GrantRefused",
		`no lease: ${response.status} ${String(answer?.error ?? "").slice(0, 64)}${said}`,
		{
			status: response.status,
			retryAfter: Number(response.headers.get("retry-after")) || undefined,
		},
	);
}

/**
 * @param {Record<string, unknown>} answer
 * @param {number} now
 * @returns {Grant}
 */
function readGrant(answer, now) {
	const text = (/** @type {string} */ name) => {
		const value = answer?.[name];
		if (typeof value !== "string" || value === "")
			throw new LeaseError("BadGrant", `the answer of POST /grant has no ${name}`);
		return value;
	};
	const time = (/** @type {string} */ name) => {
		const value = Date.parse(text(name));
		if (Number.isNaN(value))
			throw new LeaseError("BadGrant", `the answer of POST /grant has a ${name} that is no time`);
		return value;
	};
	const functionUrl = text("FuncUrl");
	if (!isSecure(functionUrl))
		throw new LeaseError("BadGrant", "the answer of POST /grant has a FuncUrl that is not https");
	return {
		functionUrl,
		region: text("Region"),
		accessKeyId: text("AccessKeyId"),
		secretAccessKey: text("SecretAccessKey"),
		sessionToken: text("SessionToken"),
		expiration: time("Expiration"),
		offset: time("ServerTime") - now,
	};
}

/**
 * Credentials and tokens go over https only, or to this machine.
 *
 * @param {string} url
 */
export function isSecure(url) {
	try {
		const { protocol, hostname } = new URL(url);
		return protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
	} catch {
		return false;
	}
}
