// AWS's signing test suite, each intermediate on its own. The vectors are data that stays outside this repository.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeQuery } from "../request.mjs";
import {
	amzDate,
	authorization,
	canonicalHeaders,
	canonicalRequest,
	sha256,
	signature,
	stringToSign,
} from "../sigv4.mjs";

const repositoryRoot = fileURLToPath(new URL("../../../", import.meta.url));
const folder = process.env.SIGV4_VECTORS ?? join(repositoryRoot, "../shared/sigv4-vectors");
const present = existsSync(folder);
const mayBeAbsent = process.env.CI !== "true";
if (!present) console.error(`SKIPPED: no SigV4 vectors in ${folder}; set SIGV4_VECTORS to their folder`);

test("SigV4 vectors", { skip: !present && mayBeAbsent && "no vectors folder" }, async (t) => {
	// The others are for S3-style services, which do not normalise the path.
	const cases = readdirSync(folder, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => ({ name, context: JSON.parse(read(name, "context.json")) }))
		.filter(({ context }) => context.normalize);
	assert.equal(cases.length, 32);

	for (const { name, context } of cases) {
		await t.test(name, () => {
			const { request, signing } = prepare(parseRequest(read(name, "request.txt")), context);
			const expected = read(name, "header-signature.txt").trim();
			assert.equal(canonicalRequest(request), read(name, "header-canonical-request.txt").trimEnd());
			assert.equal(stringToSign(request, signing), read(name, "header-string-to-sign.txt").trimEnd());
			assert.equal(signature(request, signing), expected);
			assert.equal(authorization(request, signing).split("Signature=")[1], expected);
		});
	}
});

function read(name, file) {
	return readFileSync(join(folder, name, file), "utf8");
}

// Method and path stand between the first and the last space, since one case has a raw space in its path. A line that starts with white space continues the header before it.
function parseRequest(text) {
	const [head, body = ""] = text.split(/\n\n(.*)/s);
	const [requestLine, ...lines] = head.trimEnd().split(/\n(?![ \t])/);
	const [, method, target] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine);
	const [path, query = ""] = target.split(/\?(.*)/s);
	const headers = lines.map((line) => line.split(/:(.*)/s).slice(0, 2));
	return { method, path, query, headers, body };
}

function prepare({ method, path, query, headers, body }, context) {
	const { access_key_id, secret_access_key, token } = context.credentials;
	const date = amzDate(new Date(context.timestamp));
	const payloadHash = sha256(body);
	const added = [["X-Amz-Date", date]];
	if (context.sign_body) added.push(["X-Amz-Content-Sha256", payloadHash]);
	if (token && !context.omit_session_token) added.push(["X-Amz-Security-Token", token]);
	const given = headers.filter(([name]) => name !== "X-Amz-Date");
	return {
		request: { method, path, query: encodeQuery(query), headers: canonicalHeaders([...given, ...added]), payloadHash },
		signing: {
			credentials: { accessKeyId: access_key_id, secretAccessKey: secret_access_key },
			date,
			region: context.region,
			service: context.service,
		},
	};
}
