// The authorizer within the handler: how settings, tokens and answers come and go.

import assert from "node:assert/strict";
import { after, before, beforeEach, mock, test } from "node:test";
import { authorize } from "../authorizer.mjs";
import { handler } from "../index.mjs";
import { credentials, readEvent } from "./events.mjs";
import {
	accessClaims,
	accessSettings,
	answerHttps,
	customHeaders,
	idClaims,
	idSettings,
	keyServer,
	now,
	oidcClaims,
	oidcSettings,
	seconds,
	token,
} from "./issuer.mjs";
import { eventHeaders, placementRows } from "./placements.mjs";

const environment = { ...process.env };
const asked = [];
let endAnswers;

before(() => {
	mock.timers.enable({ apis: ["Date"], now });
	process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
	process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
	process.env.AWS_SESSION_TOKEN = credentials.sessionToken;
	endAnswers = answerHttps(asked);
});
beforeEach(() => {
	asked.length = 0;
});
after(() => {
	endAnswers();
	process.env = environment;
	mock.timers.reset();
});

const good = token();
const bearer = (text) => [{ key: "Authorization", value: `Bearer ${text}` }];

async function call({ settings = accessSettings, headers = {}, method = "GET" }) {
	const event = readEvent("get");
	const { request } = event.Records[0].cf;
	request.origin.custom.customHeaders = { ...customHeaders(settings), "x-other": [{ key: "X-Other", value: "1" }] };
	delete request.headers.cookie;
	Object.assign(request.headers, headers);
	request.method = method;
	return handler(event);
}

async function assertRefused(asking, status, code) {
	const answer = await call(asking);
	assert.deepEqual([answer.status, JSON.parse(answer.body).error], [String(status), code]);
	assert.equal(answer.headers["cache-control"][0].value, "no-store");
	assert.equal(answer.headers["content-type"][0].value, "application/json");
	return answer;
}

async function assertPassed(asking) {
	const request = await call(asking);
	assert.match(request.headers?.authorization[0].value ?? request.body, /^AWS4-HMAC-SHA256 /);
	return request;
}

test("a verified token goes on, and the settings do not", async () => {
	const forged = [{ value: "forged" }];
	const headers = {
		authorization: bearer(good),
		"x-forwarded-authorization": forged,
		"x-furl-issuer": forged,
		"x-furl-any": forged,
		"x-furl-verified": forged,
	};
	const { headers: sent, origin } = await assertPassed({ headers });
	assert.deepEqual(sent["x-forwarded-authorization"], [{ value: `Bearer ${good}` }]);
	assert.deepEqual(Object.keys(origin.custom.customHeaders), ["x-other"]);
	assert.deepEqual(
		Object.entries(sent).filter(([name]) => name.startsWith("x-furl-")),
		[["x-furl-verified", [{ value: accessSettings["x-furl-issuer"] }]]],
	);
	assert.deepEqual(asked, [accessSettings["x-furl-jwks-uri"]]);
});

test("without settings there is no authorizer, and a viewer's own headers make none", async () => {
	const issuer = [{ value: accessSettings["x-furl-issuer"] }];
	const headers = { "x-furl-issuer": issuer, "x-furl-verified": issuer, authorization: bearer("any") };
	const { headers: sent } = await assertPassed({ settings: {}, headers });
	assert.deepEqual(sent["x-forwarded-authorization"], [{ value: "Bearer any" }]);
	assert.equal(sent["x-furl-issuer"], undefined);
	assert.equal(sent["x-furl-verified"], undefined);
});

test("where the token is", async (t) => {
	const refusals = {
		MissingToken: [401, ""],
		AmbiguousToken: [400, ', error="invalid_request"'],
		InvalidToken: [401, ', error="invalid_token"'],
	};
	for (const { code, name, why, settings, headers } of placementRows(good)) {
		await t.test(`${name}: ${why}`, async () => {
			const asking = { settings, headers: eventHeaders(headers) };
			if (code !== "passed") {
				const [status, error] = refusals[code];
				const answer = await assertRefused(asking, status, code);
				return assert.equal(answer.headers["www-authenticate"][0].value, `Bearer realm="api"${error}`);
			}
			const { headers: sent } = await assertPassed(asking);
			assert.deepEqual(sent["x-forwarded-authorization"], [{ value: `Bearer ${good}` }]);
		});
	}
});

test("the challenge", async (t) => {
	const metadata = { ...accessSettings, "x-furl-resource-metadata": "https://api.example.com/.well-known/m" };
	const scopes = { ...accessSettings, "x-furl-scopes": "a b" };
	const groups = { ...accessSettings, "x-furl-groups": "owners" };
	const rows = [
		{ name: "no token", why: "RFC 6750 3.1: no error", want: 'Bearer realm="api"' },
		{
			name: "metadata",
			why: "RFC 9728 5.1",
			settings: metadata,
			want: `Bearer realm="api", resource_metadata="${metadata["x-furl-resource-metadata"]}"`,
		},
		{ name: "invalid", why: "RFC 6750 3.1", sent: "x", want: 'Bearer realm="api", error="invalid_token"' },
		{
			name: "expired",
			why: "RFC 6750 3.1",
			sent: token({ ...accessClaims, exp: 1 }),
			code: "ExpiredToken",
			want: 'Bearer realm="api", error="invalid_token"',
		},
		{
			name: "scopes",
			why: "RFC 6750 3: those that are asked for",
			settings: scopes,
			sent: good,
			status: 403,
			code: "InsufficientScope",
			want: 'Bearer realm="api", error="insufficient_scope", scope="a b"',
		},
		{
			name: "groups",
			why: "they are nobody's to know",
			settings: groups,
			sent: good,
			status: 403,
			code: "InsufficientScope",
			want: 'Bearer realm="api", error="insufficient_scope"',
		},
	];
	for (const {
		name,
		why,
		settings,
		sent,
		status = 401,
		code = sent ? "InvalidToken" : "MissingToken",
		want,
	} of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const headers = sent ? { authorization: bearer(sent) } : {};
			const answer = await assertRefused({ settings, headers }, status, code);
			assert.equal(answer.headers["www-authenticate"][0].value, want);
		});
	}
});

test("nothing of a token that is not verified is answered", async () => {
	const claims = { ...accessClaims, sub: "CANARY", iss: "https://CANARY", scope: "CANARY" };
	for (const header of [{}, { kid: "CANARY" }, { alg: "CANARY" }, { typ: "CANARY" }]) {
		const sent = token(claims, header);
		const text = JSON.stringify(await call({ headers: { authorization: bearer(sent) } }));
		assert.ok(!text.includes("CANARY") && !text.includes(sent.split(".")[1]), text);
	}
});

test("nothing of a claim that decides is answered", async (t) => {
	const scoped = { ...accessSettings, "x-furl-scopes": "read" };
	const grouped = { ...accessSettings, "x-furl-groups": "owners" };
	const rows = [
		{ name: "iss", claims: accessClaims, settings: accessSettings, reason: "iss" },
		{ name: "token_use", claims: accessClaims, settings: accessSettings, reason: "access token" },
		{ name: "token_use", claims: idClaims, settings: idSettings, reason: "ID token" },
		{ name: "client_id", claims: accessClaims, settings: accessSettings, reason: "client_id" },
		{ name: "aud", claims: idClaims, settings: idSettings, reason: "aud" },
		{ name: "aud", claims: oidcClaims, settings: oidcSettings, reason: "aud" },
		{ name: "scope", claims: accessClaims, settings: scoped, reason: "scopes" },
		{ name: "cognito:groups", claims: accessClaims, settings: grouped, reason: "groups" },
	];
	for (const { name, claims, settings, reason } of rows) {
		await t.test(`${name}: ${reason}`, async () => {
			const sent = token({ ...claims, sub: "CANARY", [name]: name === "cognito:groups" ? ["CANARY"] : "CANARY" });
			const answer = await call({ settings, headers: { authorization: bearer(sent) } });
			assert.ok(JSON.parse(answer.body).message.includes(reason), answer.body);
			assert.doesNotMatch(JSON.stringify(answer), /CANARY/);
		});
	}
});

test("preflights", async (t) => {
	const page = "https://app.example.com";
	const cors = { ...accessSettings, "x-furl-cors": page };
	const origin = [{ key: "Origin", value: page }];
	const asks = { origin, "access-control-request-method": [{ value: "POST" }] };
	const rows = [
		{ name: "with CORS", why: "the URL answers it", settings: cors, headers: asks, passes: true },
		{ name: "without CORS", why: "the function would be called", headers: asks },
		{ name: "no method", why: "it is no preflight", settings: cors, headers: { origin } },
		{ name: "no origin", why: "it is no preflight", settings: cors, headers: { ...asks, origin: undefined } },
		{
			name: "empty origin",
			why: "it is no preflight",
			settings: cors,
			headers: { ...asks, origin: [{ value: "" }] },
		},
		{
			name: "two origins",
			why: "it is no preflight",
			settings: cors,
			headers: { ...asks, origin: [...origin, ...origin] },
		},
		{ name: "POST", why: "it is no preflight", settings: cors, headers: asks, method: "POST" },
	];
	for (const { name, why, passes, method = "OPTIONS", ...asking } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			for (const key in asking.headers) asking.headers[key] ?? delete asking.headers[key];
			if (!passes) return assertRefused({ method, ...asking }, 401, "MissingToken");
			const headers = { ...asking.headers, authorization: bearer("unverified") };
			const request = await assertPassed({ method, ...asking, headers });
			assert.equal(request.headers["x-forwarded-authorization"], undefined);
			assert.equal(request.headers["x-furl-verified"], undefined);
		});
	}
});

test("refusals are shown to pages of listed origins", async (t) => {
	const [listed, other] = ["https://b.example", "https://c.example"];
	const two = { ...accessSettings, "x-furl-cors": `https://a.example ${listed}` };
	const any = { ...two, "x-furl-cors": "*" };
	const credentials = { "x-furl-cors-credentials": "true" };
	const shown = { "access-control-allow-origin": listed, vary: "Origin" };
	const hidden = { vary: "Origin" };
	const rows = [
		{ name: "listed", why: "as the URL's answers", settings: two, origin: listed, want: shown },
		{ name: "another", why: "it is not listed", settings: two, origin: other, want: hidden },
		{ name: "a longer one", why: "whole origins count", settings: two, origin: `${listed}.evil`, want: hidden },
		{ name: "none", why: "caches keep origins apart", settings: two, want: hidden },
		{
			name: "any",
			why: "the URL has *",
			settings: any,
			origin: other,
			want: { "access-control-allow-origin": "*" },
		},
		{ name: "no CORS", why: "the URL has none", settings: accessSettings, origin: listed, want: {} },
		{
			name: "listed, with cookies",
			why: "Fetch, CORS check: both headers",
			settings: { ...two, ...credentials },
			origin: listed,
			want: { ...shown, "access-control-allow-credentials": "true" },
		},
		{
			name: "another, with cookies",
			why: "it is not listed",
			settings: { ...two, ...credentials },
			origin: other,
			want: hidden,
		},
		{
			name: "any, with cookies",
			why: "not every page may use its viewer's cookies",
			settings: { ...any, ...credentials },
			origin: other,
			want: { "access-control-allow-origin": "*" },
		},
	];
	for (const { name, why, settings, origin, want } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const headers = origin ? { origin: [{ value: origin }] } : {};
			const answer = await assertRefused({ settings, headers }, 401, "MissingToken");
			const forPages = Object.entries(answer.headers).filter(([key]) => /^(vary$|access-)/.test(key));
			assert.deepEqual(Object.fromEntries(forPages.map(([key, [{ value }]]) => [key, value])), want);
		});
	}
});

test("broken settings are refused, whatever the token", async () => {
	const headers = { authorization: bearer(good) };
	const { "x-furl-issuer": _, ...rest } = accessSettings;
	await assertRefused({ settings: rest, headers }, 500, "BrokenAuthorizer");
	await assertRefused({ settings: { "x-furl-new": "1" }, headers }, 500, "BrokenAuthorizer");
	await assertRefused({ settings: { "X-Furl-Issuer": "https://a.example" }, headers }, 500, "BrokenAuthorizer");
});

const ask = (settings, sent, server, at = now) =>
	authorize({ method: "GET", headers: { authorization: bearer(sent) } }, customHeaders(settings), at, server.fetch);

const minute = 60_000;

// Has the issuer's keys since now, and has verified a token half an hour later. From an hour on the keys are old, so a
// token that is verified anew asks for them.
async function verifiedLater(uri, exp) {
	const settings = { ...accessSettings, "x-furl-jwks-uri": uri };
	assert.equal(await ask(settings, token(), keyServer()), undefined);
	const sent = token({ ...accessClaims, exp });
	const server = keyServer(() => Buffer.from('{"keys":[]}'));
	const askAt = (at) => ask(settings, sent, server, now + at);
	assert.equal(await askAt(30 * minute), undefined);
	return { askAt, server };
}

test("a verified token is remembered until it expires", async () => {
	const { askAt, server } = await verifiedLater("https://keys.example/remembered", seconds + 80 * 60);
	assert.equal(await askAt(80 * minute - 1), undefined);
	assert.equal(server.count, 0);
	assert.equal((await askAt(80 * minute)).code, "InvalidToken");
	assert.equal(server.count, 1);
});

test("a token is verified anew after an hour, since its key may be withdrawn", async () => {
	const { askAt, server } = await verifiedLater("https://keys.example/withdrawn", seconds + 999 * 60);
	assert.equal(await askAt(90 * minute - 1), undefined);
	assert.equal(server.count, 0);
	assert.equal((await askAt(90 * minute)).code, "InvalidToken");
	assert.equal(server.count, 1);
});

test("no keys are asked for by a token of another issuer", async () => {
	const settings = { ...accessSettings, "x-furl-jwks-uri": "https://keys.example/other" };
	const server = keyServer();
	const sent = token({ ...accessClaims, iss: "https://other.example.com" }, { kid: "unknown" });
	for (const at of [now, now + 1]) assert.equal((await ask(settings, sent, server, at)).code, "InvalidToken");
	assert.equal(server.count, 0);
});

test("a token of one authorizer is none of another", async () => {
	const server = keyServer();
	const sent = token(oidcClaims);
	assert.equal(await ask(oidcSettings, sent, server), undefined);
	for (const [name, value] of [
		["x-furl-audience", "https://other.example.com"],
		["x-furl-issuer", "https://other.example.com"],
		["x-furl-scopes", "admin"],
	]) {
		assert.ok(await ask({ ...oidcSettings, [name]: value }, sent, server), name);
	}
});

test("1,000 tokens are remembered, and the oldest is forgotten", async () => {
	const settings = { ...accessSettings, "x-furl-jwks-uri": "https://keys.example/many" };
	const server = keyServer();
	assert.equal(await ask(settings, token(), server), undefined);
	const made = Array.from({ length: 1001 }, (_, n) =>
		token({ ...accessClaims, exp: seconds + 7200, jti: `${n}` }, {}, "ed25519"),
	);
	for (const sent of made) assert.equal(await ask(settings, sent, server, now + 30 * minute), undefined);
	for (const sent of made.slice(1)) assert.equal(await ask(settings, sent, server, now + 60 * minute), undefined);
	assert.equal(server.count, 1);
	assert.equal(await ask(settings, made[0], server, now + 60 * minute), undefined);
	assert.equal(server.count, 2);
});
