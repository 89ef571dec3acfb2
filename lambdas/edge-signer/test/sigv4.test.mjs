import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, signature } from "../sigv4.mjs";

const request = { method: "GET", path: "/", query: "", headers: [["host", "example.com"]], payloadHash: sha256("") };

function sign(credentials, region = "us-east-1", date = "20260102T030405Z") {
	return signature(request, { credentials, region, date, service: "lambda" });
}

// AWS never gives a key id two secrets. A test may, and so see whether the key was derived anew.
test("the signing key is derived once per key id, day and region, and forgotten after 64 others", () => {
	const before = { accessKeyId: "AKIDCACHED", secretAccessKey: "before" };
	const after = { accessKeyId: "AKIDCACHED", secretAccessKey: "after" };
	const first = sign(before);
	assert.equal(sign(after), first, "same day and region: cached");

	const fresh = { ...after, accessKeyId: "AKIDFRESH" };
	assert.notEqual(sign(fresh), first, "another id");
	assert.equal(sign(after, "us-west-2"), sign(fresh, "us-west-2"), "another region");
	assert.equal(
		sign(after, "us-east-1", "20260103T000000Z"),
		sign(fresh, "us-east-1", "20260103T000000Z"),
		"another day",
	);

	for (let i = 0; i < 64; i++) sign({ accessKeyId: `AKID${i}`, secretAccessKey: "x" });
	assert.equal(sign(after), sign(fresh), "forgotten, so derived anew");
});
