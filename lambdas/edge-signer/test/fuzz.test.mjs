import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// For every event there is an answer that CloudFront takes, small and without secrets, or a signed request. There is
// never a throw, and never a word in the log.
test("the handler takes any JSON", async () => {
	const seed = Date.now() % 1_000_000;
	const count = process.env.SHORT ? "6000" : "30000"; // make check sets SHORT
	const child = fork(fileURLToPath(new URL("fuzz.mjs", import.meta.url)), [String(seed), count], {
		silent: true,
		execArgv: [],
	});
	const written = [];
	child.stdout.on("data", (chunk) => written.push(chunk));
	child.stderr.on("data", (chunk) => written.push(chunk));
	let told = {};
	child.on("message", (message) => {
		told = message;
	});
	const [code] = await once(child, "close");
	assert.equal(Buffer.concat(written).toString(), "", `seed ${seed}: written to the log`);
	assert.equal(told.failure, undefined);
	assert.equal(code, 0, `seed ${seed}`);
	const expected = ["signed", "AmbiguousPath", "AmbiguousQuery", "InternalError", "MissingBody", "NotAFunctionUrl"];
	expected.push("BrokenAuthorizer", "InvalidToken", "MissingToken");
	for (const outcome of [...expected, "MissingCredentials", "PayloadTooLarge", "UriTooLong"]) {
		assert.ok(
			told.outcomes[outcome] > 0,
			`seed ${seed}: nothing came out as ${outcome}: ${JSON.stringify(told.outcomes)}`,
		);
	}
});
