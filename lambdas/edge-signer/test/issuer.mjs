// An issuer with keys of every kind. It signs anything, so that a test can make tokens that no issuer would.

import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { EventEmitter } from "node:events";

export const issuer = "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Example01";
export const now = Date.UTC(2026, 10, 22, 10, 20, 30);
export const seconds = now / 1000;

const rsa = (modulusLength) => generateKeyPairSync("rsa", { modulusLength });
const ec = (namedCurve) => generateKeyPairSync("ec", { namedCurve });
const pairs = {
	rsa: rsa(2048),
	bare: rsa(2048), // has no "alg", as Entra's keys
	short: rsa(1024),
	encryption: rsa(2048),
	p256: ec("P-256"),
	p384: ec("P-384"),
	p521: ec("P-521"),
	bareP384: ec("P-384"),
	ed25519: generateKeyPairSync("ed25519"),
	nameless: rsa(2048), // has no "kid"
	// Not published.
	foreign: rsa(2048),
};
const algorithms = { rsa: "RS256", short: "RS256", p256: "ES256", p384: "ES384", p521: "ES512", ed25519: "EdDSA" };

function published([kid, { publicKey }]) {
	const jwk = { ...publicKey.export({ format: "jwk" }), kid };
	if (kid === "nameless") return { ...jwk, kid: undefined };
	if (kid === "encryption") return { ...jwk, use: "enc" };
	return algorithms[kid] ? { ...jwk, alg: algorithms[kid], use: "sig" } : jwk;
}

/** The issuer's keys. One is of a kind that is not understood, and one has no parameters. */
export const jwks = {
	keys: [
		{ kty: "AKP", kid: "quantum", alg: "ML-DSA-44", pub: "AAAA" },
		{ kty: "RSA", kid: "empty" },
		...Object.entries(pairs)
			.filter(([kid]) => kid !== "foreign")
			.map(published),
	],
};

/** The key of most tokens, "rsa". */
export const rsaPublicKey = pairs.rsa.publicKey;
/** The public keys' texts, as an attacker has them. */
export const publicPem = rsaPublicKey.export({ type: "spki", format: "pem" });
export const foreignJwk = pairs.foreign.publicKey.export({ format: "jwk" });

/** Answers with the issuer's keys, and counts. */
export function keyServer(answer = () => Buffer.from(JSON.stringify(jwks))) {
	const server = {
		count: 0,
		fetch: async (uri) => {
			server.count++;
			return answer(uri);
		},
	};
	return server;
}

/**
 * Answers each GET by node:https with the issuer's keys.
 *
 * @param {string[]} asked gets the URIs
 * @returns {() => void} ends that
 */
export function answerHttps(asked) {
	const https = process.getBuiltinModule("node:https");
	const { get } = https;
	https.get = (uri, _, listen) => {
		asked.push(uri);
		setImmediate(listen, Object.assign([Buffer.from(JSON.stringify(jwks))], { statusCode: 200 }));
		return new EventEmitter();
	};
	return () => {
		https.get = get;
	};
}

/** The claims of good tokens by their kind, made at a time in seconds. */
export function claimsAt(time) {
	const common = {
		iss: issuer,
		sub: "5d2b1c9e",
		"cognito:groups": ["staff", "admins"],
		iat: time - 60,
		exp: time + 3600,
	};
	const scope = "orders/read orders/write openid";
	return {
		accessClaims: { ...common, client_id: "client-1", token_use: "access", scope },
		idClaims: { ...common, token_use: "id", aud: "client-1" },
		// Another issuer's.
		oidcClaims: { ...common, aud: ["https://api.example.com", "other"], scope: "read write" },
	};
}

export const { accessClaims, idClaims, oidcClaims } = claimsAt(seconds);

export const encode = (part) =>
	Buffer.from(typeof part === "string" || Buffer.isBuffer(part) ? part : JSON.stringify(part)).toString("base64url");

/** A token with any header and claims (objects, or text or bytes as they are), signed with the key of that name. */
export function token(claims = accessClaims, header = {}, key = "rsa") {
	const full =
		typeof header === "string" ? header : { alg: algorithms[key] ?? "RS256", kid: key, typ: "JWT", ...header };
	const input = `${encode(full)}.${encode(claims)}`;
	return `${input}.${signature(input, full.alg, key).toString("base64url")}`;
}

// An algorithm that the key cannot do is taken for SHA-256.
function signature(input, alg, key) {
	const digest = { 3: "sha384", 5: "sha512" }[alg?.[2]] ?? "sha256";
	const { privateKey } = pairs[key];
	if (key === "ed25519") return sign(null, Buffer.from(input), privateKey);
	return sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
}

/** A token whose signature is an HMAC. */
export function hmacToken(secret, claims) {
	const input = `${encode({ alg: "HS256", kid: "rsa" })}.${encode(claims)}`;
	return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

/** An origin's custom headers, in the event's form: {"x-furl-issuer": [{ key, value }]}. */
export function customHeaders(settings) {
	const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries.map(([key, value]) => [key, [{ key, value }]]));
}

export const accessSettings = {
	"x-furl-issuer": issuer,
	"x-furl-jwks-uri": `${issuer}/.well-known/jwks.json`,
	"x-furl-token-use": "access",
	"x-furl-audience": "client-0 client-1",
};
export const idSettings = { ...accessSettings, "x-furl-token-use": "id" };
export const oidcSettings = {
	"x-furl-issuer": issuer,
	"x-furl-jwks-uri": `${issuer}/keys`,
	"x-furl-audience": "https://api.example.com",
};
