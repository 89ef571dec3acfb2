// URLs that the signer must not refuse. The known ones are verified in local/internal/sigv4/signer_test.go too, under
// every reading.

import assert from "node:assert/strict";
import { test } from "node:test";
import { credentials, readRequest, region } from "./events.mjs";
import { knownRequests, knownUrls } from "./known_urls.mjs";
import { carelessUrl, ordinaryUrl } from "./ordinary_url.mjs";
import { outcome } from "./outcome.mjs";
import { Random } from "./random_source.mjs";
import { smithySign } from "./wire.mjs";

test("200 URLs in the shapes of known applications are signed, and mean the same", async (t) => {
	const urls = knownUrls();
	const requests = knownRequests();
	assert.equal(urls.length, 200);
	assert.equal(new Set(urls.map(({ uri, querystring }) => `${uri}?${querystring}`)).size, 200);
	for (const [i, { shape }] of urls.entries()) {
		await t.test(shape, async () => {
			const { refused, wire } = outcome(requests[i]);
			assert.equal(refused, undefined);
			assert.equal(wire.headers.authorization, (await smithySign(wire)).authorization);
		});
	}
});

test("ordinary URLs are not refused, and of careless ones under 10 %", (t) => {
	const seed = Date.now() % 1_000_000;
	assert.equal(refusals(ordinaryUrl, seed), 0, `seed ${seed}`);
	const careless = refusals(carelessUrl, seed);
	assert.ok(careless > 0 && careless < 0.1, `seed ${seed}: ${careless}`);
	t.diagnostic(`refused of careless ones: ${(100 * careless).toFixed(2)} %`);
});

// The part of 3,000 URLs that is refused.
function refusals(makeUrl, seed) {
	const random = new Random(seed);
	const signing = { ...credentials, region, time: new Date("2026-11-22T10:20:30Z") };
	let refused = 0;
	for (let i = 0; i < 3_000; i++) {
		const viewer = readRequest("get", makeUrl(random));
		if (outcome({ viewer, body: Buffer.alloc(0), signing }).refused) refused++;
	}
	return refused / 3_000;
}
