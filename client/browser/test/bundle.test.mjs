import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as bundle from "../furl.mjs";
import { credentials, distributionUrl, failure, functionUrl, grantUrl, newClient, Server } from "./harness.mjs";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

test("imports nothing and exports the two names", () => {
	const text = read("furl.mjs");
	assert.doesNotMatch(text, /\bimport\b/);
	assert.equal(text.match(/\bexport\b/g).length, 1);
	assert.deepEqual(Object.keys(bundle).sort(), ["LeaseClient", "LeaseError"]);
	assert.match(text, /^\/\* Furl, Apache-2\.0\. Contains aws4fetch, copyright Michael Hart \d+, MIT <http/);
});

test("makes a whole call", async (t) => {
	const server = new Server();
	const client = new bundle.LeaseClient({ grantUrl, fetch: server.fetch });
	t.after(() => client.close());
	const response = await client.fetch("/a?b=c", { body: "d" });
	assert.equal(await response.text(), "done");
	const [{ headers, url }] = server.calls;
	const { request } = await newClient(t, server).sign("/a?b=c", { body: "d" });
	assert.equal(url, request.url);
	assert.equal(headers.get("x-amz-security-token"), credentials.sessionToken);
	assert.equal(headers.get("x-amz-content-sha256"), request.headers.get("x-amz-content-sha256"));
	assert.match(
		headers.get("authorization"),
		/^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEEXAMPLE00\/\d{8}\/eu-west-1\/lambda\//,
	);
	const both = new bundle.LeaseClient({ distributionUrl, grantUrl, fetch: server.fetch });
	t.after(() => both.close());
	await both.fetch("/a", { body: "d" });
	await both.fetch("/a", { body: new Uint8Array(1_000_001) });
	assert.deepEqual(
		server.calls.slice(1).map(({ url }) => url),
		[`${distributionUrl}/a`, `${functionUrl}a`],
	);
	server.refuse();
	const other = new bundle.LeaseClient({ grantUrl, fetch: server.fetch });
	await assert.rejects(other.lease(), (error) => error instanceof bundle.LeaseError && error.code === "GrantRefused");
	await failure(newClient(t, server).lease(), "GrantRefused");
});

test("the types stand alone, and fit a page's use", () => {
	const types = read("furl.d.mts");
	assert.doesNotMatch(types, /\bimport\b|\bfrom "/);
	const exports = [...types.matchAll(/^export (?!type )(\w+ \w+)/gm)].map(([, what]) => what);
	assert.deepEqual(exports.sort(), ["class LeaseClient", "class LeaseError"], "what furl.mjs exports, and no more");
	const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
	const page = fileURLToPath(new URL("page.mts", import.meta.url));
	const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"];
	execFileSync(process.execPath, [tsc, ...options, "--module", "nodenext", page], { encoding: "utf8" });
});
