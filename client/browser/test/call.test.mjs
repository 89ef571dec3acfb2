import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { failure, newClient, Server, settle } from "./harness.mjs";

test("the call as it is sent", async (t) => {
	const server = new Server();
	const response = await newClient(t, server).fetch("/", { body: "a" });
	assert.equal(await response.text(), "done");
	const [{ cache, credentials, redirect }] = server.calls;
	assert.deepEqual({ cache, credentials, redirect }, { cache: "no-store", credentials: "omit", redirect: "error" });
});

test("fetch is called as no one's method: a browser's own refuses another this", async (t) => {
	const server = new Server();
	const self = [];
	const client = newClient(t, server, {
		fetch(...input) {
			self.push(this);
			return server.fetch(...input);
		},
	});
	await client.fetch("/");
	assert.deepEqual(self, [undefined, undefined]);
});

test("without options, the browser's own fetch and clock", async (t) => {
	const server = new Server();
	t.mock.method(globalThis, "fetch", server.fetch);
	await newClient(t, server, { fetch: undefined, now: undefined }).fetch("/");
	assert.deepEqual([server.grants.length, server.calls.length], [1, 1]);
});

test("an answer is returned as it is, and nothing is sent again", async (t) => {
	for (const status of [200, 204, 403, 429, 500, 502, 503, 504]) {
		await t.test(`${status}`, async (t) => {
			const server = new Server();
			server.answerCall = async () => new Response(null, { status });
			assert.equal((await newClient(t, server).fetch("/", { method: "POST" })).status, status);
			assert.deepEqual([server.grants.length, server.calls.length], [1, 1]);
		});
	}
});

test("a call without a readable answer is not sent again: the function may have run", async (t) => {
	const server = new Server();
	const cause = new TypeError("Failed to fetch");
	server.answerCall = async () => {
		throw cause;
	};
	const error = await failure(newClient(t, server).fetch("/a?b=c", { body: "d" }), "FunctionUnreachable");
	assert.equal(server.calls.length, 1);
	assert.equal(error.cause, cause);
	for (const words of [
		"POST https://abc123.lambda-url",
		"not sent again",
		"online",
		"CORS",
		"headers",
		"redirect",
		"403",
	]) {
		assert.ok(error.message.includes(words), error.message);
	}
});

test("abort", async (t) => {
	const reason = new Error("the user left");
	const is = (error) => error === reason;

	await t.test("before: nothing is asked for", async (t) => {
		const server = new Server();
		await assert.rejects(newClient(t, server).fetch("/", { signal: AbortSignal.abort(reason) }), is);
		assert.deepEqual([server.grants.length, server.calls.length], [0, 0]);
	});
	await t.test("while the body is read", async (t) => {
		const server = new Server();
		server.hold();
		const controller = new AbortController();
		const call = newClient(t, server).fetch("/", { body: "a", signal: controller.signal });
		controller.abort(reason);
		await assert.rejects(call, is);
		assert.equal(server.calls.length, 0);
	});
	await t.test("while a shared lease is waited for: the others go on", async (t) => {
		const server = new Server();
		const release = server.hold();
		const client = newClient(t, server);
		const controller = new AbortController();
		const left = client.fetch("/left", { signal: controller.signal });
		const others = [client.fetch("/1"), client.fetch("/2", { signal: new AbortController().signal })];
		await settle();
		controller.abort(reason);
		await assert.rejects(left, is);
		release();
		await Promise.all(others);
		assert.deepEqual([server.grants.length, server.calls.length], [1, 2]);
	});
	for (const way of ["fetch", "sign"]) {
		await t.test(`while ${way} signs: nothing is sent`, async (t) => {
			const server = new Server();
			const controller = new AbortController();
			t.mock.method(crypto.subtle, "sign", async () => {
				controller.abort(reason);
				return new ArrayBuffer(32);
			});
			await assert.rejects(newClient(t, server)[way]("/", { signal: controller.signal }), is);
			assert.deepEqual([server.grants.length, server.calls.length], [1, 0]);
		});
	}
	await t.test("while the function runs: its reason, whatever fetch says", async (t) => {
		const server = new Server();
		const controller = new AbortController();
		server.answerCall = ({ signal }) =>
			new Promise((_, reject) => {
				signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
				controller.abort(reason);
			});
		await assert.rejects(newClient(t, server).fetch("/", { signal: controller.signal }), is);
		assert.equal(server.calls.length, 1);
	});
	await t.test("a signal that is used for many calls keeps no listener of a wait that is over", async (t) => {
		const server = new Server();
		server.refuse();
		const { signal } = new AbortController();
		await failure(newClient(t, server).fetch("/", { signal }), "GrantRefused");
		await settle();
		assert.deepEqual(getEventListeners(signal, "abort"), []);
	});
});
