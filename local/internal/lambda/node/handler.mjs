import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { runtimeError } from "./pipe.mjs";
import { STREAMING } from "./response_stream.mjs";

// Node.js 22 takes callbacks, context.succeed and the like, and Node.js 24 does not.
export const takesCallbacks = Number(process.versions.node.split(".")[0]) < 24;

// Returns the function that "folder/file.export" names.
export async function loadHandler(name) {
	if (name.includes("..")) throw runtimeError("MalformedHandlerName", `'${name}' is not a valid handler name.`);
	const dot = name.indexOf(".", name.lastIndexOf("/") + 1);
	if (dot < 0) throw runtimeError("MalformedHandlerName", `handler "${name}" is not of the form file.export`);
	const base = resolve(process.env.LAMBDA_TASK_ROOT, name.slice(0, dot));
	const file = ["", ".js", ".mjs", ".cjs"].map((extension) => base + extension).find((path) => existsSync(path));
	if (!file) {
		const message = `no file ${name.slice(0, dot)}.js, .mjs or .cjs in the code`;
		throw runtimeError("ImportModuleError", message);
	}
	const loaded = await import(pathToFileURL(file)).catch((error) => {
		if (error instanceof SyntaxError)
			throw Object.assign(runtimeError("UserCodeSyntaxError", String(error)), {
				stack: error.stack,
				cause: error,
			});
		if (error.code === "MODULE_NOT_FOUND") throw runtimeError("ImportModuleError", String(error));
		throw error;
	});
	const path = name.slice(dot + 1).split(".");
	const find = (root) => path.reduce((value, key) => value?.[key], root);
	const handler = find(loaded) ?? find(loaded.default); // CommonJS exports may be on the default export only
	if (typeof handler !== "function") throw runtimeError("HandlerNotFound", `${name} is undefined or not a function`);
	if (!takesCallbacks && handler.length >= 3 && !handler[STREAMING])
		throw runtimeError(
			"CallbackHandlerDeprecated",
			"ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
				"You need to modify this function to use a supported handler signature to use Node.js 24 or later. " +
				"For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.",
		);
	return handler;
}
