import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseClient } from "../src/furl.mjs";
import { assertSigned, distributionUrl, failure, functionUrl, grantUrl, newClient, Server, token } from "./harness.mjs";

const both = { distributionUrl };

test("distributionUrl", async (t) => {
	const allowed = ["https://d1.cloudfront.net", "https://d1.cloudfront.net/", "https://a.example:8443"];
	for (const url of [...allowed, "http://localhost:8080", "http://127.0.0.1:1/", "http://[::1]:1"]) {
		await t.test(`${url} allowed`, async (t) => {
			const server = new Server();
			await newClient(t, server, { distributionUrl: url, grantUrl: undefined }).fetch("/x");
			assert.equal(server.calls[0].url, new URL("/x", url).href);
		});
	}
	const refused = [
		{ url: "https://d1.cloudfront.net/api/", why: "the function sees the whole path" },
		{ url: "https://d1.cloudfront.net\\api", why: "URL takes it for a slash" },
		{ url: "https://d1.cloudfront.net?", why: "a query, if an empty one" },
		{ url: `https://d1.cloudfront.net/?${token}`, why: "a query" },
		{ url: "https://d1.cloudfront.net/#", why: "a fragment, if an empty one" },
		{ url: `https://user:${token}@d1.cloudfront.net`, why: "a password" },
		{ url: "http://d1.cloudfront.net", why: "readable on the way" },
		{ url: "ftp://localhost", why: "not HTTP" },
		{ url: "/", why: "not whole" },
		{ url: "null", why: "the origin of a sandboxed page" },
		{ url: "", why: "a setting that is empty is a mistake, not none" },
		{ url: null, why: "the same" },
	];
	for (const { url, why } of refused) {
		await t.test(`${url} refused: ${why}`, async () => {
			for (const options of [{ grantUrl }, {}]) {
				const made = async () => new LeaseClient({ distributionUrl: url, ...options });
				const { message } = await failure(made(), "BadRequest");
				assert.match(message, /^distributionUrl must be .* https origin without a path/);
			}
		});
	}
});

test("grantUrl beside a distributionUrl", async (t) => {
	await t.test("neither: the error names both", async () => {
		const made = async () => new LeaseClient({});
		assert.match((await failure(made(), "BadRequest")).message, /^grantUrl must .* distributionUrl/);
	});
	for (const url of ["", "/grant", null, "http://a.example/grant"]) {
		await t.test(`${url} refused: a setting that is wrong is a mistake, not none`, async () => {
			const made = async () => new LeaseClient({ distributionUrl, grantUrl: url });
			assert.match((await failure(made(), "BadRequest")).message, /^grantUrl must/);
		});
	}
	await t.test("none: no lease, no signature, and an error that says so", async (t) => {
		const server = new Server();
		const client = newClient(t, server, { distributionUrl, grantUrl: undefined });
		for (const call of [() => client.lease(), () => client.sign("/")]) {
			assert.match((await failure(call(), "BadRequest")).message, /without a grantUrl there is no lease/);
		}
		assert.deepEqual([server.grants.length, server.calls.length], [0, 0]);
	});
	await t.test("sign is by the lease, however short the body", async (t) => {
		const { request } = await newClient(t, new Server(), both).sign("/", { body: "a" });
		assert.equal(request.url, functionUrl);
		await assertSigned(request);
	});
	await t.test("close ends the lease; what needs none goes on", async (t) => {
		const server = new Server();
		const client = newClient(t, server, both);
		client.close();
		await client.fetch("/", { body: "a" });
		const long = client.fetch("/", { body: new Uint8Array(1_000_001) });
		assert.match((await failure(long, "BadRequest")).message, /closed/);
		assert.deepEqual([server.grants.length, server.calls.length], [0, 1]);
	});
});
