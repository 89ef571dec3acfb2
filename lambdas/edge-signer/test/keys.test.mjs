// When the issuer is asked for its keys, and how.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get as getByHttp } from "node:http";
import { test } from "node:test";
import { Denied } from "../authorizer_denial.mjs";
import { fetchKeys, keySetOf } from "../keys.mjs";
import { jwks, keyServer, now } from "./issuer.mjs";

const hour = 3_600_000;
let sets = 0;
const freshSet = () => keySetOf(`https://keys.example/${sets++}`);
const unreachable = () => {
	throw new Error("unreachable");
};

async function assertUnavailable(found, retryAfter) {
	await assert.rejects(found, (error) => {
		assert.ok(error instanceof Denied, error.stack);
		assert.deepEqual([error.status, error.code, error.retryAfter], [503, "KeysUnavailable", retryAfter]);
		return true;
	});
}

test("keys are kept for an hour", async () => {
	const set = freshSet();
	const server = keyServer();
	for (const at of [now, now + 1, now + hour - 1]) assert.ok(await set.find("rsa", at, server.fetch));
	assert.equal(server.count, 1);
	assert.ok(await set.find("rsa", now + hour, server.fetch));
	assert.equal(server.count, 2);
});

test("requests at the same time share one answer", async () => {
	const set = freshSet();
	const server = keyServer();
	const found = await Promise.all(["rsa", "p256", "unknown"].map((kid) => set.find(kid, now, server.fetch)));
	assert.deepEqual(found.map(Boolean), [true, true, false]);
	assert.equal(server.count, 1);
});

test("1,000 unknown key ids ask once in ten seconds", async () => {
	const set = freshSet();
	const server = keyServer();
	assert.ok(await set.find("rsa", now, server.fetch));
	for (let n = 0; n < 1000; n++) await assertUnavailable(set.find(`unknown-${n}`, now + 4500, server.fetch), 6);
	assert.equal(server.count, 1);
	assert.equal(await set.find("unknown", now + 10_000, server.fetch), undefined);
	assert.equal(server.count, 2);
	await assertUnavailable(set.find("unknown", now + 10_001, server.fetch), 10);
	assert.ok(await set.find("rsa", now + 10_001, server.fetch));
	assert.equal(server.count, 2);
});

test("a key that is rotated in is found, and one that is rotated out is not", async () => {
	const set = freshSet();
	const only = (...kids) => Buffer.from(JSON.stringify({ keys: jwks.keys.filter(({ kid }) => kids.includes(kid)) }));
	assert.ok(await set.find("rsa", now, async () => only("rsa")));
	assert.ok(await set.find("p256", now + 10_000, async () => only("p256")));
	assert.equal(await set.find("rsa", now + 20_000, async () => only("p256")), undefined);
});

test("known keys go on while the issuer does not answer", async () => {
	const set = freshSet();
	const down = keyServer(unreachable);
	assert.ok(await set.find("rsa", now, keyServer().fetch));
	for (const later of [0, 1, 9999]) assert.ok(await set.find("rsa", now + hour + later, down.fetch));
	assert.equal(down.count, 1);
	await assertUnavailable(set.find("unknown", now + hour + 9999, down.fetch), 1);
	assert.ok(await set.find("rsa", now + 9 * hour, down.fetch));
	assert.equal(down.count, 2);
});

test("without keys nothing passes, and the issuer is asked again", async () => {
	const set = freshSet();
	await assertUnavailable(set.find("rsa", now, unreachable), 10);
	await assertUnavailable(set.find("rsa", now + 9999, keyServer().fetch), 1);
	assert.ok(await set.find("rsa", now + 10_000, keyServer().fetch));
});

for (const [name, answer] of Object.entries({
	"no JSON": "<html>",
	"no object": "null",
	"no keys": "{}",
	"keys that are no array": '{"keys":{}}',
	"bytes that are no UTF-8": Buffer.from('{"keys":[],"n":"\xff"}', "latin1"),
})) {
	test(`no JWKS: ${name}`, async () => {
		const set = freshSet();
		assert.ok(await set.find("rsa", now, keyServer().fetch));
		assert.ok(await set.find("rsa", now + hour, async () => Buffer.from(answer)), "the known keys are lost");
		await assertUnavailable(
			freshSet().find("rsa", now, async () => Buffer.from(answer)),
			10,
		);
	});
}

// By HTTP on this machine. The signer itself has no way without TLS.
async function fetchFrom(listener) {
	const server = createServer(listener).listen(0, "127.0.0.1");
	await once(server, "listening");
	const https = process.getBuiltinModule("node:https");
	const { get } = https;
	const url = `http://127.0.0.1:${server.address().port}/`;
	https.get = (_, options, listen) => getByHttp(url, options, listen);
	try {
		return await fetchKeys("https://keys.example/jwks.json");
	} finally {
		https.get = get;
		server.closeAllConnections();
		server.close();
	}
}

test("a JWKS is fetched whole", async () => {
	const text = JSON.stringify({ keys: [], n: "a".repeat(131_000) });
	assert.equal((await fetchFrom((_, response) => response.end(text))).toString(), text);
});

const refused = /^no JWKS$/;
for (const { name, error, listener } of [
	{
		name: "a redirect",
		error: refused,
		listener: (_, response) => response.writeHead(302, { location: "/other" }).end('{"keys":[]}'),
	},
	{
		name: "an empty redirect",
		error: refused,
		listener: (_, response) => response.writeHead(302, { location: "/other" }).end(),
	},
	{ name: "an error", error: refused, listener: (_, response) => response.writeHead(500).end('{"keys":[]}') },
	{
		name: "an endless answer",
		error: refused,
		listener: (_, response) => {
			const timer = setInterval(() => response.write("a".repeat(65_536)), 1);
			response.on("close", () => clearInterval(timer));
		},
	},
	{
		name: "an answer that is cut",
		error: /aborted/,
		listener: (_, response) => {
			response.writeHead(200, { "content-length": "100" }).write("{");
			setTimeout(() => response.destroy(), 20);
		},
	},
	{ name: "an answer that does not end", error: /aborted/, listener: (_, response) => response.write("{") },
	{ name: "silence", error: /aborted/, listener: () => {} },
]) {
	test(`no keys come from ${name}`, { timeout: 60_000 }, async () => {
		await assert.rejects(fetchFrom(listener), { message: error });
	});
}

test("an issuer is called by HTTPS only", async () => {
	await assert.rejects(fetchKeys("http://127.0.0.1:1/jwks.json"), { code: "ERR_INVALID_PROTOCOL" });
});
