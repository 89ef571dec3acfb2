import { test } from "node:test";
import { check, randomRequests } from "./random.mjs";

// Another seed each time; by hand and with any count: node random.mjs --count N --seed S.
test("random requests agree with @smithy/signature-v4 and keep their meaning", async () => {
	const seed = Date.now() % 1_000_000;
	for (const request of randomRequests(2000, seed)) {
		try {
			await check(request);
		} catch (error) {
			throw new Error(`seed ${seed}: ${JSON.stringify(request)}`, { cause: error });
		}
	}
});
