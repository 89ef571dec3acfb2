// The authorizer's refusals. Their form is RFC 6750's, section 3.

const denials = {
	MissingToken: [401, "Send a token as Authorization: Bearer, or in the cookie that this path asks for."],
	AmbiguousToken: [400, "Send one token. This request has several, and readers differ on which of them counts."],
	InvalidToken: [401, "Send a token that this path's issuer has signed. This one's form or signature is wrong."],
	ExpiredToken: [401, "Send a token that has not expired."],
	InsufficientScope: [403, "Send a token with all scopes that this path asks for. This one lacks some."],
	KeysUnavailable: [503, "The issuer's keys cannot be had at the moment. Try again after Retry-After."],
	BrokenAuthorizer: [500, "The origin's x-furl-* headers are no authorizer's. Deploy the distribution again."],
};

// The messages where a claim or the header's kid decides. They take the place of the code's own. They are fixed, so
// that nothing of a token is answered.
const reasons = {
	iss: "Send a token of this path's issuer. This one has another iss, or none.",
	kid: "Send a token of this path's issuer. It has no usable key with this one's kid.",
	access: "Send an access token. This one has another token_use, or none.",
	id: "Send an ID token. This one has another token_use, or none.",
	client_id: "Send a token for a client of this path. This one has another client_id, or none.",
	aud: "Send a token for an audience of this path. This one has another aud, or none.",
	nbf: "Send a token that is valid already. This one's nbf is in the future.",
	groups: "Send a token of a user in one of this path's groups. This one names none of them.",
};

/** Thrown for a request that does not pass. */
export class Denied extends Error {
	/**
	 * @param {keyof typeof denials} code the answer's "error"
	 * @param {object} [more]
	 * @param {keyof typeof reasons} [more.reason]
	 * @param {number} [more.retryAfter] seconds
	 */
	constructor(code, { reason, retryAfter } = {}) {
		super(reasons[reason] ?? denials[code][1]);
		this.code = code;
		this.status = denials[code][0];
		this.retryAfter = retryAfter;
	}
}

/**
 * @param {Denied} denied
 * @param {object | undefined} settings from readSettings
 * @param {object} viewers the request's headers
 * @returns {{status: number, code: string, message: string, headers: Record<string, string>}}
 */
export function denial({ status, code, message, retryAfter }, settings, viewers) {
	const headers = {};
	if (status < 500) headers["www-authenticate"] = challenge(code, settings);
	if (retryAfter) headers["retry-after"] = `${retryAfter}`;
	if (settings?.cors) Object.assign(headers, allowOrigin(settings, viewers));
	return { status, code, message, headers };
}

// RFC 6750 wants a parameter in every challenge, and no error where the request has no token. RFC 9728 has the
// metadata.
function challenge(code, { scopes, resourceMetadata }) {
	let value = 'Bearer realm="api"';
	if (code === "InsufficientScope") value += ', error="insufficient_scope"';
	else if (code === "AmbiguousToken") value += ', error="invalid_request"';
	else if (code !== "MissingToken") value += ', error="invalid_token"';
	if (code === "InsufficientScope" && scopes) value += `, scope="${scopes.join(" ")}"`;
	if (resourceMetadata) value += `, resource_metadata="${resourceMetadata}"`;
	return value;
}

// With these a browser shows the refusal to a page of another origin. They are Function URL's own for such a page. A
// request with cookies needs the one of credentials too, and "*" is none for it (Fetch Standard, CORS check).
function allowOrigin({ cors, corsCredentials }, { origin }) {
	if (cors.includes("*")) return { "access-control-allow-origin": "*" };
	const allowed = origin?.length === 1 && cors.find((listed) => listed === origin[0]?.value);
	if (!allowed) return { vary: "Origin" };
	const headers = { "access-control-allow-origin": allowed, vary: "Origin" };
	if (corsCredentials) headers["access-control-allow-credentials"] = corsCredentials;
	return headers;
}
