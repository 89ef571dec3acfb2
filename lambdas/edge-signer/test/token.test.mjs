// The authorizer's judgement of the tokens of tokens.mjs, beside jose's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize } from "../authorizer.mjs";
import { customHeaders, encode, keyServer, now, seconds } from "./issuer.mjs";
import { isLetIn } from "./judge.mjs";
import { placementRows } from "./placements.mjs";
import { sentenceOf, sentences } from "./sentences.mjs";
import { tokenRows } from "./tokens.mjs";

const rows = tokenRows(seconds);

const form = "Send a token that this path's issuer has signed. This one's form or signature is wrong.";
const expiry = "Send a token that has not expired.";
const scopes = "Send a token with all scopes that this path asks for. This one lacks some.";
// The messages of other refusals, with the names of their rows.
const reasons = {
	"Send a token of this path's issuer. This one has another iss, or none.": [
		"issuer with a slash",
		"issuer in an array",
		"no issuer",
	],
	"Send a token of this path's issuer. It has no usable key with this one's kid.": [
		"an RSA key of 1,024 bits",
		"a key that has no parameters",
		"a key of a new kind",
		"the name of a property",
		"a key that nobody has",
		"another pool's key by its kid",
	],
	"Send an access token. This one has another token_use, or none.": ["id for access", "no token_use"],
	"Send an ID token. This one has another token_use, or none.": [
		"access for id",
		"access for id, without aud",
		"no token_use for id",
	],
	"Send a token for a client of this path. This one has another client_id, or none.": [
		"another client",
		"two clients in one text",
		"no client",
		"aud for client_id",
	],
	"Send a token for an audience of this path. This one has another aud, or none.": [
		"another audience",
		"no audience",
		"another client's id token",
		"client_id for aud",
	],
	"Send a token that is valid already. This one's nbf is in the future.": [
		"not yet valid",
		"not yet valid, by a second",
		"early beyond leeway",
		"early beyond leeway, by a second",
		"nbf 1e300",
	],
	"Send a token of a user in one of this path's groups. This one names none of them.": [
		"another group",
		"groups as text",
		"no group",
	],
};

function messageOf(code, name) {
	const [reason] = Object.entries(reasons).find(([, names]) => names.includes(name)) ?? [];
	return reason ?? { InvalidToken: form, ExpiredToken: expiry, InsufficientScope: scopes }[code];
}

for (const { code, name, why, token, settings, jose } of rows) {
	test(`${code}: ${name} (${why})`, async () => {
		const request = { method: "GET", headers: { authorization: [{ value: `Bearer ${token}` }] } };
		// Keys are kept by URL, and no row may find those of another.
		const own = { ...settings, "x-furl-jwks-uri": `https://keys.example/${encode(name)}` };
		const denied = await authorize(request, customHeaders(own), now, keyServer().fetch);
		assert.equal(denied?.code ?? "passed", code);
		assert.equal(denied?.message, messageOf(code, name));
		if (!jose) assert.equal(await isLetIn(token, settings, now), code === "passed", "jose's judgement");
	});
}

test("an RFC that a row without jose's judgement names has its sentence", () => {
	const judgedByWords = [...rows.filter(({ jose }) => jose), ...placementRows(rows[0].token)];
	const named = judgedByWords.filter(({ why }) => why.startsWith("RFC "));
	for (const { name, why } of named) assert.ok(sentenceOf(why), `${name}: ${why}`);
	for (const section in sentences) {
		assert.ok(
			named.some(({ why }) => why.split(":")[0] === section),
			`no row needs ${section}`,
		);
	}
});

test("a message is that of rows that are there", () => {
	const names = rows.map(({ name }) => name);
	for (const name of Object.values(reasons).flat()) assert.ok(names.includes(name), name);
});

test("no two rows have one name", () => {
	const names = [...rows, ...placementRows("")].map(({ name }) => name);
	assert.deepEqual([...new Set(names)], names);
});
