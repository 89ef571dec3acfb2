// Fuzzes the handler with arbitrary JSON, in a separate process. The parent (fuzz.test.mjs) sees all that is written to
// stdout or stderr. It gets the message {outcomes} or {failure}.
//
//     fork("fuzz.mjs", [seed, count])

import assert from "node:assert/strict";
import { handler } from "../index.mjs";
import { canary, hugeEvents, randomEvent } from "./random_json.mjs";
import { Random } from "./random_source.mjs";

const [seed, count] = process.argv.slice(2).map(Number);
// One canary in all that must not come out: every string of the viewer's and of the credentials has it.
const credentials = {
	AWS_ACCESS_KEY_ID: `ASIA${canary}`,
	AWS_SECRET_ACCESS_KEY: `secret${canary}`,
	AWS_SESSION_TOKEN: `token${canary}`,
};

const outcomes = {};
await run();

async function run() {
	Object.assign(process.env, credentials);
	for (const [name, event] of Object.entries(hugeEvents())) {
		const failure = await tryEvent(event);
		if (failure) return process.send({ failure: `huge event "${name}": ${failure}` });
	}
	const random = new Random(seed);
	for (let i = 0; i < count; i++) {
		const event = randomEvent(random);
		const text = JSON.stringify(event);
		Object.assign(process.env, credentials);
		if (random.chance(0.02)) delete process.env[random.pick(Object.keys(credentials))];
		const failure = await tryEvent(event);
		if (failure) return process.send({ failure: `seed ${seed}, event ${i}: ${failure}\n${text}` });
	}
	process.send({ outcomes });
}

async function tryEvent(event) {
	try {
		const hasAuthorizer = settingsOf(event).length > 0;
		const result = await handler(event);
		const outcome = isSigned(result) ? "signed" : assertAnswer(result);
		assert.ok(!(hasAuthorizer && outcome === "signed"), "the authorizer let a request pass that has no token");
		outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
	} catch (error) {
		return error?.stack ?? String(error);
	}
}

// The names of an authorizer's settings in the event.
function settingsOf(event) {
	const headers = event?.Records?.[0]?.cf?.request?.origin?.custom?.customHeaders;
	return Object.keys(headers ?? {}).filter((name) => name.startsWith("x-furl-"));
}

// Reports whether the result is the request, which goes on to the Function URL.
function isSigned(result) {
	return (
		result?.headers?.authorization?.[0]?.value?.startsWith?.(`AWS4-HMAC-SHA256 Credential=ASIA${canary}/`) === true
	);
}

// Checks the form of a generated response (CloudFront Developer Guide, lambda-generating-http-responses).
function assertAnswer(answer) {
	const text = JSON.stringify(answer);
	assert.ok(!text.includes(canary), "the answer holds something of the event or the credentials");
	assert.ok(text.length < 1_000, `the answer has ${text.length} characters`);
	assert.deepEqual(Object.keys(answer).sort(), ["body", "headers", "status"]);
	assert.match(answer.status, /^[2-5]\d\d$/);
	for (const [name, values] of Object.entries(answer.headers)) {
		assert.match(name, /^[a-z][a-z-]*$/);
		assert.equal(values.length, 1);
		assert.match(values[0].value, /^[ -~]+$/);
	}
	assert.equal(answer.headers["cache-control"][0].value, "no-store");
	assert.equal(answer.headers["content-type"][0].value, "application/json");
	const { error, message, ...rest } = JSON.parse(answer.body);
	assert.match(error, /^[A-Z][A-Za-z]+$/);
	assert.ok(typeof message === "string" && message.length > 0);
	assert.deepEqual(rest, {});
	return error;
}
