// Compares the edge signer's whole handler (event in, signed request out) with other signers of the same request, and
// with the floor. The floor is the work that no signer can leave out. It is one SHA-256 of the canonical request, one
// HMAC of the string to sign with a key at hand, and decoding and hashing the body. Only ratios within one run mean
// anything. `make bench` prints them as a table. BASELINE names a folder with the modules of an earlier edge signer,
// which runs too. With an authorizer the floor leaves out the token, whose verification stands beside it.
//
//     node bench.mjs index.js of the peer handler

import { createHash, createHmac, hash, randomUUID, verify } from "node:crypto";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import aws4 from "aws4";
import { AwsV4Signer } from "aws4fetch";
import { handler } from "../index.mjs";
import * as sigv4 from "../sigv4.mjs";
import { credentials, host, readEvent, region } from "./events.mjs";
import { accessClaims, accessSettings, answerHttps, customHeaders, rsaPublicKey, token } from "./issuer.mjs";
import { measure } from "./measure.mjs";
import { heapGrowth, importTimes, shippedBytes } from "./shipped.mjs";
import { newSmithySigner, smithyRequest } from "./wire.mjs";

process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
process.env.AWS_SESSION_TOKEN = credentials.sessionToken;
const peer = createRequire(import.meta.url)(resolve(process.argv[2])).handler;
const { BASELINE } = process.env;
const earlier = BASELINE && resolve(BASELINE, "index.mjs");
const baseline = earlier && (await import(earlier)).handler;

const tenParameters =
	"q=日本語 x&filter[name]=O'Brien&sort=-created_at,+name&page[size]=25&ids[]=1&ids[]=2" +
	"&from=2026-11-25T09:38:25Z&path=a/b/c&email=a@example.com&expr=(a|b)*";
const cases = [
	{ name: "GET", calls: 200 },
	{ name: "GET, 10 parameters to re-encode", querystring: tenParameters, calls: 100 },
	{ name: "POST 4 KB", body: Buffer.alloc(4096, "Hello from Lambda! "), calls: 100 },
	{ name: "POST 1 MB", body: Buffer.alloc(1_000_000, "Hello from Lambda! "), calls: 10 },
];

for (const each of cases) printTimes(each.name, await measure(await contenders(each), each.calls));
printTimes("GET with an authorizer", await measure(await guarded(await contenders({})), 50));
printShipped(await importTimes(earlier), shippedBytes(), await heapGrowth(100_000));

/** Each has input(), whose time does not count, and run(input). The first is the floor. */
async function contenders({ querystring = "", body }) {
	const data = body?.toString("base64");
	const event = () => newEvent(querystring, data);
	const { headers, uri, querystring: query, method } = await handler(event());
	const signed = { method, uri, querystring: query, host };
	return {
		floor: { input: () => data, run: floor(signed, headers) },
		"furl, whole handler": { input: event, run: handler },
		...(baseline && { "baseline, whole handler": { input: event, run: baseline } }),
		"aws4, signing": { input: () => aws4Request(signed, body), run: (request) => aws4.sign(request, credentials) },
		"@smithy/signature-v4, signing": smithy(signed, body),
		"aws4fetch, signing": { input: () => aws4fetchSigner(signed, body), run: (signer) => signer.sign() },
		"cdk-nextjs-standalone, handler": { input: event, run: peer },
	};
}

/** The signer with an authorizer, beside the signer without one, and beside the verification that a new token takes. */
async function guarded({ floor, ...others }) {
	answerHttps([]);
	const settings = customHeaders(accessSettings);
	const event = (sent) => {
		const { Records } = newEvent("");
		const { request } = Records[0].cf;
		request.origin.custom.customHeaders = { ...settings };
		request.headers.authorization = [{ key: "Authorization", value: `Bearer ${sent}` }];
		return { Records };
	};
	const remembered = newToken();
	const { status } = await handler(event(remembered));
	if (status) throw new Error(`the token is refused with ${status}`);
	return {
		floor,
		...Object.fromEntries(Object.entries(others).filter(([name]) => name.endsWith("whole handler"))),
		"furl, a remembered token": { input: () => event(remembered), run: handler },
		"furl, a new RS256 token": { input: () => event(newToken()), run: handler },
		"RS256 verification alone": { input: () => signatureOf(newToken()), run: verifyAlone },
	};
}

function newToken() {
	const iat = Math.floor(Date.now() / 1000);
	return token({ ...accessClaims, iat, exp: iat + 3600, jti: randomUUID() });
}

function signatureOf(sent) {
	const end = sent.lastIndexOf(".");
	return { input: Buffer.from(sent.slice(0, end)), signature: Buffer.from(sent.slice(end + 1), "base64url") };
}

function verifyAlone({ input, signature }) {
	if (!verify("sha256", input, rsaPublicKey, signature)) throw new Error("no signature of the issuer's");
}

function newEvent(querystring, data) {
	const event = readEvent(data ? "post" : "get");
	const { request } = event.Records[0].cf;
	request.querystring = querystring;
	if (data) request.body.data = data;
	return event;
}

function floor({ method, uri, querystring }, headers) {
	const value = (name) => headers[name][0].value;
	const names = ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
	const block = names.map((name) => `${name}:${value(name)}\n`).join("");
	const canonical = sigv4.canonicalRequest(
		method,
		uri,
		querystring,
		block,
		names.join(";"),
		value("x-amz-content-sha256"),
	);
	const date = value("x-amz-date");
	const text = sigv4.stringToSign(date, sigv4.scope(date.slice(0, 8), region, "lambda"), canonical);
	const key = Buffer.alloc(32, 1);
	return (data) => {
		if (data) createHash("sha256").update(data, "base64").digest("hex");
		hash("sha256", canonical, "hex");
		createHmac("sha256", key).update(text).digest("hex");
	};
}

function aws4Request({ method, uri, querystring }, body) {
	const path = querystring === "" ? uri : `${uri}?${querystring}`;
	return { service: "lambda", region, method, host, path, body };
}

function aws4fetchSigner({ method, uri, querystring }, body) {
	const url = `https://${host}${uri}?${querystring}`;
	return new AwsV4Signer({ ...credentials, method, url, body, service: "lambda", region });
}

function smithy(signed, body) {
	const signer = newSmithySigner({ ...credentials, region });
	return {
		input: () => smithyRequest({ ...signed, headers: { host }, body }),
		run: (request) => signer.sign(request),
	};
}

function printTimes(name, results) {
	console.log(`\n${name.padEnd(34)}    × floor   × furl     best µs      p50      p99`);
	for (const [contender, { best, p50, p99 }] of Object.entries(results)) {
		const ratios = [best / results.floor.best, best / results["furl, whole handler"].best].map((r) =>
			r.toFixed(2).padStart(9),
		);
		const times = [best, p50, p99].map((t) => t.toFixed(1).padStart(9));
		console.log(`${`  ${contender}`.padEnd(34)}${ratios.join("")} ${times.join("")}`);
	}
}

function printShipped(imports, bytes, growth) {
	console.log("\nimport, ms (median)     as in Lambda's runtime   in a bare process");
	for (const [name, { runtime, bare }] of Object.entries(imports)) {
		const more = [runtime - imports.empty.runtime, bare - imports.empty.bare].map(
			(time) => `(${time < 0 ? "" : "+"}${time.toFixed(2)})`,
		);
		console.log(
			`  ${name.padEnd(22)}${runtime.toFixed(2).padStart(6)} ${more[0].padEnd(18)}${bare.toFixed(2)} ${more[1]}`,
		);
	}
	console.log("\nshipped source, bytes         without comments and blank lines");
	for (const [name, size] of Object.entries(bytes)) console.log(`  ${name.padEnd(28)}${size}`);
	console.log(`\nheap growth over 100,000 calls  ${(growth / 1024).toFixed(0)} KB`);
}
