import assert from "node:assert/strict";
import { test } from "node:test";
import { outcome } from "./outcome.mjs";
import { randomPlaces, randomRequest } from "./random_request.mjs";
import { Random } from "./random_source.mjs";
import { smithyLoses, smithySign } from "./wire.mjs";

// Another seed each time. Many more, and with other verifiers: make soak.
test("random requests are refused where they must be, else keep their meaning and agree with smithy", async () => {
	const seed = Date.now() % 1_000_000;
	const random = new Random(seed);
	const places = randomPlaces(random);
	const counts = { signed: 0 };
	for (let i = 0; i < 2000; i++) {
		const sent = randomRequest(random, places);
		const text = JSON.stringify(sent);
		try {
			const { refused, wire } = outcome(sent);
			if (wire && !smithyLoses(wire.querystring)) {
				assert.equal(wire.headers.authorization, (await smithySign(wire)).authorization);
			}
			counts[refused ?? "signed"] = (counts[refused ?? "signed"] ?? 0) + 1;
		} catch (error) {
			throw new Error(`seed ${seed}: ${text}`, { cause: error });
		}
	}
	for (const code of ["AmbiguousPath", "AmbiguousQuery", "MissingBody", "PayloadTooLarge", "UriTooLong"]) {
		assert.ok(counts[code] > 0, `seed ${seed}: nothing was refused as ${code}`);
	}
	assert.ok(counts.signed > 1000, `seed ${seed}: ${JSON.stringify(counts)}`);
});
