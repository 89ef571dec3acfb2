// The signer as EdgeSigner ships it where AuthorizationHeader is set. Then EdgeSigner writes another config.mjs.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { credentials, readRequest } from "./events.mjs";

const folder = mkdtempSync(join(tmpdir(), "furl-edge-signer-"));
after(() => rmSync(folder, { recursive: true }));

async function signerWith(authorizationHeader) {
	const own = mkdtempSync(join(folder, "asset-"));
	for (const module of ["index.mjs", "sigv4.mjs"])
		copyFileSync(new URL(`../${module}`, import.meta.url), join(own, module));
	writeFileSync(
		join(own, "config.mjs"),
		`export const authorizationHeader = ${JSON.stringify(authorizationHeader)};\n`,
	);
	return import(pathToFileURL(join(own, "index.mjs")));
}

const forged = { "x-forwarded-authorization": "forged", "x-token": "forged" };
for (const [name, header, sent, want] of [
	["another name", "x-token", { authorization: "Bearer t", ...forged }, { "x-token": "Bearer t" }],
	["another name, and nothing to pass on", "x-token", forged, {}],
	["dropped", "", { authorization: "Bearer t", ...forged }, { "x-token": "forged" }], // a name like any other then
	[
		"the default",
		"x-forwarded-authorization",
		{ authorization: "Bearer t", ...forged },
		{ "x-forwarded-authorization": "Bearer t", "x-token": "forged" },
	],
]) {
	test(`the viewer's authorization: ${name}`, async () => {
		const { signRequest } = await signerWith(header);
		const plain = signRequest(readRequest("get"), credentials, new Date());
		const signed = signRequest(readRequest("get", {}, sent), credentials, new Date());
		assert.match(signed.headers.authorization[0].value, /^AWS4-HMAC-SHA256 /);
		const added = Object.keys(signed.headers).filter((name) => !(name in plain.headers));
		assert.deepEqual(Object.fromEntries(added.map((name) => [name, signed.headers[name][0].value])), want);
	});
}
