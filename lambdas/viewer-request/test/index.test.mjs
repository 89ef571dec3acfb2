import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";

const source = readFileSync(new URL("../index.js", import.meta.url), "utf8");

// The headers that come out, given those that go in, with the settings that the construct writes before the source. A
// header that is there without a value, which CloudFront refuses, comes out as null.
function run(headers, { oac = true, stream = false, authorizationHeader = "x-forwarded-authorization" } = {}) {
	const header = `var authorizationHeader = ${JSON.stringify(authorizationHeader)};\n`;
	const settings = `${oac ? header : ""}var oac = ${oac};\nvar stream = ${stream};\n`;
	const request = {
		method: "GET",
		uri: "/",
		querystring: {},
		cookies: {},
		headers: { host: { value: "d111.cloudfront.net" }, ...headers },
	};
	return JSON.parse(
		runInNewContext(`${settings}${source}\nJSON.stringify(handler(event).headers, (_, value) => value ?? null)`, {
			event: { request },
		}),
	);
}

test("the viewer's host goes on, and no viewer's word for it", () => {
	for (const oac of [true, false]) {
		const forged = { value: "a", multiValue: [{ value: "a" }, { value: "b" }] };
		assert.deepEqual(run({ "x-forwarded-host": forged }, { oac })["x-forwarded-host"], {
			value: "d111.cloudfront.net",
		});
		assert.deepEqual(run({}, { oac })["x-forwarded-host"], { value: "d111.cloudfront.net" });
	}
});

test("a viewer's own x-forwarded-uri passes in no mode", () => {
	for (const [oac, stream] of [
		[true, true],
		[true, false],
		[false, true],
		[false, false],
	]) {
		const forged = { value: "/a", multiValue: [{ value: "/a" }, { value: "/b" }] };
		const kept = { "x-forwarded-uri-x": { value: "a" }, "x-forwarded-for": { value: "192.0.2.1" } };
		const {
			host: _,
			"x-forwarded-host": __,
			...rest
		} = run({ "x-forwarded-uri": forged, ...kept }, { oac, stream });
		assert.deepEqual(rest, kept);
	}
});

test("a function that streams is not asked to compress, others are", () => {
	const gzip = { value: "gzip, br" };
	for (const oac of [true, false]) {
		assert.equal(run({ "accept-encoding": gzip }, { oac, stream: true })["accept-encoding"], undefined);
		assert.deepEqual(run({ "accept-encoding": gzip }, { oac })["accept-encoding"], gzip);
		assert.deepEqual(run({ accept: gzip }, { oac, stream: true }).accept, gzip);
	}
});

test("before the edge signer, all else is left to it", () => {
	const headers = {
		authorization: { value: "a" },
		"x-forwarded-authorization": { value: "b" },
		"x-amz-date": { value: "c" },
	};
	const { host: _, "x-forwarded-host": __, ...rest } = run(headers, { oac: false });
	assert.deepEqual(rest, headers);
});

test("before origin access control", async (t) => {
	const bearer = { value: "Bearer a", multiValue: [{ value: "Bearer a" }, { value: "Bearer b" }] };
	const rows = [
		{ name: "authorization", why: "every value", headers: { authorization: bearer }, want: bearer },
		{ name: "none", why: "nothing to pass on", headers: {}, want: undefined },
		{
			name: "forged",
			why: "a viewer's own never passes",
			headers: { "x-forwarded-authorization": bearer },
			want: undefined,
		},
		{
			name: "both",
			why: "the authorization counts",
			headers: { authorization: { value: "c" }, "x-forwarded-authorization": bearer },
			want: { value: "c" },
		},
	];
	for (const { name, why, headers, want } of rows) {
		await t.test(`${name}: ${why}`, () => assert.deepEqual(run(headers)["x-forwarded-authorization"], want));
	}
	await t.test("by another name: neither name passes", () => {
		const headers = { authorization: { value: "a" }, "x-token": bearer, "x-forwarded-authorization": bearer };
		const out = run(headers, { authorizationHeader: "x-token" });
		assert.deepEqual(out["x-token"], { value: "a" });
		assert.equal(out["x-forwarded-authorization"], undefined);
		const { authorization: _, ...forged } = headers;
		assert.deepEqual(Object.keys(run(forged, { authorizationHeader: "x-token" })).sort(), [
			"host",
			"x-forwarded-host",
		]);
	});
	await t.test("dropped: and the default name does not pass either", () => {
		const out = run(
			{ authorization: { value: "a" }, "x-forwarded-authorization": bearer },
			{ authorizationHeader: "" },
		);
		assert.deepEqual(Object.keys(out).sort(), ["authorization", "host", "x-forwarded-host"]);
	});
	await t.test("a viewer's x-amz-* does not pass, but for the hash", () => {
		const kept = {
			"x-amz-content-sha256": { value: "h" },
			"x-amzn-trace-id": { value: "t" },
			"not-x-amz-date": { value: "n" },
			accept: { value: "*/*" },
		};
		const out = run({
			...kept,
			"x-amz-security-token": { value: "s" },
			"x-amz-date": { value: "d" },
			"x-amz-": { value: "x" },
		});
		const { host: _, "x-forwarded-host": __, ...rest } = out;
		assert.deepEqual(rest, kept);
	});
});

// The runtime lacks parts of later editions, such as destructuring. esbuild refuses what it cannot write in ECMAScript
// 5.
test("is ECMAScript 5", () => {
	const esbuild = fileURLToPath(
		new URL(`../../../node_modules/@esbuild/${process.platform}-${process.arch}/bin/esbuild`, import.meta.url),
	);
	const compile = (input) => execFileSync(esbuild, ["--target=es5", "--log-level=silent"], { input, stdio: "pipe" });
	compile(source);
	assert.throws(() => compile(`${source}const { a } = {};`));
});
