// Tokens that pass and tokens that are refused, each with what says so. jose judges each as well, except where a row
// says why it cannot. sentences.mjs has the RFCs' words for these.

import {
	accessSettings,
	claimsAt,
	encode,
	foreignJwk,
	hmacToken,
	idSettings,
	issuer,
	oidcSettings,
	publicPem,
	token,
} from "./issuer.mjs";

const scopes = { ...accessSettings, "x-furl-scopes": "orders/read orders/write" };
const groups = { ...accessSettings, "x-furl-groups": "admins owners" };
const leeway = { ...accessSettings, "x-furl-leeway": "60" };

/**
 * The rows, made at a time in seconds. A row holds for some minutes after it, unless it says that it is exact.
 *
 * @param {number} seconds since 1970
 * @returns {{code: string, name: string, why: string, token: string, settings: object, jose?: string, exact?: boolean,
 * header?: string}[]} "code" is the refusal's or "passed". "jose" says why jose cannot judge. "exact" is true for a row
 * of this second alone. "header" says why the token does not come as it is through an HTTP header.
 */
export function tokenRows(seconds) {
	const made = makerAt(seconds);
	const codes = {
		passed: passing(made),
		InvalidToken: invalid(made),
		ExpiredToken: expired(made),
		InsufficientScope: insufficient(made),
	};
	return Object.entries(codes).flatMap(([code, rows]) =>
		rows.map((row) => ({ code, settings: accessSettings, ...row })),
	);
}

function makerAt(seconds) {
	const claims = claimsAt(seconds);
	const { accessClaims } = claims;
	const withHeader = (header, key) => token(accessClaims, header, key);
	return {
		...claims,
		seconds,
		withClaims: (others) => token({ ...accessClaims, ...others }),
		withHeader,
		good: token(accessClaims),
		ecdsa: withHeader({}, "p256"),
	};
}

function passing({ accessClaims, idClaims, oidcClaims, seconds, withClaims, withHeader, good }) {
	return [
		{ name: "access token", why: "all is as asked", token: good },
		{ name: "id token", why: "its client is its audience", token: token(idClaims), settings: idSettings },
		{ name: "audience among several", why: "RFC 7519 4.1.3", token: token(oidcClaims), settings: oidcSettings },
		{
			name: "one audience as text",
			why: "RFC 7519 4.1.3",
			token: token({ ...oidcClaims, aud: "https://api.example.com" }),
			settings: oidcSettings,
		},
		...["RS384", "RS512"].map((alg) => ({ name: alg, why: "RFC 7518 3.1", token: withHeader({ alg }, "bare") })),
		...["p256", "p384", "p521", "ed25519"].map((key) => ({
			name: key,
			why: "RFC 7518 3.1, RFC 8037",
			token: withHeader({}, key),
		})),
		{ name: "no typ", why: "RFC 7519 5.1: optional", token: withHeader({ typ: undefined }) },
		{ name: "typ at+jwt", why: "RFC 9068 2.1", token: withHeader({ typ: "at+jwt" }) },
		{
			name: "typ application/at+JWT",
			why: "RFC 9068 4, any case",
			token: withHeader({ typ: "application/at+JWT" }),
		},
		{
			name: "jku and jwk",
			why: "RFC 8725 3.10: not followed",
			token: withHeader({ jku: "https://keys.example/jku", jwk: foreignJwk }),
		},
		{
			name: "last moment",
			why: "RFC 7519 4.1.4: before exp",
			token: withClaims({ exp: seconds + 1 }),
			exact: true,
		},
		{ name: "nbf now", why: "RFC 7519 4.1.5: not before", token: withClaims({ nbf: seconds }) },
		{
			name: "expired within leeway",
			why: "RFC 7519 4.1.4",
			token: withClaims({ exp: seconds - 59 }),
			exact: true,
			settings: leeway,
		},
		{
			name: "expired within a longer leeway",
			why: "RFC 7519 4.1.4",
			token: withClaims({ exp: seconds - 60 }),
			settings: { ...accessSettings, "x-furl-leeway": "300" },
		},
		{
			name: "early within leeway",
			why: "RFC 7519 4.1.5",
			token: withClaims({ nbf: seconds + 60 }),
			settings: leeway,
		},
		{ name: "all scopes", why: "both are there", token: good, settings: scopes },
		{
			name: "Okta's scp",
			why: "Okta writes scopes as an array",
			token: token({ ...oidcClaims, scope: undefined, scp: ["read"] }),
			settings: { ...oidcSettings, "x-furl-scopes": "read" },
		},
		{ name: "one of the groups", why: "any of them is enough", token: good, settings: groups },
		{ name: "8,192 characters", why: "the most", token: token(longest(accessClaims)) },
		{ name: "claims beyond ASCII", why: "RFC 7519 3: UTF-8", token: withClaims({ name: "山田" }) },
	];
}

function invalid({ accessClaims, idClaims, oidcClaims, seconds, withClaims, withHeader, good, ecdsa }) {
	const [goodHeader, goodClaims, goodSignature] = good.split(".");
	return [
		{ name: "alg none", why: "RFC 8725 3.1", token: `${encode({ alg: "none", kid: "rsa" })}.${goodClaims}.` },
		{ name: "alg none, signed", why: "RFC 8725 3.1", token: withHeader({ alg: "none" }) },
		{ name: "alg None", why: "RFC 8725 3.1", token: withHeader({ alg: "None" }) },
		{ name: "no alg", why: "RFC 7515 4.1.1: MUST be present", token: withHeader({ alg: undefined }) },
		{ name: "alg as an array", why: "RFC 7515 4.1.1: a string", token: withHeader({ alg: ["RS256"] }) },
		{ name: "HS256 with the public key", why: "RFC 8725 2.1", token: hmacToken(publicPem, accessClaims) },
		{ name: "HS256 with nothing", why: "RFC 8725 2.1", token: hmacToken("", accessClaims) },
		{ name: "another alg than the key's", why: "RFC 7517 4.4", token: withHeader({ alg: "RS512" }) },
		{
			name: "ES256 with an RSA key",
			why: "RFC 8725 3.1: the key's own",
			token: withHeader({ alg: "ES256" }, "bare"),
		},
		{
			name: "ES256 with P-384",
			why: "RFC 7518 3.4: the curve's own",
			token: withHeader({ alg: "ES256" }, "bareP384"),
		},
		{ name: "PS256", why: "not among the algorithms", token: withHeader({ alg: "PS256" }) },
		{ name: "a key for encryption", why: "RFC 7517 4.2", token: withHeader({}, "encryption") },
		{ name: "an RSA key of 1,024 bits", why: "RFC 7518 3.3: 2,048 MUST be used", token: withHeader({}, "short") },
		{ name: "another issuer's key", why: "RFC 8725 3.8", token: withHeader({ kid: "rsa" }, "foreign") },
		{ name: "its own key", why: "RFC 8725 3.10", token: withHeader({ kid: "rsa", jwk: foreignJwk }, "foreign") },
		{ name: "a key that has no parameters", why: "RFC 7517 5: ignored", token: withHeader({ kid: "empty" }) },
		{ name: "a key of a new kind", why: "RFC 7517 5: ignored", token: withHeader({ kid: "quantum" }) },
		{ name: "the name of a property", why: "it is no key", token: withHeader({ kid: "__proto__" }) },
		{ name: "another key", why: "RFC 7515 5.2", token: withHeader({ kid: "p256" }) },
		{ name: "a key that nobody has", why: "RFC 8725 3.8", token: withHeader({ kid: "nobody" }) },
		{ name: "another pool's key by its kid", why: "RFC 8725 3.8", token: withHeader({}, "foreign") },
		{
			name: "a changed claim",
			why: "RFC 7515 5.2",
			token: `${goodHeader}.${encode({ ...accessClaims, sub: "x" })}.${goodSignature}`,
		},
		{
			name: "a changed header",
			why: "RFC 7515 5.2",
			token: `${encode({ alg: "RS256", kid: "rsa" })}.${goodClaims}.${goodSignature}`,
		},
		{ name: "a short ECDSA signature", why: "RFC 7518 3.4: 64 octets", token: ecdsa.slice(0, -4) },
		{ name: "a long ECDSA signature", why: "RFC 7518 3.4: 64 octets", token: `${ecdsa.slice(0, -2)}AAAAAA` },
		{ name: "an ECDSA signature of zeros", why: "CVE-2022-21449", token: ecdsa.replace(/[^.]+$/, "A".repeat(86)) },
		{ name: "no signature", why: "RFC 7515 5.2", token: `${goodHeader}.${goodClaims}.` },
		{ name: "two parts", why: "RFC 7515 7.1", token: `${goodHeader}.${goodClaims}` },
		{ name: "five parts", why: "RFC 7519 7.2: a JWE", token: `${good}.a.a` },
		{
			name: "a space",
			why: "RFC 7515 2: no whitespace",
			jose: "may read it",
			header: "its value ends before the space (RFC 9110 5.5)",
			token: `${good} `,
		},
		{ name: "another", why: "one token is asked for", token: `${good}, Bearer ${good}` },
		{ name: "no token at all", why: "RFC 7519 7.2", token: "x" },
		{ name: "text that is no JSON", why: "RFC 7519 7.2", token: token("{") },
		{ name: "claims that are an array", why: "RFC 7519 7.2", token: token([]) },
		{ name: "claims that are null", why: "RFC 7519 7.2", token: token("null") },
		{
			name: "no kid",
			why: "the key is not tried out",
			jose: "finds a key by its kind",
			token: withHeader({ kid: undefined }),
		},
		{
			name: "no kid, as a key",
			why: "a key is named",
			jose: "finds a key by its kind",
			token: withHeader({ kid: undefined }, "nameless"),
		},
		{ name: "kid as a number", why: "RFC 7515 4.1.4: a string", token: withHeader({ kid: 1 }) },
		{ name: "crit", why: "RFC 7515 4.1.11", token: withHeader({ crit: ["exp"], exp: 1 }) },
		{ name: "crit, empty", why: "RFC 7515 4.1.11: MUST NOT be empty", token: withHeader({ crit: [] }) },
		{ name: "b64", why: "RFC 7797 7: MUST NOT be used", token: withHeader({ crit: ["b64"], b64: false }) },
		{
			name: "b64 without crit",
			why: "RFC 7797 6: MUST be in crit",
			jose: "takes it where it is not in crit",
			token: withHeader({ b64: false }),
		},
		{
			name: "a logout token",
			why: "RFC 8725 3.11",
			jose: "asks for no type",
			token: withHeader({ typ: "logout+jwt" }),
		},
		{
			name: "typ as an array",
			why: "RFC 7515 4.1.9: a string",
			jose: "asks for no type",
			token: withHeader({ typ: ["JWT"] }),
		},
		{ name: "no exp", why: "a token must expire", token: token(without(accessClaims, "exp")) },
		{ name: "exp as text", why: "RFC 7519 2: a number", token: withClaims({ exp: `${seconds + 60}` }) },
		{ name: "exp null", why: "RFC 7519 2: a number", token: withClaims({ exp: null }) },
		{ name: "exp 1e300", why: "RFC 7519 2: no date", jose: "takes any number", token: withClaims({ exp: 1e300 }) },
		{
			name: "exp 1e400",
			why: "RFC 7519 2: no date",
			jose: "takes any number",
			token: token(JSON.stringify(accessClaims).replace(/"exp":\d+/, '"exp":1e400')),
		},
		{ name: "exp -1e300", why: "no date has it", token: withClaims({ exp: -1e300 }) },
		{ name: "not yet valid", why: "RFC 7519 4.1.5", token: withClaims({ nbf: seconds + 600 }) },
		{
			name: "not yet valid, by a second",
			why: "RFC 7519 4.1.5",
			token: withClaims({ nbf: seconds + 1 }),
			exact: true,
		},
		{
			name: "early beyond leeway",
			why: "RFC 7519 4.1.5",
			token: withClaims({ nbf: seconds + 600 }),
			settings: leeway,
		},
		{
			name: "early beyond leeway, by a second",
			why: "RFC 7519 4.1.5",
			token: withClaims({ nbf: seconds + 61 }),
			settings: leeway,
			exact: true,
		},
		{ name: "nbf as text", why: "RFC 7519 2: a number", token: withClaims({ nbf: "0" }) },
		{ name: "nbf 1e300", why: "no date has it", token: withClaims({ nbf: 1e300 }) },
		{ name: "iat as text", why: "RFC 7519 2: a number", token: withClaims({ iat: "0" }) },
		{ name: "iat 1e300", why: "RFC 7519 2: no date", jose: "takes any number", token: withClaims({ iat: 1e300 }) },
		{ name: "issuer with a slash", why: "RFC 7519 4.1.1: case and all", token: withClaims({ iss: `${issuer}/` }) },
		{ name: "issuer in an array", why: "RFC 7519 4.1.1: a string", token: withClaims({ iss: [issuer] }) },
		{ name: "no issuer", why: "RFC 8725 3.8", token: token(without(accessClaims, "iss")) },
		{ name: "another client", why: "RFC 8725 3.9", token: withClaims({ client_id: "client-2" }) },
		{
			name: "two clients in one text",
			why: "a client is one",
			token: withClaims({ client_id: "client-0 client-1" }),
		},
		{ name: "no client", why: "RFC 8725 3.9", token: token(without(accessClaims, "client_id")) },
		{
			name: "aud for client_id",
			why: "an access token has no aud",
			token: withClaims({ client_id: undefined, aud: "client-1" }),
		},
		{ name: "id for access", why: "an id token is for the client", token: token(idClaims) },
		{
			name: "access for id",
			why: "an access token tells of nobody",
			token: withClaims({ aud: "client-1" }),
			settings: idSettings,
		},
		{ name: "no token_use", why: "Cognito writes it", token: token(without(accessClaims, "token_use")) },
		{
			name: "access for id, without aud",
			why: "Cognito's access tokens have none",
			token: token(accessClaims),
			settings: idSettings,
		},
		{
			name: "no token_use for id",
			why: "Cognito writes it",
			token: token(without(idClaims, "token_use")),
			settings: idSettings,
		},
		{
			name: "another client's id token",
			why: "RFC 8725 3.9",
			token: token({ ...idClaims, aud: "client-2" }),
			settings: idSettings,
		},
		{
			name: "another client, forged",
			why: "RFC 8725 3.8",
			token: token({ ...accessClaims, client_id: "client-2" }, { kid: "rsa" }, "foreign"),
		},
		{
			name: "another audience, forged",
			why: "RFC 8725 3.8",
			token: token({ ...oidcClaims, aud: ["other"] }, { kid: "rsa" }, "foreign"),
			settings: oidcSettings,
		},
		{
			name: "not yet valid, forged",
			why: "RFC 8725 3.8",
			token: token({ ...accessClaims, nbf: seconds + 600 }, { kid: "rsa" }, "foreign"),
		},
		{
			name: "another audience",
			why: "RFC 7519 4.1.3",
			token: token({ ...oidcClaims, aud: ["other"] }),
			settings: oidcSettings,
		},
		{ name: "no audience", why: "RFC 8725 3.9", token: token(without(oidcClaims, "aud")), settings: oidcSettings },
		{
			name: "client_id for aud",
			why: "RFC 7519 4.1.3",
			token: token({ ...idClaims, aud: undefined, client_id: "client-1" }),
			settings: idSettings,
		},
		{
			name: "claims that are not UTF-8",
			why: "RFC 7519 7.2",
			jose: "reads them with replacements",
			token: token(
				Buffer.concat([
					Buffer.from(JSON.stringify(accessClaims).replace("}", ',"n":"')),
					Buffer.from([0xff]),
					Buffer.from('"}'),
				]),
			),
		},
		{ name: "over 8,192 characters", why: "a bound", jose: "has none", token: token(longest(accessClaims, 1)) },
		{ name: "padding", why: "RFC 7515 2: without", jose: "may read it", token: `${good}==` },
		{
			name: "a second text of the same bytes",
			why: "RFC 4648 3.5: bits of zero",
			jose: "may read it",
			token: sameBytes(good),
		},
	];
}

function expired({ seconds, withClaims }) {
	return [
		{ name: "expired", why: "RFC 7519 4.1.4: on or after", token: withClaims({ exp: seconds }) },
		{
			name: "expired beyond leeway",
			why: "RFC 7519 4.1.4",
			token: withClaims({ exp: seconds - 60 }),
			settings: leeway,
		},
		{ name: "long expired", why: "RFC 7519 4.1.4", token: withClaims({ exp: 0 }) },
	];
}

function insufficient({ accessClaims, oidcClaims, withClaims }) {
	return [
		{
			name: "one scope of two",
			why: "all are asked for",
			token: withClaims({ scope: "orders/read" }),
			settings: scopes,
		},
		{
			name: "a longer scope",
			why: "scopes are compared whole",
			token: withClaims({ scope: "orders/read orders/write2" }),
			settings: scopes,
		},
		{
			name: "scp as a number",
			why: "it is an array or text",
			token: token({ ...oidcClaims, scope: undefined, scp: 1 }),
			settings: { ...oidcSettings, "x-furl-scopes": "read" },
		},
		{ name: "no scope", why: "RFC 6750 3.1", token: token(without(accessClaims, "scope")), settings: scopes },
		{
			name: "another group",
			why: "one is asked for",
			token: withClaims({ "cognito:groups": ["staff"] }),
			settings: groups,
		},
		{
			name: "groups as text",
			why: "Cognito writes an array",
			token: withClaims({ "cognito:groups": "admins" }),
			settings: groups,
		},
		{
			name: "no group",
			why: "one is asked for",
			token: token(without(accessClaims, "cognito:groups")),
			settings: groups,
		},
	];
}

const without = (claims, name) => ({ ...claims, [name]: undefined });

// The last character of a signature of 256 bytes has 4 bits that stand for nothing.
function sameBytes(text) {
	const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	return text.slice(0, -1) + last[last.indexOf(text.at(-1)) + 1];
}

// Claims of the longest token with at most 8,192 characters, or so many characters longer ones.
function longest(claims, more = 0) {
	const room = 8192 - token(claims).length + encode(claims).length;
	const empty = JSON.stringify({ ...claims, n: "" }).length;
	return { ...claims, n: "a".repeat(Math.floor((room * 3) / 4) - empty + more) };
}
