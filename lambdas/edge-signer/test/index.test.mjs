import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { handler } from "../index.mjs";
import { credentials, host, readEvent } from "./events.mjs";
import { Random } from "./random_source.mjs";

const variables = {
	AWS_ACCESS_KEY_ID: credentials.accessKeyId,
	AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
	AWS_SESSION_TOKEN: credentials.sessionToken,
	AWS_REGION: "eu-west-3", // where the edge function runs, which is not where the Function URL is
};
let environment;

beforeEach(() => {
	environment = { ...process.env };
	Object.assign(process.env, variables);
});
afterEach(() => {
	process.env = environment;
});

test("signs with the environment's credentials of the moment", async () => {
	const first = await handler(readEvent("post"));
	process.env.AWS_ACCESS_KEY_ID = "ASIAROTATED";
	process.env.AWS_SESSION_TOKEN = "rotated";
	const second = await handler(readEvent("post"));
	assert.match(
		first.headers.authorization[0].value,
		/Credential=ASIAEXAMPLEEXAMPLE00\/\d{8}\/ap-northeast-1\/lambda\//,
	);
	assert.match(second.headers.authorization[0].value, /Credential=ASIAROTATED\//);
	assert.equal(second.headers["x-amz-security-token"][0].value, "rotated");
});

test("signs for the time that it is", async () => {
	const { headers } = await handler(readEvent("get"));
	const signedAt = headers["x-amz-date"][0].value.replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:");
	assert.ok(Math.abs(new Date(signedAt) - Date.now()) < 60_000, signedAt);
});

test("a refusal is a generated response that is not cached", async () => {
	const event = readEvent("get");
	event.Records[0].cf.request.uri = "/a/../b";
	const { body, ...response } = await handler(event);
	assert.deepEqual(response, {
		status: "400",
		headers: { "cache-control": [{ value: "no-store" }], "content-type": [{ value: "application/json" }] },
	});
	const { error, message, ...rest } = JSON.parse(body);
	assert.equal(error, "AmbiguousPath");
	assert.match(message, /^Send the path without /);
	assert.deepEqual(rest, {});
});

test("missing credentials are answered", async () => {
	delete process.env.AWS_SECRET_ACCESS_KEY;
	const response = await handler(readEvent("get"));
	assert.equal(response.status, "500");
	assert.equal(JSON.parse(response.body).error, "MissingCredentials");
});

test("what is no event is answered", async (t) => {
	const events = [
		undefined,
		null,
		1,
		"",
		[],
		{},
		{ Records: [] },
		{ Records: [{ cf: {} }] },
		{ Records: [{ cf: { request: null } }] },
	];
	for (const event of events) {
		await t.test(`${JSON.stringify(event)}`, async () => {
			const response = await handler(event);
			assert.equal(response.status, "500");
			assert.ok(["InternalError", "NotAFunctionUrl"].includes(JSON.parse(response.body).error), response.body);
		});
	}
});

// Each event has up to four of its values, at any depth, replaced or taken away. An answer without secrets comes of it,
// or a request in which no header was touched that is not ours to touch. No word is in the log.
test("mangled events", async (t) => {
	const seed = Date.now() % 1_000_000;
	const random = new Random(seed);
	const logged = ["log", "info", "warn", "error", "debug"].map((method) => t.mock.method(console, method, () => {}));
	logged.push(t.mock.method(process.stderr, "write", () => true));
	const outcomes = { signed: 0 };

	const count = process.env.SHORT ? 5_000 : 20_000; // make check sets SHORT
	for (let i = 0; i < count; i++) {
		const event = readMangled(random);
		const text = JSON.stringify(event);
		const { request } = structuredClone(event.Records[0].cf); // the handler may change the event
		try {
			const result = await handler(event);
			if (result.status) assertAnswer(result, outcomes);
			else assertRequest(result, request, outcomes);
		} catch (error) {
			throw new Error(`seed ${seed}, event ${i}: ${text}`, { cause: error });
		}
	}

	for (const method of logged) assert.equal(method.mock.callCount(), 0);
	for (const outcome of [
		"signed",
		"AmbiguousPath",
		"AmbiguousQuery",
		"NotAFunctionUrl",
		"MissingBody",
		"PayloadTooLarge",
		"InternalError",
	]) {
		assert.ok(outcomes[outcome] > 0, `seed ${seed}: nothing came out as ${outcome}: ${JSON.stringify(outcomes)}`);
	}
});

const events = ["get", "post", "post_truncated"].map((name) => JSON.stringify(readEvent(name)));
const oddities = [
	undefined,
	null,
	0,
	-1,
	true,
	"",
	"/",
	"//",
	"/../",
	"%",
	"%ff",
	"a=%ff",
	"\ud800",
	"日本",
	"x".repeat(9000),
	[],
	{},
];
oddities.push([{}], [{ value: null }], [{ key: "a", value: "b\r\nc: d" }], { toString: null }, "viewer", "%zz&&=");

function readMangled(random) {
	const event = JSON.parse(random.pick(events));
	const { headers } = event.Records[0].cf.request;
	headers.authorization = [{ key: "Authorization", value: "Bearer viewer-secret" }];
	for (let changes = random.upTo(5); changes > 0; changes--) mangle(event.Records[0].cf.request, random);
	return event;
}

function mangle(node, random) {
	const key = random.pick(Object.keys(node));
	if (node[key] && typeof node[key] === "object" && random.chance(0.7)) mangle(node[key], random);
	else if (key !== undefined && random.chance(0.2)) delete node[key];
	else node[key ?? "x-amz-added"] = structuredClone(random.pick(oddities));
}

function assertAnswer(answer, outcomes) {
	assert.match(answer.status, /^(400|413|414|500)$/);
	assert.equal(answer.headers["cache-control"][0].value, "no-store");
	const { error, message } = JSON.parse(answer.body);
	assert.match(error, /^[A-Z][A-Za-z]+$/);
	assert.ok(message.length > 0);
	for (const secret of [...Object.values(credentials), "viewer-secret", "AP/+gGE=", "203.0.113.178"]) {
		assert.ok(!JSON.stringify(answer).includes(secret), answer.body);
	}
	outcomes[error] = (outcomes[error] ?? 0) + 1;
}

const ours = /^(host|authorization|x-forwarded-authorization|x-forwarded-uri|x-amz-.*)$/;

function assertRequest(signed, request, outcomes) {
	const untouched = (headers) => Object.entries(headers).filter(([name]) => !ours.test(name));
	assert.deepEqual(untouched(signed.headers), untouched(request.headers));
	const { uri, querystring, headers, ...rest } = signed;
	const { uri: _, querystring: __, headers: ___, ...before } = request;
	assert.deepEqual(rest, before);
	assert.equal(headers.host[0].value, host);
	assert.match(headers.authorization[0].value, /^AWS4-HMAC-SHA256 /);
	assert.match(uri, /^\/[!-~]*$/);
	assert.match(querystring, /^[!-~]*$/);
	const { "x-forwarded-authorization": _viewers, ...others } = headers;
	assert.ok(!JSON.stringify(others).includes("viewer-secret"));
	outcomes.signed++;
}
