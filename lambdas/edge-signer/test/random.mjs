// Random requests through the edge function's own signRequest: hostile, but such as it accepts. Each is checked here against
// @smithy/signature-v4, which is given what goes over the wire and nothing of ours, and for still meaning what the viewer sent.
//
//     node random.mjs --count 100000 --seed 1
//
// prints one JSON object a line, which is all that another verifier needs:
//     {"method","host","uri","querystring","headers":{lower-case name: value},"bodyBase64",
//      "accessKeyId","secretAccessKey","sessionToken","time","region"}
// The exit code is 1, and the request stands on stderr, where something disagrees.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { signRequest } from "../request.mjs";
import { Random } from "./random_source.mjs";
import { bareKeys, decodedBytes, decodedPairs, smithySign, wireRequest } from "./wire.mjs";

/** Makes and signs count requests. @param {number} count @param {number} seed @yields {{viewer: object, wire: object}} the event's request; the line to print */
export function* randomRequests(count, seed) {
	const random = new Random(seed);
	const credentials = Array.from({ length: 100 }, () => randomCredentials(random));
	for (let i = 0; i < count; i++) {
		const signing = { ...random.pick(credentials), region: random.pick(regions), time: randomTime(random) };
		const body = randomBody(random);
		const viewer = randomRequest(random, signing.region, body);
		yield { viewer, wire: wireRequest(signRequest(structuredClone(viewer), signing, signing.time), body, signing) };
	}
}

/** Throws an AssertionError where smithy signs otherwise, or where the translation changed what the request means. */
export async function check({ viewer, wire }) {
	const expected = await smithySign(wire);
	assert.equal(wire.headers.authorization, expected.authorization);
	assert.equal(wire.headers["x-amz-content-sha256"], expected["x-amz-content-sha256"]);
	assert.equal(decodedBytes(wire.uri), decodedBytes(viewer.uri));
	assert.deepEqual(decodedPairs(wire.querystring), decodedPairs(viewer.querystring));
	assert.deepEqual(bareKeys(wire.querystring), bareKeys(viewer.querystring));
	assert.match(wire.uri, /^\/([\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/);
	assert.match(wire.querystring, /^([\w.~&=-]|%[0-9A-F]{2})*$/);
}

const regions = ["us-east-1", "ap-northeast-1", "eu-central-2", "us-gov-west-1", "il-central-1"];
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
// No two of them make a dot segment, or an escape that is not UTF-8.
const pathParts = [
	"g",
	"Z",
	"0",
	"-",
	"g.",
	"_",
	"~",
	"!",
	"'",
	"(",
	")",
	"*",
	"[",
	"]",
	"{",
	"}",
	"<",
	">",
	'"',
	"^",
	"`",
	"|",
];
pathParts.push(
	"\\",
	"$",
	"&",
	"+",
	",",
	";",
	"=",
	":",
	"@",
	" ",
	"?",
	"#",
	"%",
	"%%",
	"%2",
	"%zz",
	"%u00e9",
	"%20",
	"%25",
	"%2b",
);
pathParts.push(
	"%2F",
	"%2f",
	"%252e",
	"%C3%A9",
	"%c3%a9",
	"%ff",
	"%E6%97%A5",
	"%41",
	"%00",
	"é",
	"日本語",
	"𝒳",
	"\u0001",
	"\u007f",
);
const queryParts = pathParts
	.filter((part) => !["&", "=", "%ff"].includes(part))
	.concat("+", "/", "=", "%3D", "%26", "%2B", "%e3%81%82");
const names = [
	"a",
	"b",
	"a-b",
	"A",
	"ids[]",
	"key",
	"é",
	"日本",
	"!'()*",
	"x-amz",
	"a%20b",
	"a+b",
	"%61",
	"constructor",
];

function randomCredentials(random) {
	return {
		accessKeyId: `ASIA${random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}`,
		secretAccessKey: random.text("ABCabcxyz0189/+", 40),
		sessionToken: random.text("ABCabcxyz0189/+=", random.upTo(900) + 1),
	};
}

// Twenty days over two decades: enough for every month, few enough that signing keys are also found in the cache.
function randomTime(random) {
	return new Date(Date.UTC(2020, 0, 1) + random.upTo(20) * 397 * 86_400_000 + random.upTo(86_400_000));
}

function randomBody(random) {
	return random.chance(0.5) ? random.bytes(random.upTo(600)) : Buffer.alloc(0);
}

function randomRequest(random, region, body) {
	const headers = { "user-agent": [{ key: "User-Agent", value: "Amazon CloudFront" }], ...viewerHeaders(random) };
	const request = {
		clientIp: "203.0.113.7",
		method: body.length > 0 ? random.pick(methods.slice(2, 6)) : random.pick(methods),
		uri: randomPath(random),
		querystring: randomQuery(random),
		headers,
		origin: {
			custom: {
				domainName: `${random.text("abcxyz0189", 32)}.lambda-url.${region}.on.aws`,
				path: "",
				protocol: "https",
			},
		},
	};
	if (body.length === 0 && random.chance(0.5)) return request;
	headers["content-length"] = [{ key: "Content-Length", value: String(body.length) }];
	request.body = { inputTruncated: false, action: "read-only", encoding: "base64", data: body.toString("base64") };
	if (body.length > 0 && random.chance(0.1)) truncate(random, request, body);
	return request;
}

// As if 1 MB had been reached: the function sees a part, and the viewer's hash of the whole.
function truncate(random, request, body) {
	request.body.inputTruncated = true;
	request.body.data = body.subarray(0, random.upTo(body.length)).toString("base64");
	request.headers["x-amz-content-sha256"] = [
		{ key: "X-Amz-Content-Sha256", value: createHash("sha256").update(body).digest("hex") },
	];
}

function viewerHeaders(random) {
	const headers = {};
	for (const name of [
		"authorization",
		"x-amz-date",
		"x-amz-security-token",
		"x-amz-target",
		"content-type",
		"cookie",
		"accept",
	]) {
		if (random.chance(0.3)) headers[name] = [{ key: name, value: random.text("abc =,;/", 12).trim() || "a" }];
	}
	return headers;
}

function randomPath(random) {
	const segments = Array.from({ length: random.upTo(4) }, () => randomSegment(random));
	return `/${segments.map((segment) => `${segment}/`).join("")}${random.chance(0.7) ? randomSegment(random) : ""}`;
}

function randomSegment(random) {
	return `s${random.parts(pathParts, 6)}t`;
}

function randomQuery(random) {
	const pairs = Array.from({ length: random.upTo(7) }, () => {
		const name = random.chance(0.7) ? random.pick(names) : random.parts(queryParts, 3).replaceAll("=", "");
		const kind = random.upTo(10);
		return kind === 0 ? "" : kind === 1 ? name : kind === 2 ? `${name}=` : `${name}=${random.parts(queryParts, 5)}`;
	});
	return pairs.join("&");
}

async function main() {
	const { values } = parseArgs({
		options: { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
	});
	let lines = [];
	for (const request of randomRequests(Number(values.count), Number(values.seed))) {
		try {
			await check(request);
		} catch (error) {
			console.error(`seed ${values.seed}: ${error.message}\n${JSON.stringify(request, null, "\t")}`);
			process.exit(1);
		}
		lines.push(`${JSON.stringify(request.wire)}\n`);
		if (lines.length === 500) {
			await write(lines);
			lines = [];
		}
	}
	await write(lines);
}

async function write(lines) {
	if (!process.stdout.write(lines.join(""))) await once(process.stdout, "drain");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
