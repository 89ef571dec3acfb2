import assert from "node:assert/strict";
import { test } from "node:test";
import { amzDate, day } from "../sigv4.mjs";

test("x-amz-date", async (t) => {
	const rows = [
		{ name: "leading zeros", iso: "2026-01-02T03:04:05.678Z", why: "every part has two digits" },
		{ name: "midnight", iso: "2027-01-01T00:00:00.000Z", why: "all zeros" },
		{
			name: "the last second",
			iso: "2026-12-31T23:59:59.999Z",
			why: "cut, not rounded: a rounded one would be of the next day",
		},
		{ name: "leap day", iso: "2028-02-29T12:30:59.500Z", why: "a day that most years have not" },
	];
	for (const { name, iso, why } of rows) {
		await t.test(`${name}: ${why}`, () => {
			const time = new Date(iso);
			assert.equal(amzDate(day(time), time), iso.replace(/[-:]|\.\d{3}/g, ""));
		});
	}
});
