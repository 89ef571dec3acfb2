// AWS's signing test suite, each intermediate on its own. The vectors are data that stays outside this repository.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { encodePath, encodeQuery } from "../index.mjs";
import * as sigv4 from "../sigv4.mjs";

const repositoryRoot = fileURLToPath(new URL("../../../", import.meta.url));
const folder = process.env.SIGV4_VECTORS ?? join(repositoryRoot, "../shared/sigv4-vectors");
const present = existsSync(folder);
const mayBeAbsent = process.env.CI !== "true";
if (!present) console.error(`SKIPPED: no SigV4 vectors in ${folder}; set SIGV4_VECTORS to their folder`);

test("SigV4 vectors", { skip: !present && mayBeAbsent && "no vectors folder" }, async (t) => {
	const cases = readdirSync(folder, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => ({ name, context: JSON.parse(read(name, "context.json")) }))
		.filter(({ context }) => context.normalize);
	assert.equal(cases.length, 32);

	for (const { name, context } of cases) {
		await t.test(name, () => {
			const request = parseRequest(read(name, "request.txt"));
			const { canonical, date, scope, key } = prepare(request, context);
			const text = sigv4.stringToSign(date, scope, canonical);
			const expected = read(name, "header-signature.txt").trim();
			assert.equal(canonical, read(name, "header-canonical-request.txt").trimEnd());
			assert.equal(text, read(name, "header-string-to-sign.txt").trimEnd());
			assert.equal(sigv4.signature(key, text), expected);
			const value = sigv4.authorization(
				context.credentials.access_key_id,
				scope,
				"host",
				sigv4.signature(key, text),
			);
			assert.equal(value.split("Signature=")[1], expected);
		});
	}
});

function read(name, file) {
	return readFileSync(join(folder, name, file), "utf8");
}

// Method and path stand between the first and the last space, since one case has a raw space in its path. A line that
// starts with white space continues the header before it.
function parseRequest(text) {
	const [head, body = ""] = text.split(/\n\n(.*)/s);
	const [requestLine, ...lines] = head.trimEnd().split(/\n(?![ \t])/);
	const [, method, target] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine);
	const [path, query = ""] = target.split(/\?(.*)/s);
	const headers = lines.map((line) => line.split(/:(.*)/s).slice(0, 2));
	return { method, path, query, headers, body };
}

function prepare({ method, path, query, headers, body }, context) {
	const { access_key_id: _, secret_access_key, token } = context.credentials;
	const time = new Date(context.timestamp);
	const day = sigv4.day(time);
	const date = sigv4.amzDate(day, time);
	const payloadHash = sigv4.sha256(body);
	const added = [["X-Amz-Date", date]];
	if (context.sign_body) added.push(["X-Amz-Content-Sha256", payloadHash]);
	if (token && !context.omit_session_token) added.push(["X-Amz-Security-Token", token]);
	const sent = canonicalHeaders([...headers.filter(([name]) => name !== "X-Amz-Date"), ...added]);
	const lines = sent.map(([name, value]) => `${name}:${value}\n`).join("");
	const names = sent.map(([name]) => name).join(";");
	const scope = sigv4.scope(day, context.region, context.service);
	return {
		canonical: sigv4.canonicalRequest(method, acceptable(path), encodeQuery(query), lines, names, payloadHash),
		date,
		scope,
		key: sigv4.signingKey(secret_access_key, scope),
	};
}

// The signer refuses the paths that the vectors normalise. It encodes the characters that the vectors have raw.
function acceptable(path) {
	const normal = normalised(path);
	if (normal === path) return path;
	assert.throws(() => encodePath(path), { code: "AmbiguousPath" });
	return normal;
}

function normalised(path) {
	const segments = [];
	for (const segment of path.split("/")) {
		if (segment === "..") segments.pop();
		else if (segment !== "" && segment !== ".") segments.push(segment);
	}
	return `/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

// The signer's own four headers need none of this. Their names are sorted as they stand, and their values have no
// white space.
function canonicalHeaders(headers) {
	const values = new Map();
	for (const [name, value] of headers) {
		const key = name.toLowerCase();
		const trimmed = value.trim().replace(/\s+/g, " ");
		values.set(key, values.has(key) ? `${values.get(key)},${trimmed}` : trimmed);
	}
	return [...values].sort(([a], [b]) => (a < b ? -1 : 1));
}
