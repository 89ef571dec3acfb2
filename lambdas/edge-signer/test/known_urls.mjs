import { readFileSync } from "node:fs";
import { credentials, readRequest, region } from "./events.mjs";

/** The lines of known_urls.txt. @returns {{shape: string, uri: string, querystring: string}[]} */
export function knownUrls() {
	const lines = readFileSync(new URL("known_urls.txt", import.meta.url), "utf8").split("\n");
	return lines.filter((line) => line !== "" && !line.startsWith("#")).map(parse);
}

function parse(line) {
	const [, shape, uri, querystring = ""] = /^([^\t]+)\t([^?]*)(?:\?(.*))?$/.exec(line);
	return { shape, uri, querystring };
}

/** The same as requests, in the form that random_request.mjs gives them. */
export function knownRequests() {
	const signing = { ...credentials, region, time: new Date("2026-11-22T10:20:30Z") };
	return knownUrls().map(({ uri, querystring }) => ({
		viewer: readRequest("get", { uri, querystring }),
		body: Buffer.alloc(0),
		signing,
	}));
}
