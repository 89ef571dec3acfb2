import assert from "node:assert/strict";
import { test } from "node:test";
import { distributionUrl, failure, newClient, Server } from "./harness.mjs";

const mostText = 6_000_000; // bytes
const mostBinary = 4_500_000;

test("the size of a body", async (t) => {
	const json = { "content-type": "application/json; charset=utf-8" };
	const rows = [
		{ name: "text", most: mostText, body: (size) => "a".repeat(size), why: "it is text/plain" },
		{
			name: "JSON",
			most: mostText,
			body: (size) => "1".repeat(size),
			headers: json,
			why: "the event has it as text",
		},
		{
			name: "bytes of JSON",
			most: mostText,
			body: (size) => new Uint8Array(size),
			headers: { "Content-Type": "Application/JSON" },
			why: "the content type decides, in either case",
		},
		{ name: "bytes", most: mostBinary, body: (size) => new Uint8Array(size), why: "without a type it is base64" },
		{ name: "Blob", most: mostBinary, body: (size) => new Blob([new Uint8Array(size)]), why: "the same" },
		{
			name: "Blob of text",
			most: mostText,
			body: (size) => new Blob(["a".repeat(size)], { type: "text/csv" }),
			why: "its own type counts",
		},
		{
			name: "form",
			most: mostBinary,
			body: (size) => new URLSearchParams({ a: "b".repeat(size - 2) }),
			why: "Lambda has forms as base64",
		},
		{
			name: "JSON by a longer name",
			most: mostBinary,
			body: (size) => "a".repeat(size),
			headers: { "content-type": "application/json+x" },
			why: "the whole type decides",
		},
		{
			name: "text by an empty type",
			most: mostBinary,
			body: (size) => "a".repeat(size),
			headers: { "content-type": "" },
			why: "the page's type takes the string's place",
		},
		{
			name: "two-byte letters",
			most: mostText,
			body: (size) => "é".repeat(size / 2) + "a".repeat(size % 2),
			why: "bytes count, not characters",
		},
	];
	for (const { name, most, body, headers, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			for (const options of [{}, { distributionUrl }, { distributionUrl, grantUrl: undefined }]) {
				const server = new Server();
				const client = newClient(t, server, options);
				await client.fetch("/", { headers, body: body(most) });
				assert.equal(server.calls.length, 1);
				const grants = server.grants.length;
				const { message } = await failure(client.fetch("/", { headers, body: body(most + 1) }), "BadRequest");
				assert.match(message, new RegExp(`has ${most + 1} bytes, .* takes ${most} of`));
				assert.deepEqual([server.calls.length, server.grants.length], [1, grants]);
			}
		});
	}
});

test("a body that is too long asks for no lease, and is not signed", async (t) => {
	const server = new Server();
	const body = new Uint8Array(mostBinary + 1);
	await failure(newClient(t, server).fetch("/", { body }), "BadRequest");
	await failure(newClient(t, server).sign("/", { body }), "BadRequest");
	assert.deepEqual([server.grants.length, server.calls.length], [0, 0]);
});

test("a file that is too long is not read", async (t) => {
	const file = new Blob([new Uint8Array(mostText + 1)], { type: "text/plain" });
	const reads = t.mock.method(Response.prototype, "arrayBuffer");
	await failure(newClient(t, new Server()).fetch("/", { body: file }), "BadRequest");
	assert.equal(reads.mock.callCount(), 0);
});
