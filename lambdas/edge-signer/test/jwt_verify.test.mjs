import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { build } from "../jwt-verify/build.mjs";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the bundle of aws-jwt-verify is what its sources give", () => {
	const message = "run node lambdas/edge-signer/jwt-verify/build.mjs";
	assert.ok(read("../jwt_verify.mjs") === build(), message);
});

test("the bundle imports nothing, and has its licence with it", () => {
	assert.doesNotMatch(read("../jwt_verify.mjs"), /\bimport\b|\brequire\b/);
	assert.equal(read("../jwt-verify/LICENSE"), read("../../../node_modules/aws-jwt-verify/LICENSE"));
});
