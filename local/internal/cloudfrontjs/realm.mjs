// What cloudfront-js-2.0 has and JavaScript itself has not: TextEncoder, TextDecoder, atob, btoa, console, InternalError and the
// modules buffer, crypto and querystring (CloudFront Developer Guide, functions-javascript-runtime-20). Node.js does the work,
// and each context gets objects and errors of its own, so that no event sees what another left behind.

import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import querystring from "node:querystring";

const ALGORITHMS = ["md5", "sha1", "sha256"];
function known(algorithm) {
	if (!ALGORITHMS.includes(algorithm)) throw new Error(`the algorithm is none of ${ALGORITHMS.join(", ")}`);
	return algorithm;
}

// What realm calls. To the function itself it hands on nothing but text, numbers and copies of the bytes.
export const host = {
	Error,
	Buffer,
	TextDecoder,
	TextEncoder,
	atob,
	btoa,
	createHash: (algorithm) => createHash(known(algorithm)),
	createHmac: (algorithm, key) => createHmac(known(algorithm), key),
	querystring,
	bufferMethods: Object.keys(Buffer.prototype).filter((name) =>
		/^(compare|copy|equals|fill|includes|indexOf|lastIndexOf|toString|(read|swap|write)(?!Big).*)$/.test(name),
	),
};

// Runs inside the context, from its own text, so it knows nothing but its arguments.
export function realm(host, log) {
	const ERRORS = { RangeError, SyntaxError, TypeError, URIError };

	// A function of the context's own that calls one of Node.js, whose errors become the context's.
	function own(work) {
		return (...args) => {
			try {
				return work(...args);
			} catch (error) {
				throw error instanceof host.Error ? new (ERRORS[error.name] ?? Error)(error.message) : error;
			}
		};
	}

	// The same for one that returns bytes, which are copied.
	function bytes(work) {
		const call = own(work);
		return (...args) => new Buffer(call(...args));
	}

	class InternalError extends Error {}
	InternalError.prototype.name = "InternalError";

	class Buffer extends Uint8Array {
		static alloc = bytes(host.Buffer.alloc);
		static allocUnsafe = Buffer.alloc;
		static byteLength = own(host.Buffer.byteLength);
		static compare = own(host.Buffer.compare);
		static concat = bytes(host.Buffer.concat);
		static from = (value, ...args) =>
			value instanceof ArrayBuffer ? new Buffer(value, ...args) : copy(value, ...args);
		static isBuffer = (value) => value instanceof Buffer;
		static isEncoding = own(host.Buffer.isEncoding);

		toJSON() {
			return { type: "Buffer", data: Array.from(this) };
		}
	}
	const copy = bytes(host.Buffer.from);
	for (const name of host.bufferMethods) {
		Buffer.prototype[name] = function (...args) {
			const view = host.Buffer.from(this.buffer, this.byteOffset, this.byteLength);
			const result = own(() => view[name](...args))();
			return result === view ? this : result;
		};
	}

	// A hash or an HMAC.
	function digester(state) {
		const update = own((data) => void state.update(data));
		return {
			update(data) {
				update(data);
				return this;
			},
			digest: own((encoding) => {
				const result = state.digest(encoding);
				return typeof result === "string" ? result : new Buffer(result);
			}),
		};
	}
	const createHash = own(host.createHash);
	const createHmac = own(host.createHmac);
	const crypto = {
		createHash: (algorithm) => digester(createHash(algorithm)),
		createHmac: (algorithm, key) => digester(createHmac(algorithm, key)),
	};

	const toJSON = own((...args) => JSON.stringify(host.querystring.parse(...args)));
	const parse = (...args) => JSON.parse(toJSON(...args));
	const stringify = own(host.querystring.stringify);
	const querystring = {
		parse,
		decode: parse,
		stringify,
		encode: stringify,
		escape: own(host.querystring.escape),
		unescape: own(host.querystring.unescape),
	};

	class TextDecoder {
		#decoder;
		constructor(...args) {
			this.#decoder = own(() => new host.TextDecoder(...args))();
		}
		decode(...args) {
			return own(() => this.#decoder.decode(...args))();
		}
		get encoding() {
			return this.#decoder.encoding;
		}
		get fatal() {
			return this.#decoder.fatal;
		}
		get ignoreBOM() {
			return this.#decoder.ignoreBOM;
		}
	}

	class TextEncoder {
		encode(text) {
			return new Uint8Array(own(() => new host.TextEncoder().encode(text))());
		}
		encodeInto(text, array) {
			return { ...own(() => new host.TextEncoder().encodeInto(text, array))() };
		}
	}

	const modules = { buffer: { Buffer }, crypto, querystring };
	Object.assign(globalThis, {
		Buffer,
		InternalError,
		TextDecoder,
		TextEncoder,
		atob: own(host.atob),
		btoa: own(host.btoa),
		console: { log: (message) => log(message) },
		require: (name) => {
			if (!Object.keys(modules).includes(name))
				throw new Error(
					"there is no such module: cloudfront-js-2.0 has buffer, crypto and querystring, and cloudfront, which is not simulated",
				);
			return modules[name];
		},
	});
}
