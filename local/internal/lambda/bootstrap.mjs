// The runtime of nodejs functions under `furl local`. It loads the handler and serves it from the Lambda Runtime API.
// It works as AWS's runtime does (Lambda Developer Guide, nodejs-handler, runtimes-api,
// configuration-response-streaming). One thing differs. A callback answers at once, because
// context.callbackWaitsForEmptyEventLoop is ignored.

import { existsSync } from "node:fs";
import http from "node:http";
import { resolve } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

const { env } = process;
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });

// Starts a request to the Runtime API. `done` settles with the whole answer, or rejects if there is none.
function call(method, path, headers) {
	const request = http.request({ host, port, method, path: `/2018-06-01/runtime${path}`, headers, agent });
	const done = new Promise((settle, reject) => {
		request.on("error", reject);
		request.on("response", (response) => {
			const chunks = [];
			response.on("data", (chunk) => chunks.push(chunk));
			response.on("error", reject);
			response.on("end", () =>
				settle({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
			);
		});
	});
	done.catch(() => {}); // seen where it is awaited
	return { request, done };
}

async function send(method, path, headers, body) {
	const { request, done } = call(method, path, headers);
	request.end(body);
	return done;
}

// Builds the body of an error for the Runtime API.
function errorReport(error, type) {
	if (!(error instanceof Error)) {
		return { errorType: type ?? typeof error, errorMessage: String(error), stackTrace: [] };
	}
	const stackTrace = (error.stack ?? "")
		.split("\n")
		.slice(1)
		.map((line) => line.trim());
	return { errorType: type ?? error.name, errorMessage: error.message, stackTrace };
}

function sendError(path, report) {
	console.error(JSON.stringify(report));
	const headers = { "content-type": "application/json", "lambda-runtime-function-error-type": report.errorType };
	return send("POST", path, headers, JSON.stringify(report));
}

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const TRAILERS = ["Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body"];

// The stream that a handler of awslambda.streamifyResponse writes its response to.
class ResponseStream extends Writable {
	#id;
	#contentType = "application/octet-stream";
	#prelude;
	#call;

	constructor(id) {
		super();
		this.#id = id;
	}

	// awslambda.HttpResponseStream.from puts status, headers and cookies before the body. Eight zeros divide them.
	static from(stream, metadata) {
		stream.setContentType("application/vnd.awslambda.http-integration-response");
		stream.#prelude = Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]);
		return stream;
	}

	setContentType(contentType) {
		this.#contentType = contentType;
	}

	// Settles with the answer of the Runtime API once the whole response is posted.
	posted() {
		return this.#open().done;
	}

	// Reports an error at the end of a response that has begun, and returns true. Returns false if nothing was written.
	async fail(report) {
		if (!this.#call) return false;
		console.error(JSON.stringify(report));
		const { request, done } = this.#call;
		request.addTrailers({
			[TRAILERS[0]]: report.errorType,
			[TRAILERS[1]]: Buffer.from(JSON.stringify(report)).toString("base64"),
		});
		request.end();
		await done;
		return true;
	}

	_write(chunk, _encoding, callback) {
		this.#open().request.write(chunk, callback);
	}

	_final(callback) {
		this.#open().request.end(callback);
	}

	#open() {
		if (!this.#call) {
			this.#call = call("POST", `/invocation/${this.#id}/response`, {
				"content-type": this.#contentType,
				"lambda-runtime-function-response-mode": "streaming",
				"transfer-encoding": "chunked",
				trailer: TRAILERS.join(", "),
			});
			if (this.#prelude) this.#call.request.write(this.#prelude);
		}
		return this.#call;
	}
}

globalThis.awslambda = {
	streamifyResponse(handler) {
		handler[STREAMING] = "response";
		return handler;
	},
	HttpResponseStream: ResponseStream,
};

// Returns the function that "folder/file.export" names.
async function loadHandler(name) {
	const slash = name.lastIndexOf("/") + 1;
	const dot = name.indexOf(".", slash);
	if (dot < 0)
		throw Object.assign(new Error(`handler "${name}" is not of the form file.export`), {
			name: "Runtime.MalformedHandlerName",
		});
	const base = resolve(env.LAMBDA_TASK_ROOT, name.slice(0, dot));
	const file = [".js", ".mjs", ".cjs"].map((extension) => base + extension).find((path) => existsSync(path));
	if (!file)
		throw Object.assign(new Error(`no file ${name.slice(0, dot)}.js, .mjs or .cjs in the code`), {
			name: "Runtime.ImportModuleError",
		});
	const module = await import(pathToFileURL(file));
	const path = name.slice(dot + 1).split(".");
	const find = (root) => path.reduce((value, key) => value?.[key], root);
	const handler = find(module) ?? find(module.default); // CommonJS exports may be on the default export only
	if (typeof handler !== "function")
		throw Object.assign(new Error(`${name} is undefined or not a function`), { name: "Runtime.HandlerNotFound" });
	return handler;
}

function contextOf(headers) {
	const deadline = Number(headers["lambda-runtime-deadline-ms"]);
	return {
		awsRequestId: headers["lambda-runtime-aws-request-id"],
		invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
		functionName: env.AWS_LAMBDA_FUNCTION_NAME,
		functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
		memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
		logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
		logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
		callbackWaitsForEmptyEventLoop: true,
		getRemainingTimeInMillis: () => deadline - Date.now(),
	};
}

// Settles with the handler's result from a promise or from the callback. If the handler uses neither, it settles with
// null once nothing is left to do.
function result(handler, event, context) {
	return new Promise((settle, reject) => {
		const returned = handler(event, context, (error, value) => (error ? reject(error) : settle(value)));
		if (typeof returned?.then === "function") returned.then(settle, reject);
		else process.once("beforeExit", () => settle(null));
	}).finally(() => process.removeAllListeners("beforeExit"));
}

async function answer(handler, event, context) {
	const body = JSON.stringify((await result(handler, event, context)) ?? null);
	await send("POST", `/invocation/${context.awsRequestId}/response`, { "content-type": "application/json" }, body);
}

async function answerStreaming(handler, event, context) {
	const stream = new ResponseStream(context.awsRequestId);
	try {
		await handler(event, stream, context);
		if (!stream.writableEnded) stream.end();
		await stream.posted();
	} catch (error) {
		if (!(await stream.fail(errorReport(error)))) throw error;
	}
}

let invocation; // the request id of the current event

async function serve(handler) {
	for (;;) {
		const { headers, body } = await send("GET", "/invocation/next", {});
		const context = contextOf(headers);
		invocation = context.awsRequestId;
		env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
		try {
			const event = JSON.parse(body);
			await (handler[STREAMING] ? answerStreaming : answer)(handler, event, context);
		} catch (error) {
			await sendError(`/invocation/${invocation}/error`, errorReport(error));
		}
		invocation = undefined;
	}
}

// An error that nothing has caught ends the process, as on AWS. The current event fails with it.
async function crash(error, type) {
	const path = invocation ? `/invocation/${invocation}/error` : "/init/error";
	await sendError(path, errorReport(error, type)).catch(() => {});
	process.exit(1);
}
process.on("uncaughtException", (error) => crash(error));
process.on("unhandledRejection", (error) => crash(error, "Runtime.UnhandledPromiseRejection"));

// furl holds the other end of stdin. A busy handler therefore ends when furl is killed.
process.stdin
	.on("end", () => process.exit(1))
	.on("error", () => process.exit(1))
	.resume()
	.unref();

let handler;
try {
	handler = await loadHandler(env._HANDLER);
} catch (error) {
	await crash(error);
}
await serve(handler);
