import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, minutes, newClient, Server, settle, stopClock } from "./harness.mjs";

const seconds = (count) => count * 1000;

test("renewed by the clock, without a call", async (t) => {
	const rows = [
		{ name: "an hour", lasts: minutes(60), after: minutes(58), why: "2 minutes before the end" },
		{ name: "15 minutes", lasts: minutes(15), after: minutes(13), why: "2 minutes before the end" },
		{ name: "4 minutes", lasts: minutes(4), after: minutes(2), why: "2 minutes are half of it" },
		{ name: "3 minutes", lasts: minutes(3), after: seconds(90), why: "half its time is less than 2 minutes" },
		{ name: "20 seconds", lasts: seconds(20), after: seconds(10), why: "half its time" },
		{ name: "1 second", lasts: seconds(1), after: seconds(1), why: "the timer fires once a second at most" },
		{
			name: "a year",
			lasts: minutes(525_600),
			after: 2 ** 31 - 1,
			why: "setTimeout takes no more, and fires at once",
		},
	];
	for (const { name, lasts, after, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const tick = stopClock(t);
			const server = new Server({ lasts, ahead: minutes(60) });
			const client = newClient(t, server);
			const { expiration } = await client.lease();
			await tick(after - 1);
			assert.equal(server.grants.length, 1, "too early");
			await tick(1);
			assert.equal(server.grants.length, 2, "too late");
			assert.equal((await client.lease()).expiration - expiration, after);
			await tick(after);
			assert.equal(server.grants.length, 3, "once only");
		});
	}
});

test("renewed with a call where the timer did not fire, as when the machine slept", async (t) => {
	let now = Date.UTC(2026, 10, 22);
	const server = new Server();
	t.mock.method(Date, "now", () => now);
	const client = newClient(t, server, { now: () => now });
	const { expiration } = await client.lease();
	now += minutes(13) - 1;
	await client.lease();
	assert.equal(server.grants.length, 1);
	now += 1;
	assert.deepEqual((await client.lease()).expiration, expiration, "the old one meanwhile");
	await settle();
	assert.equal((await client.lease()).expiration - expiration, minutes(13));
	now += minutes(20);
	await client.fetch("/");
	assert.equal(server.grants.length, 3, "the second one has ended");
});

test("callers do not wait for a renewal while the old lease holds, and start one only", async (t) => {
	const tick = stopClock(t);
	const server = new Server();
	const client = newClient(t, server);
	const { expiration } = await client.lease();
	const release = server.hold();
	await tick(minutes(13));
	for (let call = 0; call < 20; call++) assert.deepEqual((await client.lease()).expiration, expiration);
	assert.equal(server.grants.length, 2);
	release();
	await settle();
	assert.notDeepEqual((await client.lease()).expiration, expiration);
	assert.equal(server.grants.length, 2);
});

test("a renewal that fails", async (t) => {
	await t.test("the old lease is used; the next try is 10 s later, and not with every call", async (t) => {
		const tick = stopClock(t);
		const server = new Server();
		const client = newClient(t, server);
		const { expiration } = await client.lease();
		server.refuse();
		await tick(minutes(13));
		assert.equal(server.grants.length, 2);
		for (let tries = 2; tries < 10; tries++) {
			for (let second = 0; second < 9; second++) {
				await tick(seconds(1));
				assert.deepEqual((await client.lease()).expiration, expiration);
			}
			assert.equal(server.grants.length, tries);
			await tick(seconds(1));
			assert.equal(server.grants.length, tries + 1);
		}
	});
	await t.test("one that succeeds later is used, and renewed at its own time", async (t) => {
		const tick = stopClock(t);
		const server = new Server();
		const { answerGrant } = server;
		const client = newClient(t, server);
		const { expiration } = await client.lease();
		server.refuse();
		await tick(minutes(13));
		server.answerGrant = answerGrant;
		await tick(seconds(10));
		assert.equal((await client.lease()).expiration - expiration, minutes(13) + seconds(10));
		await tick(minutes(13) - 1);
		assert.equal(server.grants.length, 3);
		await tick(1);
		assert.equal(server.grants.length, 4);
	});
	await t.test("the error is told once the lease has ended, and every call tries again", async (t) => {
		const tick = stopClock(t);
		const server = new Server();
		const client = newClient(t, server);
		await client.lease();
		server.refuse();
		await tick(minutes(13));
		await tick(minutes(2) - 1);
		await client.fetch("/");
		await tick(1);
		const before = server.grants.length;
		for (let call = 1; call <= 5; call++) {
			await failure(client.fetch("/"), "GrantRefused");
			assert.equal(server.grants.length, before + call);
		}
		for (let tries = 0; tries < 60; tries++) await tick(seconds(10));
		assert.equal(server.grants.length, before + 6, "the timer that was set before the end, and no other");
		assert.equal(server.calls.length, 1);
	});
});

test("in its last 10 s, calls wait for the renewal", async (t) => {
	const late = async (t, left) => {
		const tick = stopClock(t);
		const server = new Server();
		const client = newClient(t, server);
		const { expiration } = await client.lease();
		const release = server.hold();
		await tick(minutes(13)); // the timer's renewal hangs
		await tick(minutes(2) - left);
		let lease;
		const call = client.lease().then((it) => {
			lease = it;
		});
		await settle();
		return { tick, server, release, expiration, call, lease: () => lease };
	};
	await t.test("just before, they do not", async (t) => {
		const { lease, expiration } = await late(t, seconds(10) + 1);
		assert.deepEqual(lease().expiration, expiration);
	});
	await t.test("the new one is used", async (t) => {
		const { lease, expiration, release, call } = await late(t, seconds(10));
		assert.equal(lease(), undefined);
		release();
		await call;
		assert.ok(lease().expiration > expiration);
	});
	await t.test("the old one is used where the renewal fails in time", async (t) => {
		const tick = stopClock(t);
		const server = new Server();
		const client = newClient(t, server);
		const { expiration } = await client.lease();
		server.refuse();
		const release = server.hold();
		await tick(minutes(13));
		await tick(minutes(2) - seconds(5));
		const call = client.lease();
		await settle();
		release();
		assert.deepEqual((await call).expiration, expiration);
	});
	await t.test("the error is told where it fails after the end", async (t) => {
		const tick = stopClock(t);
		const server = new Server();
		const client = newClient(t, server);
		await client.lease();
		server.refuse();
		const release = server.hold();
		await tick(minutes(13));
		await tick(minutes(2) - seconds(5));
		const call = failure(client.lease(), "GrantRefused");
		await tick(seconds(5));
		release();
		await call;
	});
});

test("an answer that takes long makes a lease end too early, not too late", async (t) => {
	const tick = stopClock(t);
	const server = new Server();
	const client = newClient(t, server);
	const answer = server.lease(); // by the server's clock at the time of the request
	server.answerGrant = async () => Response.json(answer);
	const release = server.hold();
	const call = client.lease();
	await settle();
	await tick(seconds(20));
	release();
	const { serverTime, expiration } = await call;
	assert.equal(expiration - serverTime, minutes(15) - seconds(20));
});

test("a wrong clock: signed for the server's time", async (t) => {
	const rows = [
		{ name: "an hour behind", ahead: minutes(60), why: "more than the 5 minutes that AWS allows" },
		{ name: "an hour ahead", ahead: -minutes(60), why: "the lease would seem to have ended before it began" },
		{ name: "right", ahead: 0, why: "nothing to correct" },
	];
	for (const { name, ahead, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const tick = stopClock(t);
			const server = new Server({ ahead });
			const client = newClient(t, server);
			await client.lease();
			await tick(minutes(3));
			await client.fetch("/");
			const [{ headers }] = server.calls;
			const signedAt = headers.get("x-amz-date").replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:");
			assert.equal(Date.parse(signedAt), Date.now() + ahead);
			assert.equal(server.grants.length, 1, "it holds as long as any other");
			await tick(minutes(10));
			assert.equal(server.grants.length, 2);
		});
	}
});
