// The runtime of nodejs functions under `furl local`. It loads the handler and gives it events. It works as AWS's
// runtime does (Lambda Developer Guide, nodejs-handler, configuration-response-streaming; npm aws-lambda-ric 3.3.0 for
// Node.js 22, 4.0.2 for Node.js 24). One thing differs. A callback answers at once, because
// context.callbackWaitsForEmptyEventLoop is ignored.
//
// The event loop stands still while the process waits for an event. AWS freezes the environment then. Under a debugger
// it goes on.

import { promisify } from "node:util";

import { loadHandler, takesCallbacks } from "./handler.mjs";
import { jsonParts } from "./json.mjs";
import { resolvePackages } from "./packages.mjs";
import { errorReport, eventBegins, nextEvent, send, sendError, sent } from "./pipe.mjs";
import { ResponseStream, STREAMING } from "./response_stream.mjs";

const { env } = process;
const isDebugged = process.execArgv.some((argument) => argument.startsWith("--inspect"));
const turnOfEventLoop = promisify(setImmediate);

globalThis.awslambda = {
	streamifyResponse(handler) {
		handler[STREAMING] = "response";
		return handler;
	},
	HttpResponseStream: ResponseStream,
};

function contextOf({ id, arn, deadline }) {
	return {
		awsRequestId: id,
		invokedFunctionArn: arn,
		functionName: env.AWS_LAMBDA_FUNCTION_NAME,
		functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
		memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
		logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
		logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
		getRemainingTimeInMillis: () => deadline - Date.now(),
	};
}

// Settles with the handler's result from a promise, from the callback or from a method of the context. If the handler
// uses none of them, it settles with null once nothing is left to do.
function callbackResult(handler, event, context) {
	return new Promise((settle, reject) => {
		const done = (error, value) => (error ? reject(error) : settle(value));
		Object.assign(context, { callbackWaitsForEmptyEventLoop: true, succeed: settle, fail: reject, done });
		const returned = handler(event, context, done);
		if (typeof returned?.then === "function") returned.then(settle, reject);
		else process.once("beforeExit", () => settle(null));
	}).finally(() => process.removeAllListeners("beforeExit"));
}

async function answer(handler, event, context, invocation) {
	const result = takesCallbacks ? await callbackResult(handler, event, context) : await handler(event, context);
	await turnOfEventLoop(); // an error that nothing has caught comes before the answer
	send("A", ...jsonParts(result, invocation));
}

async function answerStreaming(handler, event, context) {
	const stream = new ResponseStream();
	const alive = setInterval(() => {}, 1 << 30); // a stream that nothing ends lasts until the function's timeout
	try {
		const returned = handler(event, stream, context);
		if (typeof returned?.then !== "function") throw new Error("Streaming does not support non-async handlers.");
		if ((await returned) !== undefined) console.warn("Streaming handlers ignore return values.");
		await stream.posted;
	} catch (error) {
		if (await stream.fail(error)) return;
	} finally {
		clearInterval(alive);
	}
	send("R");
}

async function serve(handler) {
	send("R");
	for (;;) {
		const invocation = nextEvent(isDebugged ? await eventBegins() : 0);
		env._X_AMZN_TRACE_ID = invocation.traceId;
		await turnOfEventLoop(); // connections that closed meanwhile are seen first
		try {
			const event = JSON.parse(invocation.body);
			await (handler[STREAMING] ? answerStreaming : answer)(handler, event, contextOf(invocation), invocation);
		} catch (error) {
			sendError("F", errorReport(error));
		}
		await turnOfEventLoop();
	}
}

// An error that nothing has caught ends the process, as on AWS. The current event fails with it.
async function crash(error, type) {
	await sent();
	sendError("X", errorReport(error, type));
	process.exit(1);
}

// Node.js tells the file and line of a syntax error in an ECMAScript module only if nothing catches the error.
async function crashWithPlace(error) {
	sendError("X", errorReport(error));
	process.removeAllListeners("uncaughtException");
	setImmediate(() => {
		throw error.cause;
	});
	await new Promise(() => {}); // the process ends in the meantime
}

process.on("uncaughtException", (error) => crash(error));
process.on("unhandledRejection", (error) => crash(error, "Runtime.UnhandledPromiseRejection"));

// furl holds the other end of stdin. A busy handler therefore ends when furl is killed.
process.stdin
	.on("end", () => process.exit(1))
	.on("error", () => process.exit(1))
	.resume()
	.unref();

const [redirects, ...roots] = process.argv.splice(2);
if (redirects) await import("./redirects.mjs").then(({ redirectHosts }) => redirectHosts(redirects));
resolvePackages(roots);
let handler;
try {
	handler = await loadHandler(env._HANDLER);
} catch (error) {
	if (error.name === "Runtime.UserCodeSyntaxError") await crashWithPlace(error);
	await crash(error);
}
await serve(handler);
