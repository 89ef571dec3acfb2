// The parts of cloudfront-js-2.0 that JavaScript itself does not have. These are TextEncoder, TextDecoder, atob, btoa,
// console, InternalError, and the modules buffer, cloudfront, crypto and querystring (CloudFront Developer Guide,
// functions-javascript-runtime-20 and functions-custom-methods). Node.js does the work. Each context gets other objects
// and errors, so none sees traces of another.

import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import querystring from "node:querystring";

const ALGORITHMS = ["md5", "sha1", "sha256"];
function checkAlgorithm(algorithm) {
	if (!ALGORITHMS.includes(algorithm)) throw new Error(`the algorithm is none of ${ALGORITHMS.join(", ")}`);
	return algorithm;
}

// The functions that realm calls. It hands only text, numbers and copies of the bytes on to the CloudFront Function.
export const host = {
	Error,
	Buffer,
	TextDecoder,
	TextEncoder,
	atob,
	btoa,
	createHash: (algorithm) => createHash(checkAlgorithm(algorithm)),
	createHmac: (algorithm, key) => createHmac(checkAlgorithm(algorithm), key),
	querystring,
	bufferMethods: Object.keys(Buffer.prototype).filter((name) =>
		/^(compare|copy|equals|fill|includes|indexOf|lastIndexOf|toString|(read|swap|write)(?!Big).*)$/.test(name),
	),
};

// Runs inside the context, from its source text. It therefore knows only its arguments. The store is the key value
// store that is associated with the function, or null.
export function realm(host, log, store) {
	const ERRORS = { RangeError, SyntaxError, TypeError, URIError };

	// Makes a function of the context that calls one of Node.js. The errors of Node.js become the context's.
	function wrap(work) {
		return (...args) => {
			try {
				return work(...args);
			} catch (error) {
				throw error instanceof host.Error ? new (ERRORS[error.name] ?? Error)(error.message) : error;
			}
		};
	}

	// Does the same for a function that returns bytes, and copies the bytes.
	function wrapBytes(work) {
		const call = wrap(work);
		return (...args) => new Buffer(call(...args));
	}

	class InternalError extends Error {}
	InternalError.prototype.name = "InternalError";

	class Buffer extends Uint8Array {
		static alloc = wrapBytes(host.Buffer.alloc);
		static allocUnsafe = Buffer.alloc;
		static byteLength = wrap(host.Buffer.byteLength);
		static compare = wrap(host.Buffer.compare);
		static concat = wrapBytes(host.Buffer.concat);
		static from = (value, ...args) =>
			value instanceof ArrayBuffer ? new Buffer(value, ...args) : copy(value, ...args);
		static isBuffer = (value) => value instanceof Buffer;
		static isEncoding = wrap(host.Buffer.isEncoding);

		toJSON() {
			return { type: "Buffer", data: Array.from(this) };
		}
	}
	const copy = wrapBytes(host.Buffer.from);
	for (const name of host.bufferMethods) {
		const methods = {
			[name](...args) {
				const view = host.Buffer.from(this.buffer, this.byteOffset, this.byteLength);
				const result = wrap(() => view[name](...args))();
				return result === view ? this : result;
			},
		};
		Buffer.prototype[name] = methods[name];
	}

	// Makes a hash or an HMAC.
	function digester(state) {
		const update = wrap((data) => void state.update(data));
		return {
			update(data) {
				update(data);
				return this;
			},
			digest: wrap((encoding) => {
				const result = state.digest(encoding);
				return typeof result === "string" ? result : new Buffer(result);
			}),
		};
	}
	const createHash = wrap(host.createHash);
	const createHmac = wrap(host.createHmac);
	const crypto = {
		createHash: (algorithm) => digester(createHash(algorithm)),
		createHmac: (algorithm, key) => digester(createHmac(algorithm, key)),
	};

	const toJSON = wrap((...args) => JSON.stringify(host.querystring.parse(...args)));
	const parse = (...args) => JSON.parse(toJSON(...args));
	const stringify = wrap(host.querystring.stringify);
	const querystring = {
		parse,
		decode: parse,
		stringify,
		encode: stringify,
		escape: wrap(host.querystring.escape),
		unescape: wrap(host.querystring.unescape),
	};

	class TextDecoder {
		#decoder;
		constructor(...args) {
			this.#decoder = wrap(() => new host.TextDecoder(...args))();
		}
		decode(...args) {
			return wrap(() => this.#decoder.decode(...args))();
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
			return new Uint8Array(wrap(() => new host.TextEncoder().encode(text))());
		}
		encodeInto(text, array) {
			return { ...wrap(() => new host.TextEncoder().encodeInto(text, array))() };
		}
	}

	// Returns the handle of the key value store. The page names get, exists and meta. Older texts name count as well.
	function kvs(id) {
		if (!store) throw new Error("no key value store is associated with the function");
		if (id !== undefined && id !== store.id)
			throw new Error("this key value store is not associated with the function");
		const formats = {
			string: (value) => value,
			json: (value) => JSON.parse(value),
			bytes: (value) => Buffer.from(value),
		};
		return {
			async get(key, options) {
				const format = options?.format ?? "string";
				if (!Object.keys(formats).includes(format))
					throw new Error(`the format is none of ${Object.keys(formats).join(", ")}`);
				const value = store.get(String(key));
				if (value === undefined) throw new Error("KeyNotFound");
				return formats[format](value);
			},
			async exists(key) {
				return store.get(String(key)) !== undefined;
			},
			async count() {
				return store.keyCount;
			},
			async meta() {
				const { creationDateTime, lastUpdatedDateTime, keyCount } = store;
				return { creationDateTime, lastUpdatedDateTime, keyCount };
			},
		};
	}
	const cloudfront = { kvs };
	for (const name of ["createRequestOriginGroup", "selectRequestOriginById", "updateRequestOrigin"])
		cloudfront[name] = () => {
			throw new Error(`cloudfront.${name} is not simulated by furl local`);
		};

	const modules = { buffer: { Buffer }, cloudfront, crypto, querystring };
	Object.assign(globalThis, {
		Buffer,
		InternalError,
		TextDecoder,
		TextEncoder,
		atob: wrap(host.atob),
		btoa: wrap(host.btoa),
		console: { log: (message) => log(message) },
		require: (name) => {
			if (!Object.keys(modules).includes(name))
				throw new Error(`there is no such module: cloudfront-js-2.0 has ${Object.keys(modules).join(", ")}`);
			return modules[name];
		},
	});
}
