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

for (const { code, name, why, token, settings, jose } of rows) {
	test(`${code}: ${name} (${why})`, async () => {
		const request = { method: "GET", headers: { authorization: [{ value: `Bearer ${token}` }] } };
		// Keys are kept by URL, and no row may find those of another.
		const own = { ...settings, "x-furl-jwks-uri": `https://keys.example/${encode(name)}` };
		const denied = await authorize(request, customHeaders(own), now, keyServer().fetch);
		assert.equal(denied?.code ?? "passed", code);
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

test("no two rows have one name", () => {
	const names = [...rows, ...placementRows("")].map(({ name }) => name);
	assert.deepEqual([...new Set(names)], names);
});
