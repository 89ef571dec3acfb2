// The edge function's own work against @smithy/signature-v4 on the same wire request, and against the lower bound: one SHA-256 and one
// HMAC over the same strings, and for a body its base64 decoding and hash. Only ratios within one run mean anything.
//
//     node bench.mjs

import { createHash, createHmac } from "node:crypto";
import { signRequest } from "../request.mjs";
import { canonicalHeaders, canonicalRequest, stringToSign } from "../sigv4.mjs";
import { credentials, readRequest, region } from "./events.mjs";
import { smithySign, wireRequest } from "./wire.mjs";

const time = new Date();
const megabyte = Buffer.alloc(1_000_000, "Hello from Lambda! ");
const post = readRequest("post", { body: { encoding: "base64", data: megabyte.toString("base64") } });

await compare("GET", readRequest("get"), Buffer.alloc(0), 5_000);
await compare(
	"GET, query to be encoded",
	readRequest("get", { querystring: "b=日本&a=x+y&ids[]=1" }),
	Buffer.alloc(0),
	5_000,
);
await compare("POST, 1 MB", post, megabyte, 50);

async function compare(name, request, body, count) {
	const wire = wireRequest(signRequest(request, credentials, time), body, { ...credentials, region, time });
	const [bound, furl, smithy] = await measure(count, [
		lowerBound(request, wire),
		() => signRequest(request, credentials, time),
		() => smithySign(wire),
	]);
	console.log(name);
	console.log(`  lower bound ${bound.toFixed(1)} µs`);
	console.log(`  edge signer ${furl.toFixed(1)} µs = ${(furl / bound).toFixed(2)} × lower bound`);
	console.log(`  smithy      ${smithy.toFixed(1)} µs = ${(smithy / furl).toFixed(2)} × edge signer`);
}

function lowerBound(request, wire) {
	const names = ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
	const headers = canonicalHeaders(names.map((name) => [name, wire.headers[name]]));
	const { method, uri: path, querystring: query } = wire;
	const signedRequest = { method, path, query, headers, payloadHash: wire.headers["x-amz-content-sha256"] };
	const canonical = canonicalRequest(signedRequest);
	const date = wire.headers["x-amz-date"];
	const text = stringToSign(signedRequest, { credentials, date, region, service: "lambda" });
	const key = Buffer.alloc(32, 1);
	return () => {
		if (request.body) createHash("sha256").update(request.body.data, "base64").digest("hex");
		createHash("sha256").update(canonical).digest("hex");
		createHmac("sha256", key).update(text).digest("hex");
	};
}

// The best of ten rounds each, taken in turns so that whatever else the machine does hits all alike; in µs.
async function measure(count, runs) {
	const best = runs.map(() => Number.POSITIVE_INFINITY);
	for (let round = 0; round < 10; round++) {
		for (const [i, run] of runs.entries()) {
			const start = process.hrtime.bigint();
			for (let n = 0; n < count; n++) await run();
			best[i] = Math.min(best[i], Number(process.hrtime.bigint() - start) / 1000 / count);
		}
	}
	return best;
}
