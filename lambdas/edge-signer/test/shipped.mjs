// The weight of the edge functions in source, import and memory.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = (name) => new URL(`../../${name}/`, import.meta.url);

// The signer loads the other modules of its folder where an origin has an authorizer.
const alwaysLoaded = ["config.mjs", "index.mjs", "sigv4.mjs"];
const bundle = "jwt_verify.mjs";

/** The source's bytes by part. Lines that are blank or only a comment are not counted. */
export function shippedBytes() {
	return {
		"edge-signer": bytesOf(folder("edge-signer"), (name) => alwaysLoaded.includes(name)),
		authorizer: bytesOf(folder("edge-signer"), (name) => ![...alwaysLoaded, bundle].includes(name)),
		bundle: bytesOf(folder("edge-signer"), (name) => name === bundle),
		"body-hash": bytesOf(folder("body-hash"), () => true),
	};
}

function bytesOf(directory, isPart) {
	const files = readdirSync(directory).filter((name) => name.endsWith(".mjs") && isPart(name));
	if (files.length === 0) throw new Error(`no modules in ${directory}`);
	const lines = files.flatMap((name) => readFileSync(new URL(name, directory), "utf8").split("\n"));
	const code = lines.filter((line) => !/^\s*(\/\/|\/\*\*|\*|$)/.test(line));
	return Buffer.byteLength(code.map((line) => `${line}\n`).join(""));
}

const run = promisify(execFile);
const signer = fileURLToPath(new URL("index.mjs", folder("edge-signer")));
const authorizer = fileURLToPath(new URL("authorizer.mjs", folder("edge-signer")));

/**
 * Milliseconds that importing takes in a fresh process, the median of 41, taken in turns. The process has node:http
 * loaded, as Lambda's runtime has before it imports a handler (aws/aws-lambda-nodejs-runtime-interface-client,
 * RAPIDClient.js). Most of node:crypto comes with it. In a bare process node:crypto alone, which no signer here does
 * without, costs more than all the rest. The authorizer is imported where the signer is loaded, as it always is.
 *
 * @param {string} [baseline] the path of an earlier signer
 */
export async function importTimes(baseline) {
	// Each module, and those that are loaded before it.
	const modules = {
		empty: [fileURLToPath(new URL("empty.mjs", import.meta.url))],
		"node:crypto": ["node:crypto"],
		furl: [signer],
		...(baseline && { baseline: [baseline] }),
		"furl's authorizer": [authorizer, signer],
	};
	const times = Object.fromEntries(Object.keys(modules).map((name) => [name, { runtime: [], bare: [] }]));
	for (let round = 0; round < 41; round++) {
		for (const [name, [path, ...loaded]] of Object.entries(modules)) {
			times[name].runtime.push(await timeImport(path, ["node:http", ...loaded]));
			times[name].bare.push(await timeImport(path, ["node:path", ...loaded]));
		}
	}
	return Object.fromEntries(
		Object.entries(times).map(([name, { runtime, bare }]) => [
			name,
			{ runtime: median(runtime), bare: median(bare) },
		]),
	);
}

async function timeImport(path, loaded) {
	const script = `
		for (const name of ${JSON.stringify(loaded)}) await import(name);
		const start = performance.now();
		await import(${JSON.stringify(path)});
		console.log(performance.now() - start);`;
	const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script]);
	return Number(stdout);
}

/** Bytes by which the heap grew, garbage collected, over so many calls: other paths and queries, two functions. */
export async function heapGrowth(calls) {
	const script = `
		import { handler } from ${JSON.stringify(signer)};
		import { readEvent } from ${JSON.stringify(fileURLToPath(new URL("events.mjs", import.meta.url)))};
		Object.assign(process.env, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_SESSION_TOKEN: "c" });
		const text = JSON.stringify(readEvent("get"));
		const call = async (n) => {
			const event = JSON.parse(text);
			const { request } = event.Records[0].cf;
			Object.assign(request, { uri: "/path/" + n, querystring: "q[]=" + n });
			request.origin.custom.domainName = "function" + (n % 2) + ".lambda-url.eu-west-1.on.aws";
			if ((await handler(event)).status) throw new Error("refused");
		};
		const used = () => { gc(); gc(); return process.memoryUsage().heapUsed; };
		for (let n = 0; n < 10000; n++) await call(n);
		const before = used();
		for (let n = 0; n < ${calls}; n++) await call(n);
		console.log(used() - before);`;
	const { stdout } = await run(process.execPath, ["--expose-gc", "--input-type=module", "--eval", script]);
	return Number(stdout);
}

function median(values) {
	return values.sort((a, b) => a - b)[values.length >> 1];
}
