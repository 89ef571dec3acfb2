import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
	assertNoSecret,
	credentials,
	failure,
	functionUrl,
	grantUrl,
	minutes,
	newClient,
	region,
	Server,
	settle,
	stopClock,
	token,
} from "./harness.mjs";

test("500 concurrent callers make one call of /grant", async (t) => {
	const server = new Server();
	const client = newClient(t, server);
	const callers = Array.from({ length: 500 }, (_, i) => (i % 2 ? client.fetch("/") : client.lease()));
	await Promise.all(callers);
	assert.equal(server.grants.length, 1);
	assert.equal(server.calls.length, 250);
});

test("POST /grant as it is sent", async (t) => {
	const timeout = t.mock.method(AbortSignal, "timeout", () => new AbortController().signal);
	const rows = [
		{ name: "one function", functionName: undefined, body: {}, why: "it is the default" },
		{ name: "named", functionName: "summarise", body: { function: "summarise" }, why: "a grant may have several" },
	];
	for (const { name, functionName, body, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const server = new Server();
			await newClient(t, server, { functionName }).lease();
			const [[url, { headers, body: sent, signal, ...init }]] = server.grants;
			assert.equal(url, grantUrl);
			assert.deepEqual(
				[...headers],
				[
					["authorization", `Bearer ${token}`],
					["content-type", "application/json"],
				],
			);
			assert.deepEqual(JSON.parse(sent), body);
			assert.deepEqual(init, {
				method: "POST",
				cache: "no-store",
				credentials: "omit",
				redirect: "error",
				referrerPolicy: "no-referrer",
			});
			assert.deepEqual(timeout.mock.calls.at(-1).arguments, [30_000]);
			assert.equal(signal, timeout.mock.calls.at(-1).result);
		});
	}
});

test("headers are asked for with each lease", async (t) => {
	const tick = stopClock(t);
	const server = new Server();
	let count = 0;
	const client = newClient(t, server, { headers: async () => ({ authorization: `token ${++count}` }) });
	await client.lease();
	await client.lease();
	await tick(minutes(13));
	assert.deepEqual(
		server.grants.map(([, { headers }]) => headers.get("authorization")),
		["token 1", "token 2"],
	);
});

test("what the headers' function throws, the call does, and the next one asks again", async (t) => {
	const server = new Server();
	const signedOut = new Error("signed out");
	let error = signedOut;
	const client = newClient(t, server, {
		headers: async () => {
			if (error) throw error;
			return {};
		},
	});
	await assert.rejects(client.lease(), (reason) => reason === signedOut);
	error = undefined;
	await client.lease();
	assert.equal(server.grants.length, 1);
});

test("a lease that failed is asked for with the next call", async (t) => {
	const server = new Server();
	const { answerGrant } = server;
	server.refuse();
	const client = newClient(t, server);
	await failure(client.fetch("/"), "GrantRefused");
	await failure(client.fetch("/"), "GrantRefused");
	server.answerGrant = answerGrant;
	await client.fetch("/");
	assert.deepEqual([server.grants.length, server.calls.length], [3, 1]);
});

test("a lease as it is shown has no secret", async (t) => {
	stopClock(t);
	const server = new Server({ ahead: minutes(60) });
	const client = newClient(t, server);
	const lease = await client.lease();
	assert.deepEqual(lease, {
		functionUrl,
		region,
		accessKeyId: credentials.accessKeyId,
		expiration: new Date(Date.now() + minutes(75)),
		serverTime: new Date(Date.now() + minutes(60)),
	});
	assertNoSecret(lease);
	assertNoSecret(client);
});

test("onLease is called with each lease", async (t) => {
	const tick = stopClock(t);
	const leases = [];
	const client = newClient(t, new Server(), { onLease: (lease) => leases.push(lease) });
	const first = await client.lease();
	await client.lease();
	assert.deepEqual(leases, [first]);
	await tick(minutes(13));
	assert.equal(leases.length, 2);
	assert.equal(leases[1].expiration - leases[0].expiration, minutes(13));
	assertNoSecret(leases);
});

test("what onLease throws is reported, and does not lose the lease", async (t) => {
	const reported = [];
	globalThis.reportError = (error) => reported.push(error); // Node has none
	t.after(() => delete globalThis.reportError);
	const server = new Server();
	const mistake = new Error("the page's mistake");
	const client = newClient(t, server, {
		onLease: () => {
			throw mistake;
		},
	});
	await client.fetch("/");
	await client.fetch("/");
	assert.deepEqual([server.grants.length, server.calls.length], [1, 2]);
	assert.deepEqual(reported, [mistake]);
});

test("onLease may call the client", async (t) => {
	const server = new Server();
	let inside;
	const client = newClient(t, server, {
		onLease: () => {
			inside = client.lease();
		},
	});
	await client.lease();
	await inside;
	assert.equal(server.grants.length, 1);
});

test("in Node, a lease does not keep the process", () => {
	const script = `
		import { LeaseClient } from ${JSON.stringify(new URL("../src/furl.mjs", import.meta.url).href)};
		import { grantUrl, Server } from ${JSON.stringify(new URL("harness.mjs", import.meta.url).href)};
		await new LeaseClient({ grantUrl, fetch: new Server().fetch }).lease();
	`;
	execFileSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 10_000 });
});

test("close()", async (t) => {
	await t.test("later calls are refused", async (t) => {
		const server = new Server();
		const headers = t.mock.fn(() => ({}));
		const client = newClient(t, server, { headers });
		await client.lease();
		client.close();
		client.close();
		for (const call of [() => client.lease(), () => client.sign("/"), () => client.fetch("/")]) {
			assert.match((await failure(call(), "BadRequest")).message, /closed/);
		}
		assert.deepEqual([server.grants.length, server.calls.length, headers.mock.callCount()], [1, 0, 1]);
	});
	await t.test("nothing is renewed any more", async (t) => {
		const tick = stopClock(t);
		const headers = t.mock.fn(() => ({}));
		const client = newClient(t, new Server(), { headers });
		await client.lease();
		client.close();
		await tick(minutes(60));
		assert.equal(headers.mock.callCount(), 1);
	});
	await t.test("a lease that is under way is not used, told or renewed", async (t) => {
		const tick = stopClock(t);
		const server = new Server();
		const release = server.hold();
		const told = t.mock.fn();
		const client = newClient(t, server, { onLease: told });
		const call = failure(client.fetch("/"), "BadRequest");
		while (server.grants.length === 0) await settle(); // hashes are made by another thread
		client.close();
		release();
		assert.match((await call).message, /closed/);
		await tick(minutes(60));
		assert.deepEqual([server.grants.length, server.calls.length, told.mock.callCount()], [1, 0, 0]);
	});
	await t.test("a renewal that is under way is dropped, and a failed one not repeated", async (t) => {
		const tick = stopClock(t);
		const server = new Server();
		const headers = t.mock.fn(() => ({}));
		const client = newClient(t, server, { headers });
		await client.lease();
		server.refuse();
		const release = server.hold();
		await tick(minutes(13));
		await client.lease(); // the old one, and nobody has to handle that the renewal then fails
		client.close();
		release();
		await settle();
		await tick(minutes(60));
		assert.equal(headers.mock.callCount(), 2);
	});
	await t.test("no lease is asked for once the headers are there", async (t) => {
		const server = new Server();
		const { promise, resolve } = Promise.withResolvers();
		const client = newClient(t, server, { headers: () => promise });
		const call = failure(client.lease(), "BadRequest");
		client.close();
		resolve({});
		await call;
		assert.equal(server.grants.length, 0);
	});
});
