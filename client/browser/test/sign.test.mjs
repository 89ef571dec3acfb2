import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Random } from "../../../lambdas/edge-signer/test/random_source.mjs";
import { decodedBytes, decodedPairs } from "../../../lambdas/edge-signer/test/wire.mjs";
import { assertSigned, credentials, failure, functionUrl, newClient, Server, sha256, stopClock } from "./harness.mjs";

const bytes = new Uint8Array([0x00, 0xff, 0xfe, 0x80, 0x61]);

test("a signed request", async (t) => {
	stopClock(t);
	const client = newClient(t, new Server());
	const { request, canonicalRequest } = await client.sign("/reports?year=2026&b", { body: "日本" });
	assert.equal(request.method, "POST");
	assert.equal(request.url, `${functionUrl}reports?year=2026&b=`);
	assert.equal(await request.clone().text(), "日本");
	const { authorization, ...headers } = Object.fromEntries(request.headers);
	assert.deepEqual(headers, {
		"content-type": "text/plain;charset=UTF-8",
		"x-amz-content-sha256": sha256("日本"),
		"x-amz-date": "20261122T102030Z",
		"x-amz-security-token": credentials.sessionToken,
	});
	const scope = "20261122/eu-west-1/lambda/aws4_request";
	const signed = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
	const credential = `Credential=${credentials.accessKeyId}/${scope}`;
	const begin = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=`;
	assert.ok(authorization.startsWith(begin), authorization);
	assert.equal(
		canonicalRequest,
		[
			"POST",
			"/reports",
			"b=&year=2026",
			"host:abc123.lambda-url.eu-west-1.on.aws",
			`x-amz-content-sha256:${sha256("日本")}`,
			"x-amz-date:20261122T102030Z",
			`x-amz-security-token:${credentials.sessionToken}`,
			"",
			signed,
			sha256("日本"),
		].join("\n"),
	);
	const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
	const key = scope.split("/").reduce(hmac, `AWS4${credentials.secretAccessKey}`);
	const text = `AWS4-HMAC-SHA256\n20261122T102030Z\n${scope}\n${sha256(canonicalRequest)}`;
	assert.equal(authorization.slice(begin.length), hmac(key, text).toString("hex"));
	await assertSigned(request);
});

test("body", async (t) => {
	const client = newClient(t, new Server());
	const form = "application/x-www-form-urlencoded;charset=UTF-8";
	const text = "text/plain;charset=UTF-8";
	const rows = [
		{ name: "none", body: undefined, method: "GET", sent: "", type: null, why: "a GET, unless it is told" },
		{ name: "null", body: null, method: "GET", sent: "", type: null, why: "as for fetch" },
		{ name: "empty string", body: "", sent: "", type: text, why: "a body none the less" },
		{ name: "string", body: "日本", sent: "日本", type: text, why: "UTF-8" },
		{
			name: "Blob",
			body: new Blob([bytes], { type: "image/png" }),
			sent: bytes,
			type: "image/png",
			why: "its own type",
		},
		{ name: "Blob without type", body: new Blob([bytes]), sent: bytes, type: null, why: "nothing is known of it" },
		{ name: "ArrayBuffer", body: bytes.buffer, sent: bytes, type: null, why: "nothing is known of it" },
		{
			name: "view",
			body: bytes.subarray(1, 3),
			sent: bytes.slice(1, 3),
			type: null,
			why: "not the buffer it is of",
		},
		{ name: "DataView", body: new DataView(bytes.buffer, 2), sent: bytes.slice(2), type: null, why: "a view too" },
		{
			name: "URLSearchParams",
			body: new URLSearchParams({ a: "b c&" }),
			sent: "a=b+c%26",
			type: form,
			why: "a form",
		},
	];
	for (const { name, body, method = "POST", sent, type, why } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const { request } = await client.sign("/", { body });
			assert.equal(request.method, method);
			assert.deepEqual(Buffer.from(await request.clone().arrayBuffer()), Buffer.from(sent));
			assert.equal(request.headers.get("x-amz-content-sha256"), sha256(sent));
			assert.equal(request.headers.get("content-type"), type);
			await assertSigned(request);
		});
	}
});

test("body refused", async (t) => {
	const kinds = /^the body must be a string, Blob, .* stream or form .* shared memory, .* JSON$/;
	const shared = new SharedArrayBuffer(1);
	const resizable = new ArrayBuffer(1, { maxByteLength: 2 });
	const rows = [
		{ name: "stream", body: new Blob([bytes]).stream(), says: kinds, why: "its hash is not known before" },
		{ name: "FormData", body: new FormData(), says: kinds, why: "its boundary is not known before" },
		{ name: "object", body: { a: 1 }, says: kinds, why: "fetch would send [object Object]" },
		{ name: "array", body: [97], says: kinds, why: "fetch would send its text" },
		{ name: "number", body: 0, says: kinds, why: "fetch would send its text" },
		{ name: "false", body: false, says: kinds, why: "fetch would send its text" },
		{ name: "symbol", body: Symbol(credentials.sessionToken), says: kinds, why: "it has no text" },
		{ name: "shared memory", body: shared, says: kinds, why: "fetch would send [object SharedArrayBuffer]" },
		{ name: "view of it", body: new Uint8Array(shared), says: kinds, why: "it may change meanwhile" },
		{ name: "resizable buffer", body: resizable, says: /copy a resizable buffer/, why: "fetch refuses it" },
		{ name: "GET with a body", body: "a", method: "GET", says: /GET/, why: "fetch has none" },
		{ name: "HEAD with a body", body: "", method: "HEAD", says: /HEAD/, why: "even an empty one" },
	];
	for (const { name, body, method, says, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const server = new Server();
			const { message } = await failure(newClient(t, server).fetch("/", { method, body }), "BadRequest");
			assert.match(message, says);
			assert.equal(server.calls.length, 0);
		});
	}
	await t.test("file that changed once chosen: it cannot be read", async (t) => {
		const folder = mkdtempSync(join(tmpdir(), "furl-browser-"));
		t.after(() => rmSync(folder, { recursive: true }));
		const path = join(folder, "file");
		writeFileSync(path, "a");
		const body = await openAsBlob(path);
		writeFileSync(path, "ab");
		const server = new Server();
		const { message, cause } = await failure(newClient(t, server).fetch("/", { body }), "BadRequest");
		assert.match(message, /^the body could not be read: choose a file again/);
		assert.equal(cause.name, "NotReadableError");
		assert.deepEqual([server.grants.length, server.calls.length], [0, 0]);
	});
});

test("method", async (t) => {
	const client = newClient(t, new Server());
	const rows = [
		{ name: "PUT", method: "PUT", signed: "PUT", why: "as told" },
		{ name: "post", method: "post", signed: "POST", why: "Request changes it too" },
		{
			name: "patch",
			method: "patch",
			signed: "PATCH",
			why: "Request leaves it, and would send what is not signed",
		},
	];
	for (const { name, method, signed, why } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const { request } = await client.sign("/", { method });
			assert.equal(request.method, signed);
			await assertSigned(request);
		});
	}
	for (const method of ["TRACE", "CONNECT", "A B", ""]) {
		await t.test(`${method} refused: fetch has no such method`, async () => {
			assert.match((await failure(client.sign("/", { method }), "BadRequest")).message, /check the method/);
		});
	}
});

test("headers of one's own are kept, and not signed", async (t) => {
	const client = newClient(t, new Server());
	const own = { "Content-Type": "application/json", "X-Custom": "a  b", "x-amzn-trace-id": "Root=1" };
	for (const headers of [own, new Headers(own), Object.entries(own)]) {
		const { request } = await client.sign("/", { body: "{}", headers });
		for (const [name, value] of Object.entries(own)) assert.equal(request.headers.get(name), value);
		const signed = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
		assert.ok(request.headers.get("authorization").includes(`SignedHeaders=${signed}, `));
		await assertSigned(request);
	}
});

test("headers refused", async (t) => {
	const names = ["X-Forwarded-Authorization", "X-Forwarded-Host", "Host", "X-Amz-Date", "x-amz-content-sha256"];
	for (const name of [...names, "x-amz-security-token", "x-amz-meta"]) {
		await t.test(`${name}: not the page's to set`, async (t) => {
			const server = new Server();
			const call = newClient(t, server).fetch("/", { headers: { [name]: credentials.sessionToken } });
			assert.ok((await failure(call, "BadRequest")).message.includes(name.toLowerCase()));
			assert.deepEqual([server.grants.length, server.calls.length], [0, 0]);
		});
	}
	await t.test("a line break: fetch's own error would quote the value", async (t) => {
		const headers = { "x-token": `${credentials.sessionToken}\r\na: b` };
		await failure(newClient(t, new Server()).fetch("/", { headers }), "BadRequest");
	});
});

test("a page that is not secure is told so", async (t) => {
	t.mock.getter(Crypto.prototype, "subtle", () => undefined); // as browsers have it there
	const server = new Server();
	assert.match((await failure(newClient(t, server).fetch("/"), "BadRequest")).message, /by https/);
	assert.equal(server.grants.length, 0);
});

// Hostile requests that the module accepts. The seed is another one each time.
test("random requests agree with @smithy/signature-v4 and keep their meaning", async (t) => {
	const seed = Date.now() % 1_000_000;
	const random = new Random(seed);
	const client = newClient(t, new Server());
	for (let i = 0; i < 500; i++) {
		const [path, query] = [randomPath(random), randomQuery(random)];
		const init = randomInit(random);
		try {
			const { request } = await client.sign(path + query, init);
			const { pathname, search, hash } = new URL(request.url);
			assert.equal(decodedBytes(pathname), decodedBytes(path));
			assert.deepEqual(decodedPairs(search.slice(1)), decodedPairs(query.slice(1)));
			assert.match(pathname, /^\/([\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/);
			assert.match(search, /^(\?([\w.~&=-]|%[0-9A-F]{2})+)?$/);
			assert.equal(hash, "");
			assert.equal(request.method, init.method);
			assert.deepEqual(Buffer.from(await request.clone().arrayBuffer()), Buffer.from(init.body ?? ""));
			await assertSigned(request);
		} catch (error) {
			throw new Error(`seed ${seed}, request ${i}: ${JSON.stringify({ path, query, init })}`, { cause: error });
		}
	}
});

// No two of them make a dot segment, or an escape that is not UTF-8.
const parts = [..."gZ0-_~!'()*[]{}<>^`|$,;:@ é日\u0001\t\n\u007f\ufeff"].concat(
	["g.", "%", "%zz", "%2", "%u00e9", "%20", "%25", "%2b", "%2F", "%252e", "%C3%A9", "%c3%a9", "%41", "%00", "𝒳"],
	["%EF%BB%BF", "%E6%97%A5", "%27", "%0A", '"'],
);
const pathParts = parts.concat("&", "=", "+", "%ff", "/s");
const queryParts = parts.concat("+", "/", "?", "\\", "%3D", "%26", "%23", "%5c");
const names = ["a", "b", "a-b", "A", "ids[]", "é", "!'()*", "a%20b", "a+b", "%61", "constructor", "x-amzn", "🙂"];

function randomPath(random) {
	return `/s${random.parts(pathParts, 8)}t${random.chance(0.3) ? "/" : ""}`;
}

function randomQuery(random) {
	const pairs = Array.from({ length: random.upTo(7) }, () => {
		const name = random.chance(0.7) ? random.pick(names) : `n${random.parts(queryParts, 3)}`;
		return random.chance(0.2) ? random.pick(["", name, `${name}=`]) : `${name}=${random.parts(queryParts, 5)}=`;
	});
	return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

function randomInit(random) {
	if (random.chance(0.5)) return { method: random.pick(["GET", "HEAD", "POST", "DELETE", "OPTIONS"]) };
	const method = random.pick(["POST", "PUT", "PATCH", "DELETE"]);
	return { method, body: random.bytes(random.upTo(600)), headers: { "content-type": "a/b", accept: "*/*" } };
}
