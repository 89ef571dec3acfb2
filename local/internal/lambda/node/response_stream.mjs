import { Writable } from "node:stream";

import { errorReport, frameOf, runtimeError, send, sendError, sendLater, sent } from "./pipe.mjs";

// The property that marks a handler of awslambda.streamifyResponse.
export const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

// The stream that a handler of awslambda.streamifyResponse writes its response to.
export class ResponseStream extends Writable {
	#contentType = "application/octet-stream";
	#written = false;
	#begun = false;
	#over = false;

	// posted settles once the whole response is sent. It never settles if nothing ends the stream.
	posted = new Promise((settle, reject) => {
		this.on("finish", settle).on("error", reject);
		this.on("close", () => reject(new Error("Response stream is not finished.")));
	});

	constructor() {
		super();
		this.posted.catch(() => {}); // seen where it is awaited
	}

	// awslambda.HttpResponseStream.from puts status, headers and cookies before the body. Eight zeros divide them. They
	// go with the first call of write. A stream that ends without such a call sends nothing of them.
	static from(stream, metadata) {
		stream.setContentType("application/vnd.awslambda.http-integration-response");
		const prelude = JSON.stringify(metadata);
		stream._onBeforeFirstWrite = (writePart) => {
			writePart(prelude);
			writePart(new Uint8Array(8));
		};
		return stream;
	}

	setContentType(contentType) {
		if (this.#written) throw runtimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
		this.#contentType = contentType;
	}

	write(chunk, encoding, callback) {
		const data = typeof chunk === "string" || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
		if (!this.#written) this._onBeforeFirstWrite?.((part) => super.write(part));
		this.#written = true;
		return super.write(data, encoding, callback);
	}

	// Ends the response with an error, before or after it has begun.
	async fail(error) {
		const over = this.#over;
		this.#over = true;
		await sent();
		if (over) console.error(JSON.stringify(errorReport(error)));
		else sendError("F", errorReport(error));
		this.destroy();
		return !over;
	}

	_write(chunk, _encoding, callback) {
		this.#send([chunk], callback);
	}

	_writev(chunks, callback) {
		this.#send(
			chunks.map(({ chunk }) => chunk),
			callback,
		);
	}

	_final(callback) {
		if (this.#over) return callback();
		this.#over = true;
		if (!this.#written && this._onBeforeFirstWrite)
			console.error(
				"The response stream ended without a write. AWS's runtime sends status and headers with the first " +
					"write, so they are lost: write something first, if only an empty string.",
			);
		if (!this.#begun) send("B", this.#contentType);
		send("E");
		callback();
	}

	#send(parts, callback) {
		if (this.#over) return callback();
		const data = frameOf("D", ...parts);
		const frame = this.#begun ? data : Buffer.concat([frameOf("B", this.#contentType), data]);
		this.#begun = true;
		sendLater(frame).then(() => callback(), callback);
	}
}
