// The runtime cloudfront-js-2.0 under `furl local`. It runs a CloudFront Function with the globals and modules that AWS
// documents (CloudFront Developer Guide, functions-javascript-runtime-20). Each event gets a new context, and realm.mjs
// makes its globals and modules. A context gets no object of this module.

import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import vm from "node:vm";
import { host, realm } from "./realm.mjs";

// The page's globals that every new context has. eval and Function are there, and throw.
const GLOBALS = [
	"Object String Number Boolean Math Date Function RegExp JSON Array ArrayBuffer DataView Promise Symbol",
	"globalThis eval Float32Array Float64Array Int8Array Int16Array Int32Array",
	"Uint8Array Uint8ClampedArray Uint16Array Uint32Array",
	"Error EvalError RangeError ReferenceError SyntaxError TypeError URIError NaN Infinity undefined",
	"decodeURI decodeURIComponent encodeURI encodeURIComponent isFinite isNaN parseFloat parseInt",
]
	.join(" ")
	.split(" ");

const PRUNE = new vm.Script(`
	for (const name of Object.getOwnPropertyNames(globalThis)) {
		if (!${JSON.stringify(GLOBALS)}.includes(name)) delete globalThis[name];
	}
`);

const REALM = new vm.Script(`'use strict';(${realm})`);

// Reads the event and calls the handler inside the context. The function thus gets objects of the context.
const RUN = new vm.Script(`(async (text) => {
	const event = JSON.parse(text);
	const query = JSON.stringify(event.request.querystring);
	if (typeof handler !== 'function') throw new ReferenceError('the code has no function handler');
	const result = await handler(event);
	return { result, queryChanged: JSON.stringify(result?.querystring) !== query };
})`);

// The runtime has one form of import only, "import name from 'module'". A script has none, so require replaces it.
const IMPORT = /((?:^|;)[ \t]*)import[ \t]+([\w$]+)[ \t]+from[ \t]+(['"])(\w+)\3/gm;
const code = readFileSync(new URL("./function.js", import.meta.url), "utf8");
// Strict mode is the default and cannot be left. The line numbers stay.
const script = new vm.Script(`'use strict';${code.replace(IMPORT, "$1const $2 = require('$4')")}`, {
	filename: "function.js",
});

// console.log of the runtime takes one argument. CloudFront writes it after the request's id.
function log(requestId, message) {
	console.log(`${requestId} ${typeof message === "string" ? message : inspect(message, { customInspect: false })}`);
}

export async function handler({ requestId, event }) {
	const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
	PRUNE.runInContext(context);
	REALM.runInContext(context)(host, (message) => log(requestId, message));
	try {
		script.runInContext(context);
		return await RUN.runInContext(context)(JSON.stringify(event));
	} catch (error) {
		// An error of the context is not an Error of this realm.
		throw Object.assign(new Error(error?.message ?? String(error)), {
			name: error?.name ?? "Error",
			stack: error?.stack,
		});
	}
}
