import { runtimeError } from "./pipe.mjs";

const LONG = 64 << 10;
const BASE64 = /^[\w+/=-]*$/; // neither quotes nor anything else that JSON escapes

// Returns the JSON of a result, in parts that follow each other. JSON.stringify of Node.js 22 takes five milliseconds
// for a megabyte, so long strings of base64 go past it. They are looked for if the event was long.
export function jsonParts(result, { id, body }) {
	try {
		const value = result === undefined ? null : result;
		return (
			(body.length > LONG && pastStringify(value, `long string of ${id}`)) || [JSON.stringify(value) ?? "null"]
		);
	} catch {
		throw runtimeError("JSONStringifyError", "Unable to stringify response body");
	}
}

// Returns undefined unless the JSON has the mark for each of the long strings, and nowhere else.
function pastStringify(result, mark) {
	const strings = [];
	const json = JSON.stringify(result, (_key, value) => {
		if (typeof value !== "string" || value.length <= LONG || !BASE64.test(value)) return value;
		strings.push(value);
		return mark;
	});
	const rest = json?.split(`"${mark}"`);
	if (rest?.length !== strings.length + 1) return undefined;
	return rest.flatMap((part, i) => (i === 0 ? [part] : ['"', Buffer.from(strings[i - 1], "latin1"), '"', part]));
}
