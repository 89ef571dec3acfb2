// Random requests as CloudFront might show them to the edge function. They have ordinary parts, odd ones that must
// pass, and now and then one that must not. refusable.mjs knows the right outcome of each.

import { createHash } from "node:crypto";
import { randomHeaders } from "./random_headers.mjs";
import { randomPath, randomQuery } from "./random_target.mjs";

const regions = ["us-east-1", "ap-northeast-1", "eu-central-2", "us-gov-west-1", "il-central-1"];
const anyMethod = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/** Functions and credentials for many requests. Some signing keys are in the cache then, and some are not. */
export function randomPlaces(random) {
	return {
		credentials: Array.from({ length: 100 }, () => randomCredentials(random)),
		hosts: Array.from({ length: 100 }, () => `${random.text("abcxyz0189", 32)}.lambda-url`),
	};
}

/**
 * One request, with the settings to sign it with, and the whole body. CloudFront sends the whole body on, even if it
 * shows a part.
 *
 * @returns {{viewer: object, body: Buffer, signing: object}}
 */
export function randomRequest(random, places) {
	const signing = { ...random.pick(places.credentials), region: random.pick(regions), time: randomTime(random) };
	const shown = randomBody(random);
	const methods = shown.methods ?? (shown.body.length > 0 ? ["POST", "PUT", "PATCH", "DELETE"] : anyMethod);
	const viewer = {
		clientIp: "203.0.113.7",
		method: random.pick(methods),
		...randomTarget(random),
		headers: Object.fromEntries([...randomHeaders(random), ...shown.headers]),
		origin: {
			custom: {
				domainName: `${random.pick(places.hosts)}.${signing.region}.on.aws`,
				path: "",
				protocol: "https",
			},
		},
	};
	if (shown.field) viewer.body = shown.field;
	return { viewer, body: shown.body, signing };
}

function randomCredentials(random) {
	return {
		accessKeyId: `ASIA${random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}`,
		secretAccessKey: random.text("ABCabcxyz0189/+", 40),
		sessionToken: random.text("ABCabcxyz0189/+=", random.upTo(900) + 1),
	};
}

// Twenty days over two decades, in every month.
function randomTime(random) {
	return new Date(Date.UTC(2020, 0, 1) + random.upTo(20) * 397 * 86_400_000 + random.upTo(86_400_000));
}

function randomTarget(random) {
	if (random.chance(0.01)) return longTarget(random);
	return { uri: randomPath(random), querystring: randomQuery(random) };
}

// On both sides of CloudFront's limit, plain and grown by encoding.
function longTarget(random) {
	const text = random.chance(0.5) ? "a".repeat(8170 + random.upTo(40)) : "日".repeat(900 + random.upTo(20));
	return random.chance(0.5) ? { uri: `/${text}`, querystring: "b=1" } : { uri: "/", querystring: `q=${text}` };
}

// The body, the event's field for it, and the headers that tell of it.
function randomBody(random) {
	if (random.chance(0.4)) return { body: Buffer.alloc(0), headers: random.chance(0.2) ? [contentLength("0")] : [] };
	if (random.chance(0.04)) return notShown(random);
	if (random.chance(0.04)) return deleteNotShown(random);
	const body = random.chance(0.1) ? Buffer.alloc(0) : random.bytes(random.upTo(600) + 1);
	if (body.length > 0 && random.chance(0.1)) return truncated(random, body);
	const chunked = random.chance(0.1) && [["transfer-encoding", [{ key: "Transfer-Encoding", value: "chunked" }]]];
	const headers = chunked || [contentLength(String(body.length))];
	return { body, field: shownAs(body, false), headers };
}

// A body that the event does not have, or has without its data.
function notShown(random) {
	const body = random.bytes(random.upTo(20) + 1);
	const lengths = [String(body.length), "x", "0x0", "+0", "", "00", "0"];
	const headers = random.chance(0.3)
		? [["transfer-encoding", [{ value: "chunked" }]]]
		: [contentLength(...Array.from({ length: random.upTo(2) + 1 }, () => random.pick(lengths)))];
	const field = random.chance(0.4) ? shownAs(Buffer.alloc(0), false) : undefined;
	if (field && random.chance(0.3)) delete field.data;
	// If the signer may sign one of these, it signs an empty body. So the body is empty.
	return { body: Buffer.alloc(0), field, headers };
}

// The same for a DELETE, which has a body, and perhaps the viewer's hash of it.
function deleteNotShown(random) {
	const body = random.bytes(random.upTo(20) + 1);
	const hash = viewersHash(random, body);
	const lengths = [String(body.length), `0${body.length}`, "x"];
	// Where CloudFront shows an empty body and there is no good hash, only a length announces the body.
	const chunked = random.chance(0.3) && [["transfer-encoding", [{ value: "chunked" }]]];
	const headers = [...(chunked || [contentLength(random.pick(lengths))]), ...hash.header];
	const field = random.chance(0.5) && (hash.good || !chunked) ? shownAs(Buffer.alloc(0), false) : undefined;
	if (field && random.chance(0.3)) delete field.data;
	return { methods: ["DELETE"], body, field, headers };
}

// A body as if over 1 MB. The function sees a part of it, and perhaps the viewer's hash of the whole.
function truncated(random, body) {
	const headers = [contentLength(String(body.length)), ...viewersHash(random, body).header];
	return { body, field: shownAs(body.subarray(0, random.upTo(body.length)), true), headers };
}

function viewersHash(random, body) {
	const hash = createHash("sha256").update(body).digest("hex");
	const wrong = [[hash.toUpperCase()], [hash.slice(1)], [`${hash}0`], [`${hash}\n`], [` ${hash}`], [hash, hash], []];
	wrong.push(["UNSIGNED-PAYLOAD"], ["STREAMING-UNSIGNED-PAYLOAD-TRAILER"], [""], [`${hash},${hash}`]);
	const good = random.chance(0.6);
	const values = good ? [hash] : random.pick(wrong);
	const sent = random.chance(0.95);
	return { good: good && sent, header: sent ? [["x-amz-content-sha256", values.map((value) => ({ value }))]] : [] };
}

function shownAs(body, inputTruncated) {
	return { inputTruncated, action: "read-only", encoding: "base64", data: body.toString("base64") };
}

function contentLength(...values) {
	return ["content-length", values.map((value) => ({ key: "Content-Length", value }))];
}
