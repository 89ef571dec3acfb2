// The authorizer's refusals. Their form is RFC 6750's, section 3.

const denials = {
	MissingToken: [401, "Send a token as Authorization: Bearer, or in the cookie that this path asks for."],
	AmbiguousToken: [400, "Send one token. This request has several, and readers differ on which of them counts."],
	InvalidToken: [401, "Send a token that this path's issuer has signed for it. This one is not valid here."],
	ExpiredToken: [401, "Send a token that has not expired."],
	InsufficientScope: [403, "Send a token with the scopes and of a group that this path asks for."],
	KeysUnavailable: [503, "The issuer's keys cannot be had at the moment. Try again after Retry-After."],
	BrokenAuthorizer: [500, "The origin's x-furl-* headers are no authorizer's. Deploy the distribution again."],
};

/** Thrown for a request that does not pass. */
export class Denied extends Error {
	/**
	 * @param {keyof typeof denials} code the answer's "error"
	 * @param {number} [retryAfter] seconds
	 */
	constructor(code, retryAfter) {
		super(denials[code][1]);
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
