// The settings that are read, and those that are broken.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../authorizer_settings.mjs";
import { accessSettings, customHeaders, issuer } from "./issuer.mjs";

const all = {
	...accessSettings,
	"x-furl-scopes": "a b",
	"x-furl-groups": "g",
	"x-furl-cookie": "__Host-token",
	"x-furl-resource-metadata": "https://api.example.com/m",
	"x-furl-leeway": "300",
	"x-furl-cors": "https://a.example *",
	"x-furl-cors-credentials": "true",
};

test("every setting is read", () => {
	const { id, ...settings } = readSettings(customHeaders(all));
	assert.deepEqual(settings, {
		issuer,
		jwksUri: `${issuer}/.well-known/jwks.json`,
		tokenUse: "access",
		audience: ["client-0", "client-1"],
		scopes: ["a", "b"],
		groups: ["g"],
		cookie: "__Host-token",
		resourceMetadata: "https://api.example.com/m",
		leeway: 300,
		cors: ["https://a.example", "*"],
		corsCredentials: "true",
	});
});

test("what is not asked for has no setting", () => {
	const { id, ...settings } = readSettings(customHeaders({ ...accessSettings, "x-furl-leeway": "0" }));
	assert.deepEqual(Object.keys(settings).sort(), ["audience", "issuer", "jwksUri", "leeway", "tokenUse"]);
	assert.equal(settings.leeway, 0);
});

const broken = {
	"x-furl-issuer": [
		"",
		"http://a.example",
		"https://",
		"https://a b",
		" https://a.example",
		"https://a.example\n",
		"a",
	],
	"x-furl-jwks-uri": [undefined, "", "http://a.example/k", "https://u@a.example/k", "https://:p@a.example/k"],
	"x-furl-token-use": ["", "ACCESS", "access id", "refresh", undefined],
	"x-furl-audience": [undefined, "", " ", "a  b", " a", "a ", "a\tb", "日本"],
	"x-furl-scopes": ["", "a  b", 'a"b', "a\\b"],
	"x-furl-groups": ["", "a  b"],
	"x-furl-cookie": ["", "a b", "a=b", "a;b", "a,b", "é"],
	"x-furl-resource-metadata": [
		"",
		"http://a.example",
		'https://a.example/"',
		"https://a.example/\\",
		"a",
		"https://a.example/#b",
	],
	"x-furl-leeway": ["", "301", "-1", "1.5", "1e2", "01", " 1", "0x10", "1000"],
	"x-furl-cors": ["", "a  b"],
	"x-furl-cors-credentials": ["", "false", "TRUE", "true true"],
	"x-furl-leewa": ["1"],
	"x-furl-": ["1"],
	"X-Furl-Issuer": [issuer],
};

for (const [name, values] of Object.entries(broken)) {
	for (const value of values) {
		test(`broken: ${name}: ${JSON.stringify(value)}`, () => {
			assert.equal(readSettings(customHeaders({ ...all, [name]: value })), undefined);
		});
	}
}

test("settings have an id of their own for good", () => {
	const variants = Array.from({ length: 100 }, (_, n) => ({ ...all, "x-furl-groups": `group-${n}` }));
	const ids = new Set();
	for (const settings of [...variants, ...variants]) {
		const { id } = readSettings(customHeaders(settings));
		assert.equal(readSettings(customHeaders(settings)).id, id);
		ids.add(id);
	}
	// More than are kept, so those that come back were forgotten. A token of theirs may still be remembered.
	assert.equal(ids.size, 200);
});

test("headers that were read before do not lend their settings to others", () => {
	readSettings(customHeaders(accessSettings));
	const { "x-furl-audience": audience, ...rest } = accessSettings;
	assert.equal(Object.keys(accessSettings).at(-1), "x-furl-audience");
	for (const [name, settings] of Object.entries({
		"the last is missing": customHeaders(rest),
		"one more is broken": { ...customHeaders(accessSettings), "x-furl-new": [{}] },
		"another name": { ...customHeaders(rest), "x-furl-audiences": [{ value: audience }] },
		"a second value": { ...customHeaders(rest), "x-furl-audience": [{ value: audience }, { value: "other" }] },
	})) {
		assert.equal(readSettings(settings), undefined, name);
	}
});

test("a setting has one value, which is text", () => {
	for (const value of [
		[],
		undefined,
		null,
		"https://a.example",
		[{}],
		[null],
		[{ value: 1 }],
		[{ value: issuer }, { value: issuer }],
	]) {
		assert.equal(readSettings({ ...customHeaders(all), "x-furl-issuer": value }), undefined, JSON.stringify(value));
	}
});
