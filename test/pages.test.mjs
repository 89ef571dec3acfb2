// Runs the JavaScript of docs/ that no other test runs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** Imports the block of a page that has a text in it. */
async function block(page, text) {
	const blocks = [
		...readFileSync(new URL(`../docs/${page}`, import.meta.url), "utf8").matchAll(/\n```js\n(.*?)```/gs),
	];
	const found = blocks.map(([, code]) => code).filter((code) => code.includes(text));
	assert.equal(found.length, 1, `${page} has ${found.length} blocks with ${text}`);
	return import(`data:text/javascript,${encodeURIComponent(found[0])}`);
}

test("originalURI of webhooks.md", async (t) => {
	const { originalURI } = await block("webhooks.md", "originalURI");
	const event = { rawPath: "/a", rawQueryString: "b=c", requestContext: { domainName: "own.example" } };
	const rows = [
		{
			name: "by the edge signer",
			why: "path and query are as they were sent",
			headers: { "x-forwarded-uri": "/a?b=c+d", "x-forwarded-host": "d1.example" },
			want: "https://d1.example/a?b=c+d",
		},
		{
			name: "by origin access control",
			why: "nobody wrote x-forwarded-uri",
			headers: { "x-forwarded-host": "d1.example" },
			want: "https://d1.example/a?b=c",
		},
		{ name: "directly", why: "the URL's own host", headers: {}, want: "https://own.example/a?b=c" },
		{ name: "no query", why: "no question mark", query: "", headers: {}, want: "https://own.example/a" },
		{
			name: "not a path",
			why: "it would become the host",
			headers: { "x-forwarded-uri": "@evil.example/" },
			want: "https://own.example/a?b=c",
		},
	];
	for (const { name, why, headers, query = event.rawQueryString, want } of rows) {
		await t.test(`${name}: ${why}`, () => {
			assert.equal(originalURI({ ...event, rawQueryString: query, headers }), want);
		});
	}
});

test("the edge function of signing.md names the challenge as the function did", async () => {
	const { handler } = await block("signing.md", "x-amzn-remapped-www-authenticate");
	const answer = (headers) => handler({ Records: [{ cf: { response: { status: "401", headers } } }] });
	const renamed = [{ key: "X-Amzn-Remapped-WWW-Authenticate", value: "Basic" }];
	assert.deepEqual((await answer({ "x-amzn-remapped-www-authenticate": renamed, date: [] })).headers, {
		"www-authenticate": [{ value: "Basic" }],
		date: [],
	});
	assert.deepEqual((await answer({ date: [] })).headers, { date: [] });
});
