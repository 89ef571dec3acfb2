// The runtime cloudfront-js-2.0 under `furl local`. It runs a CloudFront Function with the globals and modules that AWS
// documents (CloudFront Developer Guide, functions-javascript-runtime-20). An event gets the context of the event
// before it, if that is as it was (pristine.mjs), or else a new one. realm.mjs makes a context's globals and modules.
// A context gets no object of this module.

import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import vm from "node:vm";
import { pristine } from "./pristine.mjs";
import { host, realm } from "./realm.mjs";

// The page's globals that a context has. eval and Function are there, and throw.
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
const PRISTINE = new vm.Script(`'use strict';(${pristine})`);

// Reads the event and calls the handler inside the context. The function thus gets objects of the context.
const RUN = new vm.Script(`'use strict';(({ parse, stringify }) => async (load, text) => {
	const event = parse(text);
	const query = stringify(event.request.querystring);
	const handler = load.call(globalThis);
	if (typeof handler !== 'function') throw new ReferenceError('the code has no function handler');
	const result = await handler(event);
	return { result, queryChanged: stringify(result?.querystring) !== query };
})(JSON)`);

// The runtime has one form of import only, "import name from 'module'". A script has none, so require replaces it.
const IMPORT = /((?:^|;)[ \t]*)import[ \t]+([\w$]+)[ \t]+from[ \t]+(['"])(\w+)\3/gm;
const code = readFileSync(new URL("./function.js", import.meta.url), "utf8").replace(
	IMPORT,
	"$1const $2 = require('$4')",
);
const filename = "function.js";
new vm.Script(`'use strict';${code}`, { filename }); // throws unless the code is a script in strict mode

// The code is the body of a function here, which runs anew for each event. So its variables are new each time. Strict
// mode is the default and cannot be left. The line numbers stay.
const CODE = new vm.Script(
	`(function () { 'use strict';${code}\nreturn typeof handler === 'undefined' ? undefined : handler; })`,
	{ filename },
);

// The key value store that is associated with the function.
const read = JSON.parse(readFileSync(new URL("./store.json", import.meta.url), "utf8"));
const pairs = new Map(Object.entries(read?.pairs ?? {}));
const started = new Date().toISOString();
const store = read && {
	id: read.id,
	get: (key) => pairs.get(key),
	keyCount: pairs.size,
	creationDateTime: started,
	lastUpdatedDateTime: started,
};

// console.log of the runtime takes one argument. CloudFront writes it after the request's id.
let requestId;
function log(message) {
	console.log(`${requestId} ${typeof message === "string" ? message : inspect(message, { customInspect: false })}`);
}

// Makes a context, and in it the functions that load the code, run an event and check that the context is as it was.
function newContext() {
	const options = { codeGeneration: { strings: false, wasm: false } };
	const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, options); // whose globals are quicker to read
	PRUNE.runInContext(context);
	REALM.runInContext(context)(host, log, store);
	const isPristine = PRISTINE.runInContext(context)(Reflect.ownKeys);
	return { isPristine, load: CODE.runInContext(context), run: RUN.runInContext(context) };
}

let context = newContext();
let checked = true; // the context is as it was

// Serves one event.
export async function handler(invocation) {
	if (!checked) context = newContext();
	checked = false;
	requestId = invocation.requestId;
	try {
		return await context.run(context.load, JSON.stringify(invocation.event));
	} catch (error) {
		// An error of the context is not an Error of this realm.
		throw Object.assign(new Error(error?.message ?? String(error)), {
			name: error?.name ?? "Error",
			stack: error?.stack,
		});
	} finally {
		checkLater();
	}
}

// Checks the context between the answer and the next event, so that no viewer waits for the check. Nothing of the
// event's code runs any more, since its jobs end before a turn of the event loop does. The runtime sends the answer
// after one turn and reads the next event after two (bootstrap.mjs). An event that came sooner would get a new context.
function checkLater() {
	setImmediate(() =>
		setImmediate(() => {
			if (!context.isPristine()) context = newContext();
			checked = true;
		}),
	);
}
