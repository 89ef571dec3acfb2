import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { LeaseClient, LeaseError } from "../src/furl.mjs";
import { assertNoSecret, credentials, failure, grantUrl, minutes, newClient, Server, token } from "./harness.mjs";

test("GrantRefused", async (t) => {
	const ours = { error: "OriginNotAllowed", message: "this page's origin is not listed" };
	const unknown =
		/^no lease: 403 in words that are not a CredentialGrant's, or quote a header: check grantUrl and headers$/;
	const rows = [
		{
			name: "a CredentialGrant's words",
			answer: ours,
			says: /^no lease: 403 OriginNotAllowed: this page's origin is not listed$/,
			why: "they say what to do",
		},
		{
			name: "names the scheme",
			answer: { ...ours, message: "send Authorization: Bearer" },
			says: /^no lease: 403 OriginNotAllowed: send Authorization: Bearer$/,
			why: "a word of the header that is no secret",
		},
		{ name: "no error", answer: { message: "Forbidden" }, says: unknown, why: "another API's" },
		{ name: "no message", answer: { error: "Forbidden" }, says: unknown, why: "another API's" },
		{ name: "wrong types", answer: { error: 1, message: {} }, says: unknown, why: "another API's" },
		{ name: "null", answer: null, says: unknown, why: "JSON, but nobody's" },
		{ name: "text", answer: "Forbidden", says: unknown, why: "JSON, but nobody's" },
		{ name: "long", answer: { ...ours, message: "a".repeat(500) }, says: unknown, why: "not a person's reading" },
		{
			name: "quotes the token",
			answer: { ...ours, message: `no key=value pair in '${token}'` },
			says: unknown,
			why: "API Gateway quotes what it cannot read",
		},
		{
			name: "quotes the token as error",
			answer: { ...ours, error: token },
			says: unknown,
			why: "wherever it stands",
		},
	];
	for (const { name, answer, says, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const server = new Server();
			server.refuse(403, answer);
			const error = await failure(newClient(t, server).fetch("/"), "GrantRefused");
			assert.match(error.message, says);
			assert.deepEqual([error.status, error.cause, server.calls.length], [403, undefined, 0]);
		});
	}
	await t.test("not JSON: the parser's error would quote it", async (t) => {
		const server = new Server();
		server.answerGrant = async () => new Response(`<html>${token}`, { status: 502 });
		const error = await failure(newClient(t, server).fetch("/"), "GrantRefused");
		assert.match(error.message, /^no lease: 502 in words/);
		assert.equal(error.status, 502);
	});
	await t.test("cut off: the status is known", async (t) => {
		const server = new Server();
		server.answerGrant = async () => new Response(brokenStream(), { status: 503, headers: { "retry-after": "2" } });
		const error = await failure(newClient(t, server).fetch("/"), "GrantRefused");
		assert.deepEqual([error.status, error.retryAfter], [503, 2]);
	});
});

test("retryAfter", async (t) => {
	const rows = [
		{ name: "2", value: "2", seconds: 2, why: "seconds" },
		{ name: "0", value: "0", seconds: 0, why: "at once is an answer too" },
		{ name: "none", value: undefined, seconds: undefined, why: "the answer does not say" },
		{ name: "a date", value: "Fri, 31 Dec 1999 23:59:59 GMT", seconds: undefined, why: "not seconds" },
		{ name: "-1", value: "-1", seconds: undefined, why: "no number of seconds" },
		{ name: "1e9", value: "1e9", seconds: undefined, why: "HTTP has digits only" },
	];
	for (const { name, value, seconds, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const server = new Server();
			server.refuse(503, { error: "Unavailable", message: "later" }, value ? { "retry-after": value } : {});
			assert.equal((await failure(newClient(t, server).lease(), "GrantRefused")).retryAfter, seconds);
		});
	}
});

test("GrantUnreachable", async (t) => {
	const rows = [
		{
			name: "not sent",
			answer: async () => {
				throw new TypeError("Failed to fetch");
			},
			why: "offline, a wrong host, CORS: the browser hides which",
		},
		{ name: "cut off", answer: async () => new Response(brokenStream()), why: "a lease may be in it, but which" },
		{
			name: "timeout",
			answer: async ({ signal }) => {
				signal.throwIfAborted();
			},
			why: "API Gateway would have answered",
		},
	];
	for (const { name, answer, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			t.mock.method(AbortSignal, "timeout", () => AbortSignal.abort(new DOMException("late", "TimeoutError")));
			const server = new Server();
			server.answerGrant = answer;
			const url = `${grantUrl}?key=${token}#${token}`;
			const error = await failure(newClient(t, server, { grantUrl: url }).fetch("/"), "GrantUnreachable");
			assert.ok(error.message.startsWith(`POST ${grantUrl} could not`), error.message);
			for (const words of ["online", "URL", "AllowedOrigins"]) assert.ok(error.message.includes(words));
			assert.ok(error.cause instanceof Error);
			assert.deepEqual([server.grants.length, server.calls.length], [1, 0]);
		});
	}
});

test("BadGrant", async (t) => {
	const past = new Date(Date.now() - minutes(60)).toISOString();
	const names = ["FuncUrl", "Region", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "ServerTime"];
	const rows = names.flatMap((name) => [
		{
			name: `no ${name}`,
			fields: { [name]: undefined },
			says: `has no ${name}`,
			why: "clients expect all of them",
		},
		{ name: `empty ${name}`, fields: { [name]: "" }, says: `has no ${name}`, why: "says nothing" },
		{ name: `${name} is a number`, fields: { [name]: 1 }, says: `has no ${name}`, why: "all are strings" },
	]);
	for (const name of ["Expiration", "ServerTime"]) {
		rows.push({
			name,
			fields: { [name]: token },
			says: `has a ${name} that is no time`,
			why: "never used for ever",
		});
	}
	for (const url of ["http://abc.lambda-url.eu-west-1.on.aws/", "/path", `https://a:${token}@b.example/`]) {
		rows.push({
			name: url,
			fields: { FuncUrl: url },
			says: "FuncUrl that is not https",
			why: "the token goes there",
		});
	}
	rows.push({ name: "ended", fields: { Expiration: past }, says: "not after its ServerTime", why: "of no use" });
	for (const { name, fields, says, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const server = new Server();
			server.answerGrant = async () => Response.json(server.lease(fields));
			const error = await failure(newClient(t, server).fetch("/"), "BadGrant");
			assert.ok(
				error.message.startsWith("the answer of POST /grant ") && error.message.includes(says),
				error.message,
			);
			assert.equal(server.calls.length, 0);
		});
	}
	await t.test("ends when it begins: of no use", async (t) => {
		const server = new Server({ lasts: 0 });
		await failure(newClient(t, server).fetch("/"), "BadGrant");
	});
	for (const text of ["", "null", "1", '"text"', `{"SecretAccessKey":"${credentials.secretAccessKey}`, "<html>"]) {
		await t.test(`${text || "nothing"}: no lease`, async (t) => {
			const server = new Server();
			server.answerGrant = async () => new Response(text);
			assert.match(
				(await failure(newClient(t, server).lease(), "BadGrant")).message,
				/is not a lease: check grantUrl/,
			);
		});
	}
});

test("BadRequest: a header of POST /grant with a line break, which fetch's own error would quote", async (t) => {
	const server = new Server();
	const client = newClient(t, server, { headers: { authorization: `Bearer ${token}\n1` } });
	await failure(client.fetch("/"), "BadRequest");
	assert.equal(server.grants.length, 0);
});

test("grantUrl and FuncUrl: where tokens may go", async (t) => {
	const allowed = ["https://a.example/grant", "http://localhost:8080/", "http://127.0.0.1:1/", "http://127.1.2.3/"];
	for (const url of [...allowed, "http://[::1]:8080/grant"]) {
		await t.test(`${url} allowed`, async (t) => {
			const server = new Server();
			server.answerGrant = async () => Response.json(server.lease({ FuncUrl: url }));
			await newClient(t, server, { grantUrl: url }).fetch("/x");
			assert.deepEqual([server.grants[0][0], server.calls[0].url], [url, new URL("/x", url).href]);
		});
	}
	const refused = [
		{ url: "http://a.example/grant", why: "readable on the way" },
		{ url: "http://127.0.0.1.a.example/", why: "another host" },
		{ url: "http://localhost.a.example/", why: "another host" },
		{ url: "http://notlocalhost/", why: "another host" },
		{ url: "http://192.168.0.1/", why: "another machine" },
		{ url: "ftp://localhost/", why: "not HTTP" },
		{ url: "/grant", why: "not whole" },
		{ url: undefined, why: "forgotten" },
		{ url: `https://user:${token}@a.example/`, why: "fetch refuses it, and quotes the password" },
		{ url: `https://:${token}@a.example/`, why: "a password without a name" },
		{ url: `https://${token}@a.example/`, why: "fetch refuses it, and quotes the name" },
	];
	for (const { url, why } of refused) {
		await t.test(`${url} refused: ${why}`, async () => {
			const made = async () => new LeaseClient({ grantUrl: url });
			assert.match((await failure(made(), "BadRequest")).message, /^grantUrl must be a whole https URL/);
		});
	}
});

test("a LeaseError shows what it is", () => {
	const error = new LeaseError("GrantRefused", "no lease", { status: 503, retryAfter: 2 });
	assert.ok(error instanceof Error);
	assert.match(inspect(error), /^LeaseError: no lease.*code: 'GrantRefused',\s+status: 503,\s+retryAfter: 2/s);
	assert.ok(!("cause" in error));
	const cause = new Error("why");
	assert.equal(new LeaseError("BadGrant", "no lease", { cause }).cause, cause);
});

test("a secret in a cause would be found here", () => {
	const error = new LeaseError("BadGrant", "", { cause: new Error(token) });
	assert.throws(() => assertNoSecret(error), assert.AssertionError);
});

function brokenStream() {
	return new ReadableStream({
		pull(controller) {
			controller.enqueue(new TextEncoder().encode('{"SecretAccessKey":"'));
			controller.error(new TypeError("terminated"));
		},
	});
}
