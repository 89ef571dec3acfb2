// Signs requests with the edge function's own signRequest and prints all that another verifier needs, one JSON object a
// line:
//
//     {"method","host","uri","querystring","headers":{lower-case name: value},"bodyBase64","accessKeyId",
//      "secretAccessKey","sessionToken","time","region","smithy"}
//     {"refused": code}
//
// "smithy" is the authorization of @smithy/signature-v4, which gets the request on the wire and nothing of ours.
//
//     node print_signed.mjs --count 1000 --seed 1    random requests, all signed by smithy; --smithy-every 10: a tenth
//     node print_signed.mjs --known                  those of known_urls.txt
//
// Where the signer refuses or signs a request that it may not, changes its meaning or writes another x-forwarded-uri,
// the exit code is 1, and the request stands on stderr.

import { once } from "node:events";
import { parseArgs } from "node:util";
import { knownRequests } from "./known_urls.mjs";
import { outcome } from "./outcome.mjs";
import { randomPlaces, randomRequest } from "./random_request.mjs";
import { Random } from "./random_source.mjs";
import { smithySign } from "./wire.mjs";

const { values } = parseArgs({
	options: {
		count: { type: "string", default: "1000" },
		seed: { type: "string", default: "1" },
		"smithy-every": { type: "string", default: "1" },
		known: { type: "boolean", default: false },
	},
});
const smithyEvery = Number(values["smithy-every"]);
let lines = [];
let number = 0;
for (const sent of values.known ? knownRequests() : randomRequests(Number(values.count), Number(values.seed))) {
	lines.push(`${JSON.stringify(await line(sent, number++ % smithyEvery === 0))}\n`);
	if (lines.length === 500) {
		await write(lines);
		lines = [];
	}
}
await write(lines);

function* randomRequests(count, seed) {
	const random = new Random(seed);
	const places = randomPlaces(random);
	for (let i = 0; i < count; i++) yield randomRequest(random, places);
}

async function line(sent, withSmithy) {
	try {
		const { refused, wire } = outcome(sent);
		if (refused) return { refused };
		return { ...wire, smithy: withSmithy ? (await smithySign(wire)).authorization : "" };
	} catch (error) {
		console.error(`seed ${values.seed}, request ${number}: ${error.stack}\n${JSON.stringify(sent, null, "\t")}`);
		process.exit(1);
	}
}

async function write(lines) {
	if (!process.stdout.write(lines.join(""))) await once(process.stdout, "drain");
}
