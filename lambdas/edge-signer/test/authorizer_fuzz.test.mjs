// Random settings and random tokens. Nothing is thrown. A request passes only if jose lets its token in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize } from "../authorizer.mjs";
import {
	accessClaims,
	accessSettings,
	customHeaders,
	foreignJwk,
	idClaims,
	idSettings,
	issuer,
	jwks,
	keyServer,
	now,
	oidcClaims,
	oidcSettings,
	seconds,
	token,
} from "./issuer.mjs";
import { isLetIn } from "./judge.mjs";
import { Random } from "./random_source.mjs";

const kinds = [
	{ claims: accessClaims, settings: accessSettings },
	{ claims: idClaims, settings: idSettings },
	{ claims: oidcClaims, settings: oidcSettings },
];
const texts = [
	"",
	"a",
	"access",
	"id",
	"read",
	"client-1",
	"client-0 client-1",
	issuer,
	`${issuer}/`,
	"日本",
	"\ud800",
];
const numbers = [0, -1, 1, seconds, seconds - 1, seconds + 1, seconds - 300, seconds + 300, 1e12, 1e300, -1e300, 0.5];
const values = [...texts, ...numbers, null, true, [], {}, ["a"], ["client-1"], ["read", "admins"], [["a"]], [null]];
const claimNames = [
	"iss",
	"sub",
	"aud",
	"client_id",
	"token_use",
	"scope",
	"scp",
	"cognito:groups",
	"iat",
	"exp",
	"nbf",
];
const headerNames = ["alg", "kid", "typ", "crit", "b64", "jku", "jwk", "x5c", "cty", "zip", "enc", "__proto__"];
const headerValues = [
	...values,
	"RS256",
	"RS512",
	"ES256",
	"ES384",
	"EdDSA",
	"none",
	"HS256",
	"JWT",
	"at+jwt",
	foreignJwk,
];
const keyNames = [...jwks.keys.map(({ kid }) => kid).filter((kid) => !["quantum", "empty"].includes(kid)), "foreign"];
const settingValues = [
	"",
	"a",
	"a b",
	"read",
	"admins",
	"staff admins",
	"0",
	"60",
	"300",
	"301",
	"https://a.example",
	"*",
	"é",
];
const settingNames = ["issuer", "jwks-uri", "token-use", "audience", "scopes", "groups", "leeway", "resource-metadata"];

function changed(random, object, names, pool, times) {
	const copy = { ...object };
	for (let i = random.upTo(times + 1); i > 0; i--) copy[random.pick(names)] = random.pick([...pool, undefined]);
	return copy;
}

function randomToken(random, kind) {
	const key = random.chance(0.4) ? "rsa" : random.pick(keyNames);
	const header = random.chance(0.5) ? {} : changed(random, {}, headerNames, headerValues, 2);
	const claims = changed(random, kind.claims, claimNames, values, 2);
	if (random.chance(0.1)) claims.exp = seconds - 1;
	const made = token(claims, header, key);
	if (random.chance(0.8)) return made;
	const at = random.upTo(made.length);
	return made.slice(0, at) + random.pick(["", "A", "_", ".", "=", " ", "é", "%"]) + made.slice(at + random.upTo(3));
}

function randomSettings(random, kind) {
	const names = settingNames.map((name) => `x-furl-${name}`);
	const settings = changed(random, kind.settings, names, settingValues, random.chance(0.7) ? 0 : 3);
	if (random.chance(0.2)) settings["x-furl-scopes"] = random.pick(["read", "orders/read", "admin"]);
	return settings;
}

test("a random token passes only if a second judge lets it in", async () => {
	const seed = Date.now() % 1_000_000;
	const random = new Random(seed);
	const counts = {};
	const count = process.env.SHORT ? 600 : 3000; // make check sets SHORT
	for (let i = 0; i < count; i++) {
		const kind = random.pick(kinds);
		const settings = randomSettings(random, random.chance(0.9) ? kind : random.pick(kinds));
		// Spaces before a token are the header's (RFC 9110, section 11.4), so the second judge would not see them.
		const sent = randomToken(random, kind).trimStart();
		const request = { method: "GET", headers: { authorization: [{ value: `Bearer ${sent}` }] } };
		const told = `seed ${seed}, ${i}: ${JSON.stringify(settings)} ${sent}`;
		// An unknown key id is asked for once by URL.
		if (settings["x-furl-jwks-uri"]?.startsWith(issuer)) {
			settings["x-furl-jwks-uri"] = `https://keys.example/${Math.floor(i / 100)}`;
		}
		const headers = customHeaders(settings);
		let outcome;
		try {
			outcome = (await authorize(request, headers, now, keyServer().fetch))?.code ?? "passed";
		} catch (error) {
			throw new Error(told, { cause: error });
		}
		counts[outcome] = (counts[outcome] ?? 0) + 1;
		if (outcome === "passed") assert.ok(await isLetIn(sent, settings, now), told);
	}
	for (const code of ["passed", "InvalidToken", "ExpiredToken", "InsufficientScope", "BrokenAuthorizer"]) {
		assert.ok(counts[code] > 0, `seed ${seed}: nothing came out as ${code}: ${JSON.stringify(counts)}`);
	}
});
