// Whether a token is valid for an authorizer. The form is RFC 7519's and RFC 7515's, and RFC 8725 has the advice. Form
// and key are looked at first. Then aws-jwt-verify judges signature, issuer and audience. It takes tokens with critical
// extensions, without an expiry, or with one in the far future, so these are refused before.

import { Denied } from "./authorizer_denial.mjs";
import { JwtInvalidAudienceError, verifyJwtSync } from "./jwt_verify.mjs";
import { keySetOf } from "./keys.mjs";

const { isUtf8 } = process.getBuiltinModule("node:buffer");
const longest = 8192; // characters
const lastTime = 253_402_300_799; // seconds, the end of the year 9999
// The reason is one of authorizer_denial.mjs, undefined for the token's form or signature.
const invalid = (reason) => new Denied("InvalidToken", { reason });

/**
 * @param {string} token
 * @param {object} settings from readSettings
 * @param {number} now milliseconds since 1970
 * @param {(uri: string) => Promise<Uint8Array>} fetch gets a JWKS
 * @returns {Promise<number>} the time in milliseconds at which the token is valid no longer, with the leeway
 * @throws {Denied} where it is not valid, or the keys cannot be had
 */
export async function verifyToken(token, settings, now, fetch) {
	const { header, issuer } = read(token);
	// No keys are asked for then, so this token is refused at any time.
	if (issuer !== settings.issuer) throw invalid("iss");
	const key = await keySetOf(settings.jwksUri).find(header.kid, now, fetch);
	if (!key) throw invalid("kid");
	if (keyTypes.get(header.alg) !== key.type) throw invalid();
	const claims = verifySignature(token, key, settings);
	const expiry = (claims.exp + settings.leeway) * 1000;
	if (now >= expiry) throw new Denied("ExpiredToken");
	if (now < (claims.nbf - settings.leeway) * 1000) throw invalid("nbf");
	if (settings.tokenUse) checkCognito(claims, settings);
	if (!hasAll(scopesOf(claims), settings.scopes)) throw new Denied("InsufficientScope");
	if (!hasOne(claims["cognito:groups"], settings.groups)) throw new Denied("InsufficientScope", { reason: "groups" });
	return expiry;
}

// The algorithms that aws-jwt-verify knows, with the keys that belong to each (RFC 7518 and RFC 8037). All are
// asymmetric. A key without "alg" would otherwise serve another algorithm than its own.
const keyTypes = new Map([
	["RS256", "RSA"],
	["RS384", "RSA"],
	["RS512", "RSA"],
	["ES256", "EC P-256"],
	["ES384", "EC P-384"],
	["ES512", "EC P-521"],
	["EdDSA", "OKP Ed25519"],
]);

// The header, and the issuer that the token names. Nothing is verified yet.
function read(token) {
	const [first, second, signature] = token.split(".");
	if (token.length > longest || signature === undefined) throw invalid();
	const header = decodeObject(first);
	const claims = decodeObject(second);
	decode(signature);
	const { exp, iat = exp, iss: issuer } = claims;
	if (!isHeader(header) || !isTime(exp) || !isTime(iat)) throw invalid();
	return { header, issuer };
}

// Reports whether the header asks for no more than a signature by a named key. A token of another type, such as a
// logout token, is for another purpose (RFC 8725, section 3.11).
function isHeader(header) {
	const { kid, typ = "JWT" } = header;
	if ("crit" in header || "b64" in header) return false;
	return typeof kid === "string" && typeof typ === "string" && /^(application\/)?(at\+)?jwt$/i.test(typ);
}

// Reports whether a claim is a NumericDate of these millennia. With 1e300 a token would never expire.
function isTime(claim) {
	return typeof claim === "number" && claim >= 0 && claim <= lastTime;
}

function decodeObject(part) {
	const bytes = decode(part);
	if (!isUtf8(bytes)) throw invalid();
	try {
		const value = JSON.parse(bytes.toString());
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
	} catch {
		// Refused below.
	}
	throw invalid();
}

// One text for the same bytes, or a token could be sent in many forms.
function decode(part) {
	const bytes = Buffer.from(part, "base64url");
	if (bytes.toString("base64url") !== part) throw invalid();
	return bytes;
}

// Signature, issuer, audience, and the key's own algorithm and use. The clock is an argument here, so the times are not
// judged by aws-jwt-verify, which would read its own. A Cognito access token has no audience.
function verifySignature(token, { jwk, object }, { issuer, audience, tokenUse }) {
	const options = {
		issuer,
		audience: tokenUse === "access" ? null : audience,
		graceSeconds: Number.POSITIVE_INFINITY,
		includeRawJwtInErrors: true,
	};
	try {
		return verifyJwtSync(token, jwk, options, () => object);
	} catch (error) {
		throw invalid(reasonOf(error, tokenUse));
	}
}

// The claim for which aws-jwt-verify has refused a token, undefined for its form or signature. The signature is judged
// before the audience, so a forged token does not tell which audiences a path takes. A Cognito access token is for no
// audience, so token_use is named first.
function reasonOf(error, tokenUse) {
	if (!(error instanceof JwtInvalidAudienceError)) return;
	return tokenUse && error.rawJwt.payload.token_use !== tokenUse ? tokenUse : "aud";
}

function checkCognito(claims, { tokenUse, audience }) {
	if (claims.token_use !== tokenUse) throw invalid(tokenUse);
	const isForClient = tokenUse === "id" || audience.includes(claims.client_id);
	if (!isForClient) throw invalid("client_id");
}

// RFC 9068 has "scope". Okta and Entra write "scp", Okta as an array.
function scopesOf({ scope, scp }) {
	const scopes = scope ?? scp;
	return typeof scopes === "string" ? scopes.split(" ") : scopes;
}

function hasAll(values, wanted = []) {
	return wanted.every((item) => hasOne(values, [item]));
}

function hasOne(values, wanted) {
	return !wanted || wanted.some((item) => Array.isArray(values) && values.includes(item));
}
