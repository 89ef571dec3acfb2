import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { postBody, readEvent } from "../../edge-signer/test/events.mjs";
import { handler } from "../index.mjs";

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const header = "x-amz-content-sha256";

test("sets the hash of the body", async (t) => {
	const megabyte = Buffer.alloc(1_000_000, 7);
	const rows = [
		{ name: "binary", body: postBody, why: "its bytes are hashed, not its base64 text" },
		{ name: "1 MB", body: megabyte, why: "the most that CloudFront shows" },
		{ name: "empty", body: Buffer.alloc(0), why: "a POST without content" },
	];
	for (const { name, body, why } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const event = readEvent("post");
			const { request } = event.Records[0].cf;
			request.body.data = body.toString("base64");
			request.headers[header] = [{ value: "of the viewer" }, { value: "another" }];
			const before = structuredClone(request);
			assert.deepEqual(await handler(event), {
				...before,
				headers: { ...before.headers, [header]: [{ value: sha256(body) }] },
			});
		});
	}
	await t.test("GET: CloudFront shows no body, and the viewer's hash may be wrong", async () => {
		const event = readEvent("get");
		event.Records[0].cf.request.headers[header] = [{ value: "0".repeat(64) }];
		const { headers } = await handler(event);
		assert.deepEqual(headers[header], [{ value: sha256("") }]);
	});
});

// CloudFront may show the body of a DELETE (lambda-generating-http-responses) or not (anomalyco/sst#6427).
test("body of a DELETE", async (t) => {
	const hash = sha256(postBody);
	const shown = (data) => ({ inputTruncated: false, action: "read-only", encoding: "base64", data });
	const length = { "content-length": "5" };
	const chunked = { "transfer-encoding": "chunked" };
	const rows = [
		{ name: "no body shown", headers: length, sent: hash, want: hash, why: "the viewer knows the hash" },
		{ name: "an empty one shown", body: shown(""), headers: length, sent: hash, want: hash, why: "the same" },
		{ name: "no data shown", body: shown(undefined), headers: length, sent: hash, want: hash, why: "the same" },
		{ name: "nonsense length", headers: { "content-length": "x" }, sent: hash, want: hash, why: "the same" },
		{ name: "chunked, none shown", headers: chunked, sent: hash, want: hash, why: "the same" },
		{ name: "chunked, shown as empty", body: shown(""), headers: chunked, sent: hash, want: hash, why: "the same" },
		{ name: "no hash", headers: length, want: undefined, why: "the hash of nothing would be wrong" },
		{ name: "an empty one shown, no hash", body: shown(""), headers: length, want: undefined, why: "the same" },
		{ name: "chunked, none shown, no hash", headers: chunked, want: undefined, why: "the same" },
		{
			name: "shown",
			body: shown(postBody.toString("base64")),
			headers: length,
			sent: sha256("another"),
			want: hash,
			why: "the body that is shown counts",
		},
		{ name: "length 0", headers: { "content-length": "0" }, sent: hash, want: sha256(""), why: "there is none" },
		{ name: "nothing said of a body", headers: {}, sent: hash, want: hash, why: "HTTP/2 need not announce one" },
		{ name: "neither body nor hash", headers: {}, want: sha256(""), why: "there is none" },
		{ name: "chunked and empty", body: shown(""), headers: chunked, want: sha256(""), why: "CloudFront looked" },
		{ name: "POST", method: "POST", headers: length, sent: hash, want: sha256(""), why: "no other method is so" },
	];
	for (const { name, method = "DELETE", body, headers, sent, want, why } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const event = readEvent("get");
			const { request } = event.Records[0].cf;
			Object.assign(request, { method, ...(body && { body }) });
			for (const [key, value] of Object.entries(headers)) request.headers[key] = [{ value }];
			if (sent) request.headers[header] = [{ value: sent }];
			assert.equal((await handler(event)).headers[header]?.[0].value, want);
		});
	}
});

test("a truncated body", async (t) => {
	const hash = sha256("the whole");
	await t.test("goes on with the viewer's hash of the whole", async () => {
		const event = readEvent("post_truncated");
		event.Records[0].cf.request.headers[header] = [{ value: hash }];
		const before = structuredClone(event.Records[0].cf.request);
		assert.deepEqual(await handler(event), before);
	});
	const rows = [
		{ name: "none", values: undefined, why: "the part's hash would be wrong" },
		{ name: "no value", values: [], why: "the same as none" },
		{ name: "upper case", values: [hash.toUpperCase()], why: "SigV4 has lower case" },
		{ name: "short", values: [hash.slice(1)], why: "no SHA-256" },
		{ name: "after something", values: [`0${hash}`], why: "the whole value counts" },
		{ name: "before something", values: [`${hash}0`], why: "the whole value counts" },
		{ name: "UNSIGNED-PAYLOAD", values: ["UNSIGNED-PAYLOAD"], why: "Lambda accepts no unsigned payload" },
		{ name: "two", values: [hash, hash], why: "readers join them or take either" },
	];
	for (const { name, values, why } of rows) {
		await t.test(`hash ${name}: ${why}`, async () => {
			const event = readEvent("post_truncated");
			if (values) event.Records[0].cf.request.headers[header] = values.map((value) => ({ value }));
			const { status, headers, body } = await handler(event);
			assert.equal(status, "413");
			assert.equal(headers["cache-control"][0].value, "no-store");
			assert.equal(headers["content-type"][0].value, "application/json");
			const { error, message } = JSON.parse(body);
			assert.equal(error, "PayloadTooLarge");
			assert.match(message, /1 MB.*x-amz-content-sha256.*lease/);
		});
	}
});
