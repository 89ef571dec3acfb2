import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Refusal, signRequest } from "../index.mjs";
import { credentials, host, postBody, readRequest, region } from "./events.mjs";
import { smithySign, wireRequest } from "./wire.mjs";

const time = new Date("2026-11-22T10:20:30.456Z");
const noBody = Buffer.alloc(0);
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const value = (signed, name) => signed.headers[name]?.[0].value;

async function assertSigned(signed, body, by = credentials, inRegion = region) {
	const wire = wireRequest(signed, body, { ...by, region: inRegion, time });
	const expected = await smithySign(wire);
	assert.equal(wire.headers.authorization, expected.authorization);
	assert.equal(wire.headers["x-amz-content-sha256"], expected["x-amz-content-sha256"]);
}

function assertRefused(request, status, code, by = credentials) {
	assert.throws(
		() => signRequest(request, by, time),
		(error) => {
			assert.ok(error instanceof Refusal, error.stack);
			assert.deepEqual([error.status, error.code], [status, code]);
			return true;
		},
	);
}

test("path", async (t) => {
	const rows = [
		{ name: "root", uri: "/", why: "the shortest there is" },
		{ name: "trailing slash", uri: "/a/", why: "one is not ambiguous" },
		{ name: "what RFC 3986 lets stand", uri: "/-._~!$&'()*+,;=:@/x", why: "a path segment may hold these raw" },
		{
			name: "valid escapes",
			uri: "/%41%e3%81%82%2F%2f%25%20%ff",
			why: "an escape is already what it says, in either case",
		},
		{
			name: "encoded slashes",
			uri: "/https%3A%2F%2Fexample.com",
			why: "data of their segment, not empty segments",
		},
		{
			name: "dots in a name",
			uri: "/.well-known/..a/a../...",
			why: "a dot segment is one or two dots and nothing else",
		},
		{ name: "twice encoded dots", uri: "/%252e%252e/a", why: "decoded once, this is a name with a percent sign" },
		{
			name: "Japanese",
			uri: "/日本",
			wire: "/%E6%97%A5%E6%9C%AC",
			why: "raw UTF-8 is no path; readers differ on it",
		},
		{ name: "beyond the BMP", uri: "/𝒳", wire: "/%F0%9D%92%B3", why: "a surrogate pair is one character" },
		{
			name: "case folding",
			uri: "/\u017f\u212a",
			wire: "/%C5%BF%E2%84%AA",
			why: "long s and the Kelvin sign fold to ASCII letters, but are none",
		},
		{ name: "space and quotes", uri: '/a b"c', wire: "/a%20b%22c", why: "not allowed raw" },
		{ name: "delimiters", uri: "/?#[]", wire: "/%3F%23%5B%5D", why: "raw they would end the path" },
		{
			name: "others",
			uri: "/<>^`{|}\u0000\u007f",
			wire: "/%3C%3E%5E%60%7B%7C%7D%00%7F",
			why: "net/url encodes these, WHATWG only some",
		},
		{ name: "backslash", uri: "/a\\b", wire: "/a%5Cb", why: "WHATWG URL parsers take a raw one for a slash" },
		{
			name: "broken escapes",
			uri: "/%/%zz/%4",
			wire: "/%25/%25zz/%254",
			why: "a percent sign that starts no escape is itself",
		},
		{
			name: "a percent sign before an escape",
			uri: "/%%41",
			wire: "/%25%41",
			why: "the first is broken, the second is not",
		},
		{ name: "%u escape", uri: "/%u00e9", wire: "/%25u00e9", why: "no escape of RFC 3986" },
	];
	for (const { name, uri, wire = uri, why } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const signed = signRequest(readRequest("get", { uri }), credentials, time);
			assert.equal(signed.uri, wire);
			await assertSigned(signed, noBody);
		});
	}
});

test("ambiguous path", async (t) => {
	const rows = [
		{ name: "empty", uri: "", why: "CloudFront always sends a slash" },
		{ name: "no leading slash", uri: "a", why: "could join with the host" },
		{ name: "//", uri: "//", why: "some readers collapse it" },
		{ name: "// inside", uri: "/a//b", why: "some readers collapse it" },
		{ name: "// at the end", uri: "/a//", why: "only one trailing slash is unambiguous" },
		{ name: "/.", uri: "/a/.", why: "dot segment" },
		{ name: "/./", uri: "/./a", why: "dot segment" },
		{ name: "/..", uri: "/a/..", why: "dot segment" },
		{ name: "/../", uri: "/a/../admin", why: "resolving it silently would let /admin past a WAF rule" },
		{ name: "%2e", uri: "/a/%2e/b", why: "an encoded dot is a dot" },
		{ name: "%2E%2e", uri: "/a/%2E%2e/b", why: "in either case" },
		{ name: ".%2e", uri: "/a/.%2e", why: "half encoded" },
		{ name: "..%2F", uri: "/a/..%2Fadmin", why: "some readers decode before they split" },
		{ name: "%2f..%2f", uri: "/a%2f%2e%2e%2fadmin", why: "the same, all encoded" },
		{ name: "..\\", uri: "/a/..\\admin", why: "some readers take a backslash for a slash" },
		{ name: "..%5C", uri: "/a/..%5cadmin", why: "the same, encoded" },
		{ name: "half a surrogate pair", uri: "/\ud800", why: "has no UTF-8" },
	];
	for (const { name, uri, why } of rows) {
		await t.test(`${name}: ${why}`, () => assertRefused(readRequest("get", { uri }), 400, "AmbiguousPath"));
	}
});

test("query string", async (t) => {
	const rows = [
		{ name: "none", querystring: "", wire: "", why: "not a pair without name" },
		{ name: "order and duplicates", querystring: "b=2&a=1&b=1&b=2", why: "only the canonical form is sorted" },
		{
			name: "names that sort around =",
			querystring: "a-b=1&a=1&a.=1&a0=1",
			why: "sorted as joined strings, a-b= comes before a=",
		},
		{ name: "values that sort around &", querystring: "a=1%20&a=1&a=1-", why: "sorted by the encoded value" },
		{
			name: "sorted as encoded",
			querystring: "z=1&%E3%81%82=1&%7B=1",
			why: "decoded, the order is another",
			wire: "z=1&%E3%81%82=1&%7B=1",
		},
		{ name: "bare key", querystring: "a&b=&c", why: "a and a= are not the same on the wire" },
		{
			name: "empty pairs",
			querystring: "&&a=1&&b=2&",
			wire: "a=1&b=2",
			why: "they mean nothing, and readers differ on them",
		},
		{ name: "empty name", querystring: "=1&=", why: "is a pair all the same" },
		{ name: "= in a value", querystring: "a=b=c==", wire: "a=b%3Dc%3D%3D", why: "the first one separates" },
		{ name: "plus", querystring: "a+b=c+d", wire: "a%20b=c%20d", why: "read as a space, as forms and Lambda do" },
		{ name: "encoded plus", querystring: "a=%2B%2b", wire: "a=%2B%2B", why: "stays a plus" },
		{ name: "encoded space", querystring: "a=b%20c", why: "stays" },
		{
			name: "brackets",
			querystring: "ids[]=1&ids%5b%5d=2",
			wire: "ids%5B%5D=1&ids%5B%5D=2",
			why: "raw ones: 403 from Lambda (urls-invocation)",
		},
		{
			name: "!'()*",
			querystring: "a=!'()*",
			wire: "a=%21%27%28%29%2A",
			why: "encodeURIComponent leaves them, AWS does not",
		},
		{ name: "unreserved, encoded", querystring: "%61=%7E%2d%2E%5f~-._", wire: "a=~-._~-._", why: "one form only" },
		{
			name: "reserved",
			querystring: "a=/?:@$,;",
			wire: "a=%2F%3F%3A%40%24%2C%3B",
			why: "; separates for some readers",
		},
		{ name: "encoded separators", querystring: "a%26b=%3D%26", why: "are data" },
		{
			name: "Japanese",
			querystring: "q=日本&%e6%97%a5=1",
			wire: "q=%E6%97%A5%E6%9C%AC&%E6%97%A5=1",
			why: "raw or encoded, one form",
		},
		{
			name: "broken escapes",
			querystring: "a=100%&b=%zz&c=%%41",
			wire: "a=100%25&b=%25zz&c=%25A",
			why: "a percent sign that starts no escape is itself",
		},
		{
			name: "control characters",
			querystring: "a=\n%0a%00 #",
			wire: "a=%0A%0A%00%20%23",
			why: "CloudFront takes none back raw",
		},
		{
			name: "x-amz of the application",
			querystring: "x-amz=1&a-x-amz-date=1",
			why: "only what begins with X-Amz- is refused",
		},
	];
	for (const { name, querystring, wire = querystring, why } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const signed = signRequest(readRequest("get", { querystring }), credentials, time);
			assert.equal(signed.querystring, wire);
			await assertSigned(signed, noBody);
		});
	}
});

test("ambiguous query string", async (t) => {
	const rows = [
		{ name: "not UTF-8", querystring: "a=%ff", why: "readers replace, drop or keep it" },
		{ name: "latin1", querystring: "%E9=1", why: "in a name too" },
		{ name: "cut short", querystring: "a=%E3%81", why: "two bytes of three" },
		{ name: "overlong", querystring: "a=%C0%AF", why: "a slash for a lenient reader" },
		{ name: "surrogate in UTF-8", querystring: "a=%ED%A0%80", why: "not UTF-8 either" },
		{ name: "half a surrogate pair", querystring: "a=\udc00", why: "has no UTF-8" },
		...[
			"Algorithm",
			"Credential",
			"Date",
			"Expires",
			"Signature",
			"SignedHeaders",
			"Security-Token",
			"Content-Sha256",
			"Meta",
		].map((suffix) => ({
			name: `X-Amz-${suffix}`,
			querystring: `a=1&X-Amz-${suffix}=1`,
			why: "a second signature",
		})),
		{ name: "in lower case", querystring: "x-amz-signature=1", why: "in any case" },
		{ name: "encoded", querystring: "%58-Amz%2DSignature=1", why: "however written" },
		{ name: "bare", querystring: "X-Amz-Signature", why: "without a value too" },
	];
	for (const { name, querystring, why } of rows) {
		await t.test(`${name}: ${why}`, () =>
			assertRefused(readRequest("get", { querystring }), 400, "AmbiguousQuery"),
		);
	}
});

test("path and query string longer than CloudFront takes back", () => {
	const fits = readRequest("get", { uri: "/", querystring: "a".repeat(8190) });
	assert.equal(signRequest(fits, credentials, time).querystring.length, 8190);
	assertRefused({ ...fits, querystring: "a".repeat(8191) }, 414, "UriTooLong");
	// Short enough as it came; not when encoded.
	assertRefused({ ...fits, querystring: "日".repeat(1000) }, 414, "UriTooLong");
});

test("headers", async (t) => {
	await t.test("sets five and the host, keeps the rest", () => {
		const request = readRequest("get", {}, { host: "d111111abcdef8.cloudfront.net" });
		const { host: _, ...rest } = structuredClone(request.headers);
		const signed = signRequest(request, credentials, time);
		assert.deepEqual(signed.headers, {
			...rest,
			host: [{ value: host }],
			"x-amz-content-sha256": [{ value: sha256("") }],
			"x-amz-date": [{ value: "20261122T102030Z" }],
			"x-amz-security-token": [{ value: credentials.sessionToken }],
			"x-forwarded-uri": [{ value: request.querystring ? `${request.uri}?${request.querystring}` : request.uri }],
			authorization: signed.headers.authorization,
		});
		assert.match(
			value(signed, "authorization"),
			new RegExp(
				"^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEEXAMPLE00/20261122/ap-northeast-1/lambda/aws4_request, " +
					"SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$",
			),
		);
	});

	const forgeable = ["x-amz-target", "x-amz-invocation-type", "x-amz-", "x-amz-meta", "x-forwarded-authorization"];
	for (const name of [...forgeable, "x-forwarded-uri"]) {
		await t.test(`removes the viewer's ${name}`, () => {
			const signed = signRequest(readRequest("get", {}, { [name]: "viewer" }), credentials, time);
			assert.ok(!JSON.stringify(signed.headers).includes("viewer"));
		});
	}

	await t.test(
		"passes the viewer's authorization on, each value, and not the viewer's own x-forwarded-authorization",
		() => {
			const request = readRequest("get", {}, { "x-forwarded-authorization": "forged" });
			request.headers.authorization = [
				{ key: "Authorization", value: "Bearer a" },
				{ key: "authorization", value: "Basic b" },
			];
			const signed = signRequest(request, credentials, time);
			assert.deepEqual(signed.headers["x-forwarded-authorization"], [
				{ value: "Bearer a" },
				{ value: "Basic b" },
			]);
		},
	);

	await t.test("keeps what only looks like a signature's", () => {
		const kept = {
			"x-amzn-trace-id": "Root=1",
			"x-amz": "a",
			"authorization-x": "b",
			"x-forwarded-authorization-x": "c",
		};
		const signed = signRequest(readRequest("get", {}, kept), credentials, time);
		for (const [name, kind] of Object.entries(kept)) assert.equal(value(signed, name), kind);
	});

	for (const name of ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"]) {
		await t.test(`replaces every value of the viewer's ${name}`, async () => {
			const request = readRequest("post");
			request.headers[name] = [{ value: "b".repeat(64) }, { value: "viewer" }];
			const signed = signRequest(request, credentials, time);
			assert.equal(signed.headers[name].length, 1);
			await assertSigned(signed, postBody);
		});
	}

	await t.test("a refused request is left as it was", () => {
		const request = readRequest("post", { uri: "/a", querystring: "a=%ff" }, { authorization: "viewer" });
		const before = structuredClone(request);
		assertRefused(request, 400, "AmbiguousQuery");
		assert.deepEqual(request, before);
	});
});

test("x-forwarded-uri", async (t) => {
	const rows = [
		{ name: "plain", uri: "/a/b", querystring: "", want: "/a/b", why: "no question mark without a query" },
		{
			name: "a webhook's",
			uri: "/voice",
			querystring: "Digits=1&RetryMessage=Couldn%27t+find&x=a%2Bb",
			want: "/voice?Digits=1&RetryMessage=Couldn%27t+find&x=a%2Bb",
			why: "the signer writes %20 for the plus, and its sender has signed the plus",
		},
		{
			name: "what the signer would rewrite",
			uri: '/a"%zz|/[x]',
			querystring: "&&b[]=%7e&&a=%&=!'()*",
			want: "/a\"%zz|/[x]?&&b[]=%7e&&a=%&=!'()*",
			why: "as it was sent, broken escapes and empty pairs too",
		},
		{
			name: "Japanese",
			uri: "/日本",
			querystring: "q=名前&r=%E5%90%8D",
			want: "/%E6%97%A5%E6%9C%AC?q=%E5%90%8D%E5%89%8D&r=%E5%90%8D",
			why: "CloudFront takes back ASCII only",
		},
		{
			name: "beyond the BMP",
			uri: "/x𝒳é",
			querystring: "",
			want: "/x%F0%9D%92%B3%C3%A9",
			why: "a surrogate pair is one character",
		},
		{
			name: "spaces and control characters",
			uri: "/a b\t",
			querystring: "c=\u007f ",
			want: "/a%20b%09?c=%7F%20",
			why: "no header value ends in a space, and no URL has one",
		},
	];
	for (const { name, uri, querystring, want, why } of rows) {
		await t.test(`${name}: ${why}`, () => {
			const request = readRequest("get", { uri, querystring });
			request.headers["x-forwarded-uri"] = [{ value: "/forged" }, { value: "/forged" }];
			assert.deepEqual(signRequest(request, credentials, time).headers["x-forwarded-uri"], [{ value: want }]);
		});
	}
});

test("body", async (t) => {
	const withBody = (body, headers) => readRequest("post", { body }, headers);
	const rows = [
		{
			name: "binary",
			request: readRequest("post"),
			body: postBody,
			why: "its bytes are hashed, not its base64 text",
		},
		{
			name: "replaced",
			request: withBody({ action: "replace", encoding: "base64", data: "AA==" }),
			body: Buffer.from([0]),
			why: "what is shown is what is sent",
		},
		{
			name: "1 MB",
			request: withBody({ encoding: "base64", data: Buffer.alloc(1_000_000, 7).toString("base64") }),
			body: Buffer.alloc(1_000_000, 7),
			why: "the most that CloudFront shows",
		},
		{
			name: "empty",
			request: withBody({ encoding: "base64", data: "" }, { "content-length": "0" }),
			body: noBody,
			why: "POST without content",
		},
		{
			name: "GET",
			request: readRequest("get", {}, { "content-length": "0" }),
			body: noBody,
			why: "has no body in the event",
		},
		{
			name: "chunked and empty",
			request: (() => {
				const request = withBody({ encoding: "base64", data: "" }, { "transfer-encoding": "chunked" });
				delete request.headers["content-length"];
				return request;
			})(),
			body: noBody,
			why: "CloudFront looked, and there was nothing",
		},
	];
	for (const { name, request, body, why } of rows) {
		await t.test(`${name}: ${why}`, async () => {
			const before = structuredClone(request.body);
			const signed = signRequest(request, credentials, time);
			assert.equal(value(signed, "x-amz-content-sha256"), sha256(body));
			assert.deepEqual(signed.body, before);
			await assertSigned(signed, body);
		});
	}

	const missing = [
		{ name: "no body shown", request: withBody(undefined), why: "the behaviour does not include the body" },
		{
			name: "empty body shown",
			request: withBody({ encoding: "base64", data: "" }),
			why: "its hash would be wrong",
		},
		{
			name: "OPTIONS",
			request: readRequest("get", { method: "OPTIONS" }, { "content-length": "5" }),
			why: "CloudFront may show no body of it: its documentation does not say",
		},
		{
			name: "nonsense length",
			request: readRequest("get", {}, { "content-length": "x" }),
			why: "not known to be empty",
		},
		{
			name: "chunked, none shown",
			request: readRequest("get", { method: "POST" }, { "transfer-encoding": "chunked" }),
			why: "not known to be empty",
		},
	];
	for (const { name, request, why } of missing) {
		await t.test(`announced but missing, ${name}: ${why}`, () => assertRefused(request, 400, "MissingBody"));
	}
});

// CloudFront may show the body of a DELETE (lambda-generating-http-responses) or not (anomalyco/sst#6427).
test("body of a DELETE", async (t) => {
	const hash = sha256(postBody);
	const empty = { inputTruncated: false, action: "read-only", encoding: "base64", data: "" };
	const dataless = { inputTruncated: false, action: "read-only", encoding: "base64" };
	const request = ({ body, headers, hashes }) => {
		const made = readRequest("get", { method: "DELETE", ...(body && { body }) }, headers);
		if (hashes) made.headers["x-amz-content-sha256"] = hashes.map((value) => ({ value }));
		return made;
	};
	const length = { "content-length": "5" };
	const chunked = { "transfer-encoding": "chunked" };
	const signed = [
		{ name: "no body shown", headers: length, hashes: [hash], want: hash, why: "the viewer knows the hash" },
		{ name: "an empty one shown", body: empty, headers: length, hashes: [hash], want: hash, why: "the same" },
		{ name: "no data shown", body: dataless, headers: length, hashes: [hash], want: hash, why: "the same" },
		{ name: "chunked, none shown", headers: chunked, hashes: [hash], want: hash, why: "the same" },
		{ name: "chunked, shown as empty", body: empty, headers: chunked, hashes: [hash], want: hash, why: "the same" },
		{
			name: "shown",
			body: { ...empty, data: postBody.toString("base64") },
			headers: length,
			hashes: [sha256("another")],
			want: hash,
			why: "the body that is shown counts",
		},
		{
			name: "length 0",
			body: empty,
			headers: { "content-length": "0" },
			hashes: [hash],
			want: sha256(""),
			why: "there is none",
		},
		{ name: "nothing said of a body", hashes: [hash], want: hash, why: "HTTP/2 need not announce one" },
		{ name: "neither body nor hash", want: sha256(""), why: "there is none" },
		{ name: "chunked and empty", body: empty, headers: chunked, want: sha256(""), why: "CloudFront looked" },
	];
	for (const { name, want, why, ...sent } of signed) {
		await t.test(`${name}: ${why}`, () => {
			assert.equal(value(signRequest(request(sent), credentials, time), "x-amz-content-sha256"), want);
		});
	}
	const refused = [
		{ name: "no hash", headers: length, why: "the hash of nothing would be wrong" },
		{ name: "an empty body shown, no hash", body: empty, headers: length, why: "the same" },
		{ name: "chunked, none shown, no hash", headers: chunked, why: "the same" },
		{ name: "two hashes", headers: length, hashes: [hash, hash], why: "readers join them or take either" },
		{ name: "half a hash", headers: length, hashes: [hash.slice(32)], why: "no SHA-256" },
		{ name: "UNSIGNED-PAYLOAD", headers: length, hashes: ["UNSIGNED-PAYLOAD"], why: "Lambda accepts none" },
	];
	for (const { name, why, ...sent } of refused) {
		await t.test(`${name}: ${why}`, () => assertRefused(request(sent), 400, "MissingBody"));
	}
	for (const method of ["POST", "PUT", "PATCH", "OPTIONS"]) {
		await t.test(`${method}: a behaviour without the body is at fault, and not the viewer`, () => {
			assertRefused({ ...request({ headers: length, hashes: [hash] }), method }, 400, "MissingBody");
		});
	}
	await t.test("the refusal says what to send", () => {
		const { message } = JSON.parse(new Refusal("MissingBody").response().body);
		assert.match(message, /DELETE.*x-amz-content-sha256.*IncludeBody/);
	});
});

test("truncated body", async (t) => {
	const whole = Buffer.alloc(1_000_005, 3);
	const hash = sha256(whole);

	await t.test("is signed with the viewer's hash of the whole", async () => {
		const signed = signRequest(
			readRequest("post_truncated", {}, { "x-amz-content-sha256": hash }),
			credentials,
			time,
		);
		assert.equal(value(signed, "x-amz-content-sha256"), hash);
		await assertSigned(signed, whole);
	});

	const rows = [
		{ name: "none", values: undefined, why: "the part's hash would be wrong" },
		{ name: "upper case", values: [hash.toUpperCase()], why: "SigV4 has lower case, and so compares Lambda" },
		{ name: "short", values: [hash.slice(1)], why: "no SHA-256" },
		{ name: "long", values: [`${hash}0`], why: "no SHA-256" },
		{ name: "line break", values: [`${hash}\n`], why: "would be another header in what is signed" },
		{ name: "UNSIGNED-PAYLOAD", values: ["UNSIGNED-PAYLOAD"], why: "Lambda accepts no unsigned payload" },
		{ name: "two", values: [hash, hash], why: "readers join them or take either" },
		{ name: "no value", values: [], why: "the same as none" },
	];
	for (const { name, values, why } of rows) {
		await t.test(`hash ${name}: ${why}`, () => {
			const request = readRequest("post_truncated");
			if (values) request.headers["x-amz-content-sha256"] = values.map((value) => ({ value }));
			assertRefused(request, 413, "PayloadTooLarge");
		});
	}
});

test("origin", async (t) => {
	const withOrigin = (custom) =>
		readRequest("get", { origin: { custom: { path: "", protocol: "https", ...custom } } });

	await t.test("names the region to sign for", async () => {
		const signed = signRequest(
			withOrigin({ domainName: "abc0.lambda-url.us-gov-east-1.on.aws" }),
			credentials,
			time,
		);
		assert.equal(value(signed, "host"), "abc0.lambda-url.us-gov-east-1.on.aws");
		await assertSigned(signed, noBody, credentials, "us-gov-east-1");
	});

	const foreign = [
		{ name: "another host", domainName: "example.com", why: "would be handed a signature" },
		{ name: "suffix", domainName: "abc.lambda-url.us-east-1.on.aws.example.com", why: "ends elsewhere" },
		{ name: "prefix", domainName: "example.com/abc.lambda-url.us-east-1.on.aws", why: "starts elsewhere" },
		{ name: "subdomain", domainName: "a.b.lambda-url.us-east-1.on.aws", why: "no Function URL has one" },
		{ name: "port", domainName: "abc.lambda-url.us-east-1.on.aws:443", why: "not a host name" },
		{ name: "line break", domainName: "abc.lambda-url.us-east-1.on.aws\n", why: "not a host name" },
		{ name: "no region", domainName: "abc.lambda-url..on.aws", why: "nothing to sign for" },
		{ name: "nothing", domainName: undefined, why: "nothing to sign for" },
	];
	for (const { name, domainName, why } of foreign) {
		await t.test(`${name}: ${why}`, () => assertRefused(withOrigin({ domainName }), 500, "NotAFunctionUrl"));
	}

	await t.test("an S3 origin", () => {
		assertRefused(readRequest("get", { origin: { s3: { domainName: host } } }), 500, "NotAFunctionUrl");
	});
	await t.test("none: a viewer-request event has no origin", () => {
		assertRefused(readRequest("get", { origin: undefined }), 500, "NotAFunctionUrl");
	});
	await t.test("with an origin path: it would stand before the signed path", () => {
		assertRefused(withOrigin({ domainName: host, path: "/prod" }), 500, "NotAFunctionUrl");
	});
	await t.test("plain HTTP: would show the session token on the way", () => {
		assertRefused(withOrigin({ domainName: host, protocol: "http" }), 500, "NotAFunctionUrl");
	});
});

test("missing credentials", () => {
	signRequest(readRequest("get"), credentials, time); // so that a signing key is at hand
	for (const field of ["accessKeyId", "secretAccessKey", "sessionToken"]) {
		assertRefused(readRequest("get"), 500, "MissingCredentials", { ...credentials, [field]: undefined });
	}
});
