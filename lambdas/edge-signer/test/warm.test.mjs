// One signer that stays warm while everything around it changes. Each answer of the handler is compared with
// @smithy/signature-v4.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { handler } from "../index.mjs";
import { readEvent } from "./events.mjs";
import { Random } from "./random_source.mjs";
import { smithySign, wireRequest } from "./wire.mjs";

let environment;
beforeEach(() => {
	environment = { ...process.env };
	process.env.AWS_REGION = "sa-east-1"; // where a replica runs
});
afterEach(() => {
	process.env = environment;
});

const functions = [
	{ id: "aaaa", region: "ap-northeast-1" },
	{ id: "bbbb", region: "ap-northeast-1" },
	{ id: "aaaa", region: "us-west-2" }, // the same id elsewhere is another function
	{ id: "cccc", region: "us-west-2" },
	// More than the signer keeps keys for.
	...Array.from({ length: 80 }, (_, n) => ({ id: `d${n}`, region: "eu-west-1" })),
];

function credentials(n) {
	return {
		accessKeyId: `ASIAWARM${n}`,
		secretAccessKey: `secret-${n}`,
		sessionToken: `token-${n}`,
	};
}

async function sign({ id, region }, { accessKeyId, secretAccessKey, sessionToken }) {
	process.env.AWS_ACCESS_KEY_ID = accessKeyId;
	process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey;
	process.env.AWS_SESSION_TOKEN = sessionToken;
	const event = readEvent("get");
	event.Records[0].cf.request.origin.custom.domainName = `${id}.lambda-url.${region}.on.aws`;
	return handler(event);
}

async function assertSigned(signed, { id, region }, by) {
	const date = signed.headers["x-amz-date"][0].value;
	const time = new Date(date.replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));
	const wire = wireRequest(signed, Buffer.alloc(0), { ...by, region, time });
	assert.equal(wire.host, `${id}.lambda-url.${region}.on.aws`);
	assert.equal(wire.headers["x-amz-security-token"], by.sessionToken);
	assert.ok(
		wire.headers.authorization.includes(`=${by.accessKeyId}/${date.slice(0, 8)}/${region}/lambda/aws4_request,`),
	);
	assert.equal(wire.headers.authorization, (await smithySign(wire)).authorization);
}

// 84 functions in 3 regions, and 100 access keys. Old ones come back after the signer has forgotten them.
test("functions, regions and rotated credentials, interleaved", async () => {
	const seed = Date.now() % 1_000_000;
	const random = new Random(seed);
	for (let i = 0; i < 1_000; i++) {
		const target = random.chance(0.5) ? random.pick(functions.slice(0, 4)) : random.pick(functions);
		const by = credentials(random.chance(0.5) ? random.upTo(3) : random.upTo(100));
		try {
			await assertSigned(await sign(target, by), target, by);
		} catch (error) {
			throw new Error(`seed ${seed}, request ${i}`, { cause: error });
		}
	}
});

// Hosts come from distributions and not from viewers. But a signer may serve many, and must not keep keys for ever.
test("the keys of many functions do not pile up", async () => {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc");
	const grown = async (from, count) => {
		collect();
		const before = process.memoryUsage().heapUsed;
		for (let n = from; n < from + count; n++) await sign({ id: `many${n}`, region: "eu-west-1" }, credentials(0));
		collect();
		return process.memoryUsage().heapUsed - before;
	};
	await grown(0, 1_000);
	const bytes = await grown(1_000, 10_000); // some 5 MB where all are kept
	assert.ok(bytes < 1_000_000, `${bytes} bytes for 10,000 functions`);
});

test("requests at once do not mix", async () => {
	const requests = Array.from({ length: 200 }, (_, n) => ({ target: functions[n % 4], by: credentials(n % 7) }));
	const signed = await Promise.all(requests.map(({ target, by }) => sign(target, by)));
	for (const [i, { target, by }] of requests.entries()) await assertSigned(signed[i], target, by);
});

test("midnight UTC", async (t) => {
	const rows = [
		{ name: "a day", before: "2026-11-22T23:59:59.999Z", dates: ["20261122T235959Z", "20261123T000000Z"] },
		{ name: "a month", before: "2026-11-30T23:59:59.999Z", dates: ["20261130T235959Z", "20261201T000000Z"] },
		{ name: "a year", before: "2026-12-31T23:59:59.999Z", dates: ["20261231T235959Z", "20270101T000000Z"] },
		{ name: "a leap day", before: "2028-02-28T23:59:59.999Z", dates: ["20280228T235959Z", "20280229T000000Z"] },
	];
	for (const { name, before, dates } of rows) {
		await t.test(`${name} ends between two requests`, async (t) => {
			t.mock.timers.enable({ apis: ["Date"], now: new Date(before) });
			const [target, by] = [functions[0], credentials(1)];
			const signatures = [];
			// Days go back again too. A clock may be set right, and yesterday's key is still yesterday's.
			for (const [date, tick] of [
				[dates[0], 1],
				[dates[1], -1],
				[dates[0], 0],
			]) {
				const signed = await sign(target, by);
				assert.equal(signed.headers["x-amz-date"][0].value, date);
				await assertSigned(signed, target, by);
				signatures.push(signed.headers.authorization[0].value);
				t.mock.timers.setTime(Date.now() + tick);
			}
			assert.equal(signatures[0], signatures[2]);
			assert.notEqual(signatures[0], signatures[1]);
		});
	}
});
