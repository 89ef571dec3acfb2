import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSigned, distributionUrl, failure, functionUrl, newClient, Server, sha256, token } from "./harness.mjs";

const border = 1_000_000; // bytes
const both = { distributionUrl };
const distributionAlone = { distributionUrl, grantUrl: undefined };

test("which way a body goes", async (t) => {
	const text = "日".repeat(333_333); // 999,999 bytes
	const rows = [
		{ name: "none", body: undefined, leased: false, why: "nothing to hash" },
		{ name: "empty", body: "", leased: false, why: "of no length" },
		{ name: "short", body: "a", leased: false, why: "the edge sees all of it" },
		{
			name: "1,000,000 bytes",
			body: new Uint8Array(border),
			leased: false,
			why: "the most that a MB surely holds",
		},
		{
			name: "1,000,001 bytes",
			body: new Uint8Array(border + 1),
			leased: true,
			why: "AWS may mean 1,000,000 by a MB",
		},
		{ name: "text of 1,000,000 bytes", body: `${text}a`, leased: false, why: "in a third of the characters" },
		{ name: "text of 1,000,001 bytes", body: `${text}ab`, leased: true, why: "bytes count, not characters" },
		{ name: "Blob of 1,000,000", body: new Blob([text, "a"]), leased: false, why: "as a Blob says itself" },
		{ name: "Blob of 1,000,001", body: new Blob([text, "ab"]), leased: true, why: "as a Blob says itself" },
		{
			name: "form of 1,000,001",
			body: new URLSearchParams({ a: `${"é".repeat(166_666)}bbb` }),
			leased: true,
			why: "as it is encoded",
		},
		{
			name: "form of 1,000,000",
			body: new URLSearchParams({ a: `${"é".repeat(166_666)}bb` }),
			leased: false,
			why: "as it is encoded",
		},
		{
			name: "view of 1 byte",
			body: new Uint8Array(border + 1).subarray(border),
			leased: false,
			why: "not the buffer it is of",
		},
	];
	for (const { name, body, leased, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			for (const [options, direct] of [
				[both, leased],
				[distributionAlone, false],
				[{}, true],
			]) {
				const server = new Server();
				const response = await newClient(t, server, options).fetch("/x?y=z", { body });
				assert.equal(await response.text(), "done");
				const [request, ...others] = server.calls;
				assert.equal(request.url, `${direct ? functionUrl : `${distributionUrl}/`}x?y=z`);
				assert.deepEqual([others.length, server.grants.length], [0, direct ? 1 : 0]);
				const sent = Buffer.from(await request.clone().arrayBuffer());
				assert.deepEqual(sent, Buffer.from(body === undefined ? "" : await new Response(body).arrayBuffer()));
				if (direct) await assertSigned(request);
				else assertUnsigned(request, body === undefined ? null : sha256(sent));
			}
		});
	}
});

function assertUnsigned({ headers }, hash) {
	assert.equal(headers.get("x-amz-content-sha256"), hash);
	const others = [...headers.keys()].filter((name) => /^(x-|authorization$)/.test(name));
	assert.deepEqual(others, hash === null ? [] : ["x-amz-content-sha256"]);
}

test("the hash of no body, through CloudFront", async (t) => {
	const rows = [
		{ name: "GET", hash: null, why: "it has none, and stays simple for CORS" },
		{ name: "HEAD", hash: null, why: "it has none, and stays simple for CORS" },
		{ name: "POST", hash: sha256(""), why: "origin access control wants it of every POST" },
		{ name: "PUT", hash: sha256(""), why: "and of every PUT" },
		{ name: "patch", hash: sha256(""), why: "a method with a body too; AWS is silent" },
	];
	for (const { name, hash, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const server = new Server();
			await newClient(t, server, both).fetch("/", { method: name });
			assert.equal(server.calls[0].method, name.toUpperCase());
			assertUnsigned(server.calls[0], hash);
		});
	}
	await t.test("a page that is not secure may GET, and is told what a POST needs", async (t) => {
		t.mock.getter(Crypto.prototype, "subtle", () => undefined); // as browsers have it there
		const server = new Server();
		const client = newClient(t, server, both);
		await client.fetch("/");
		assert.match((await failure(client.fetch("/", { body: "a" }), "BadRequest")).message, /by https/);
		assert.equal(server.calls.length, 1);
	});
});

test("the same request either way", async (t) => {
	const paths = ["/", "/日本?b&a=1+2", "/%2F\t/x?a=b?c/d", "/a%zz/?ids[]=1&&b=%c3%a9", "/\t/evil.example"];
	for (const path of paths) {
		await t.test(path, async (t) => {
			const server = new Server();
			const client = newClient(t, server, both);
			const init = { method: "put", headers: { accept: "a/b", cookie: "c" } };
			await client.fetch(path, { ...init, body: "é" });
			const { request } = await client.sign(path, { ...init, body: "é" });
			const [call] = server.calls;
			assert.equal(call.url, request.url.replace(functionUrl, `${distributionUrl}/`));
			assert.ok(call.url.startsWith(`${distributionUrl}/`));
			assert.deepEqual([call.method, await call.text()], [request.method, await request.text()]);
			for (const name of ["accept", "content-type", "x-amz-content-sha256"]) {
				assert.equal(call.headers.get(name), request.headers.get(name));
			}
		});
	}
	await t.test("refused alike", async (t) => {
		const server = new Server();
		for (const path of ["//evil.example/", "/a/../b", "/a#b", "https://evil.example/", "/?X-Amz-Date=a"]) {
			await failure(newClient(t, server, both).fetch(path), "BadRequest");
		}
		assert.match(
			(await failure(newClient(t, server, both).fetch("/", { method: "GET", body: "" }), "BadRequest")).message,
			/GET/,
		);
		assert.deepEqual([server.grants.length, server.calls.length], [0, 0]);
	});
});

test("the page's own authorization", async (t) => {
	const own = `Bearer ${token}`;
	const init = { headers: { Authorization: own } };
	await t.test("through CloudFront as it is: the edge passes it on", async (t) => {
		const server = new Server();
		await newClient(t, server, both).fetch("/", init);
		const [{ headers }] = server.calls;
		assert.deepEqual([headers.get("authorization"), headers.get("x-forwarded-authorization")], [own, null]);
	});
	for (const [name, options] of Object.entries({ both, "without a distributionUrl": {} })) {
		await t.test(`by the lease, ${name}, under the name that the edge gives it`, async (t) => {
			const server = new Server();
			await newClient(t, server, options).fetch("/", { ...init, body: new Uint8Array(border + 1) });
			const [{ headers }] = server.calls;
			assert.equal(headers.get("x-forwarded-authorization"), own);
			assert.doesNotMatch(headers.get("authorization"), /Bearer|forwarded/);
			await assertSigned(server.calls[0]);
		});
	}
	await t.test("none: no header of that name", async (t) => {
		const { request } = await newClient(t, new Server()).sign("/");
		assert.ok(!request.headers.has("x-forwarded-authorization"));
	});
	await t.test("the headers given are left as they were", async (t) => {
		const headers = new Headers(init.headers);
		await newClient(t, new Server()).sign("/", { headers });
		assert.deepEqual([...headers], [["authorization", own]]);
	});
});

test("a 401 through CloudFront", async (t) => {
	const [old, renewed] = ["Bearer old", `Bearer ${token}`];
	const asking = (authorization) => () => ({ authorization });
	const rows = [
		{
			name: "another token",
			why: "the old one has expired",
			given: async () => ({ Authorization: renewed }),
			sent: [old, renewed],
		},
		{
			name: "a token for none",
			why: "the page gave none",
			given: asking(renewed),
			first: null,
			sent: [null, renewed],
		},
		{
			name: "still 401",
			why: "once more is enough",
			given: asking("Bearer older"),
			sent: [old, "Bearer older"],
			status: 401,
		},
		{ name: "the same token", why: "it would be refused again", given: asking(old), sent: [old], status: 401 },
		{
			name: "no token",
			why: "there is nothing to send",
			given: () => ({ "x-api-key": "k" }),
			sent: [old],
			status: 401,
		},
		{
			name: "headers that are no function",
			why: "they have been sent",
			given: { authorization: renewed },
			sent: [old],
			status: 401,
		},
		{
			name: "another refusal",
			why: "the token held",
			given: asking(renewed),
			answer: 403,
			sent: [old],
			status: 403,
		},
		{
			name: "a lease",
			why: "the 401 is the function's own",
			given: asking(renewed),
			options: {},
			sent: [old],
			status: 401,
		},
	];
	for (const {
		name,
		why,
		given,
		first = old,
		sent,
		status = 200,
		answer = 401,
		options = distributionAlone,
	} of rows) {
		for (const body of [undefined, "order"]) {
			await t.test(`${name}, ${body ?? "no body"}: ${why}`, async (t) => {
				const server = new Server();
				const arrived = ({ headers }) =>
					headers.get("x-forwarded-authorization") ?? headers.get("authorization");
				server.answerCall = async (request) =>
					new Response("answer", { status: arrived(request) === renewed ? 200 : answer });
				const client = newClient(t, server, { headers: given, ...options });
				const headers = first === null ? {} : { authorization: first };
				const response = await client.fetch("/orders?a=b", { body, headers });
				assert.deepEqual([response.status, await response.text()], [status, "answer"]);
				assert.deepEqual(server.calls.map(arrived), sent);
				for (const request of server.calls) {
					assert.equal(new URL(request.url).search, "?a=b");
					assert.equal(await request.text(), body ?? "");
				}
			});
		}
	}
	await t.test("an error of headers is the call's", async (t) => {
		const server = new Server();
		server.answerCall = async () => new Response(null, { status: 401 });
		const error = new Error("signed out");
		const headers = () => {
			throw error;
		};
		const call = newClient(t, server, { ...distributionAlone, headers }).fetch("/");
		await assert.rejects(call, (thrown) => thrown === error);
		assert.equal(server.calls.length, 1);
	});
	await t.test("an abort while headers is asked: its reason, and nothing more is sent", async (t) => {
		const server = new Server();
		server.answerCall = async () => new Response(null, { status: 401 });
		const controller = new AbortController();
		const reason = new Error("the user left");
		const headers = () => {
			controller.abort(reason);
			return new Promise(() => {}); // a token that never comes
		};
		const client = newClient(t, server, { ...distributionAlone, headers });
		await assert.rejects(client.fetch("/", { signal: controller.signal }), (thrown) => thrown === reason);
		assert.equal(server.calls.length, 1);
	});
});

test("headers refused through CloudFront too", async (t) => {
	for (const name of [
		"X-Forwarded-Authorization",
		"X-Forwarded-Host",
		"Host",
		"x-amz-content-sha256",
		"X-Amz-Date",
	]) {
		await t.test(name, async (t) => {
			const server = new Server();
			const call = newClient(t, server, both).fetch("/", { headers: { [name]: token } });
			const { message } = await failure(call, "BadRequest");
			assert.ok(
				message.includes(`the header ${name.toLowerCase()} `) && message.includes("leave it out"),
				message,
			);
			assert.equal(server.calls.length, 0);
		});
	}
});

// A cookie that one way has, and the other has not, would go by the length of the body.
test("the call as it is sent, either way, without cookies", async (t) => {
	const server = new Server();
	const client = newClient(t, server, both);
	await client.fetch("/", { body: "a" });
	await client.fetch("/", { body: new Uint8Array(border + 1) });
	assert.deepEqual([server.calls.length, server.grants.length], [2, 1]);
	for (const { cache, credentials, redirect } of server.calls) {
		assert.deepEqual(
			{ cache, credentials, redirect },
			{ cache: "no-store", credentials: "omit", redirect: "error" },
		);
	}
});

test("what CloudFront answers is returned, and not tried the other way: the function may have run", async (t) => {
	for (const status of [204, 403, 413, 502, 504]) {
		await t.test(`${status}`, async (t) => {
			const server = new Server();
			server.answerCall = async () => new Response(null, { status });
			assert.equal((await newClient(t, server, both).fetch("/", { body: "a" })).status, status);
			assert.deepEqual([server.grants.length, server.calls.length], [0, 1]);
		});
	}
	await t.test("none that can be read", async (t) => {
		const server = new Server();
		const cause = new TypeError("Failed to fetch");
		server.answerCall = async () => {
			throw cause;
		};
		const call = newClient(t, server, both).fetch(`/${token}?b=${token}`, { body: token });
		const error = await failure(call, "FunctionUnreachable");
		assert.deepEqual([error.cause, server.grants.length, server.calls.length], [cause, 0, 1]);
		const start = `POST ${distributionUrl} gave no answer`;
		for (const words of [start, "not sent again", "online", "distributionUrl", "CORS", "redirect"]) {
			assert.ok(error.message.includes(words), error.message);
		}
		assert.doesNotMatch(error.message, /lease|Function URL/);
	});
});

test("abort, through CloudFront", async (t) => {
	const reason = new Error("the user left");
	const is = (error) => error === reason;
	await t.test("before: nothing is sent", async (t) => {
		const server = new Server();
		await assert.rejects(newClient(t, server, both).fetch("/", { signal: AbortSignal.abort(reason) }), is);
		assert.equal(server.calls.length, 0);
	});
	await t.test("while the body is read: nothing is sent", async (t) => {
		const server = new Server();
		const controller = new AbortController();
		const call = newClient(t, server, both).fetch("/", { body: "a", signal: controller.signal });
		controller.abort(reason);
		await assert.rejects(call, is);
		assert.equal(server.calls.length, 0);
	});
	await t.test("while the hash is made: nothing is sent", async (t) => {
		const server = new Server();
		const controller = new AbortController();
		t.mock.method(crypto.subtle, "digest", async () => {
			controller.abort(reason);
			return new ArrayBuffer(32);
		});
		await assert.rejects(newClient(t, server, both).fetch("/", { body: "a", signal: controller.signal }), is);
		assert.equal(server.calls.length, 0);
	});
	await t.test("while the function runs: its reason, whatever fetch says", async (t) => {
		const server = new Server();
		const controller = new AbortController();
		server.answerCall = ({ signal }) =>
			new Promise((_, reject) => {
				signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
				controller.abort(reason);
			});
		await assert.rejects(newClient(t, server, both).fetch("/", { body: "a", signal: controller.signal }), is);
	});
});
