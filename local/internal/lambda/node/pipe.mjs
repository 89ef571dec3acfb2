// The pipes of a process. Events come on file descriptor 3 and answers go to file descriptor 4, in the frames that
// pipe.go describes.

import { isAscii } from "node:buffer";
import { read, readSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";

const EVENTS = 3;
const ANSWERS = 4;
const HEADER = 5;

const readAsync = promisify(read);
const writeAsync = promisify(write);

// Reads from the pipe of events until `end` bytes are in the buffer, and returns how many are. They may be more.
function fill(buffer, filled, end) {
	while (filled < end) {
		const count = readSync(EVENTS, buffer, filled, buffer.length - filled);
		if (count === 0) process.exit(1); // furl is gone
		filled += count;
	}
	return filled;
}

const small = Buffer.allocUnsafe(64 << 10);

// Waits for the beginning of the next event while the event loop goes on, so that a debugger can attach and set
// breakpoints. Returns how many bytes were read.
export async function eventBegins() {
	const { bytesRead } = await readAsync(EVENTS, small, 0, small.length, null);
	if (bytesRead === 0) process.exit(1); // furl is gone
	return bytesRead;
}

// Waits for the next event, of which some bytes may have been read. Nothing follows it in the pipe until it is
// answered.
export function nextEvent(begun = 0) {
	const filled = fill(small, begun, HEADER);
	const end = HEADER + small.readUInt32BE(1);
	let frame = small;
	if (end > small.length) {
		frame = Buffer.allocUnsafe(end);
		small.copy(frame, 0, 0, filled);
	}
	fill(frame, filled, end);
	const line = frame.indexOf("\n", HEADER); // the length may have this byte, too
	const [id, deadline, traceId, arn] = frame.latin1Slice(HEADER, line).split(" ");
	const event = frame.subarray(line + 1, end);
	const body = isAscii(event) ? event.latin1Slice() : event.utf8Slice(); // the former is quicker
	return { id, deadline: Number(deadline), traceId, arn, body };
}

export function frameOf(kind, ...parts) {
	const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
	const frame = Buffer.allocUnsafe(HEADER + length);
	frame.write(kind, 0, "latin1");
	frame.writeUInt32BE(length, 1);
	let end = HEADER;
	for (const part of parts) {
		if (typeof part === "string") end += frame.write(part, end);
		else {
			frame.set(part, end);
			end += part.length;
		}
	}
	return frame;
}

// Sends a frame at once.
export function send(kind, ...parts) {
	const frame = frameOf(kind, ...parts);
	for (let sent = 0; sent < frame.length; ) sent += writeSync(ANSWERS, frame, sent);
}

// Returns an error of the runtime's own.
export function runtimeError(type, message) {
	return Object.assign(new Error(message), { name: `Runtime.${type}` });
}

// Returns the error object of AWS's runtime.
export function errorReport(error, type) {
	if (!(error instanceof Error)) return { errorType: type ?? typeof error, errorMessage: String(error), trace: [] };
	return { errorType: type ?? error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

export function sendError(kind, report) {
	const text = JSON.stringify(report);
	console.error(text);
	send(kind, text);
}

let sending = Promise.resolve();

// Sends frames in the thread pool. The event loop goes on while a viewer reads slowly.
export function sendLater(frames) {
	sending = writeWhole(frames);
	return sending;
}

// Settles when nothing is on its way any more. A frame may only be sent at once then.
export function sent() {
	return sending.catch(() => {});
}

async function writeWhole(frame) {
	for (let sent = 0; sent < frame.length; ) sent += (await writeAsync(ANSWERS, frame, sent)).bytesWritten;
}
