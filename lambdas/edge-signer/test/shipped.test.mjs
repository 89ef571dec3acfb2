import assert from "node:assert/strict";
import { test } from "node:test";
import { shippedBytes } from "./shipped.mjs";

// An edge function is loaded wherever viewers are, so its weight is looked at with every change.
test("the shipped source stays small", () => {
	const bytes = shippedBytes();
	assert.deepEqual(Object.keys(bytes), ["edge-signer", "authorizer", "bundle", "body-hash"]);
	for (const [name, limit] of [
		["edge-signer", 10_240],
		["authorizer", 14_336],
		["bundle", 20_480],
		["body-hash", 1536],
	]) {
		assert.ok(
			bytes[name] > limit / 4 && bytes[name] <= limit,
			`${name} has ${bytes[name]} bytes, and ${limit} at most`,
		);
	}
});
