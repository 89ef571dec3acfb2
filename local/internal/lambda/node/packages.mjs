import module, { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

// Resolves what AWS's runtime finds outside of the code. That is the SDK, which here is in the node_modules beside the
// app or furl (the arguments are folders there), and for `import` the packages of layers (NODE_PATH).
export function resolvePackages(roots) {
	const sdk = roots.map((root) => join(root, "_"));
	const layers = (process.env.NODE_PATH ?? "").split(":").filter((folder) => basename(folder) === "node_modules");
	let searching = false;
	module.registerHooks?.({
		resolve(specifier, context, next) {
			try {
				return next(specifier, context);
			} catch (error) {
				const isMissing = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
				if (searching || !isMissing || !/^(@[\w.-]+\/)?[\w.-]+(\/|$)/.test(specifier)) throw error;
				const isImport = context.conditions.includes("import");
				const ofSDK = /^@(aws-sdk|smithy)\//.test(specifier);
				const from = isImport ? layers.map((folder) => join(dirname(folder), "_")) : [];
				if (ofSDK) from.push(...sdk);
				for (const parent of from.map((path) => pathToFileURL(path))) {
					searching = true;
					try {
						if (isImport) return next(specifier, { ...context, parentURL: parent.href });
						const path = createRequire(parent).resolve(specifier);
						return { url: pathToFileURL(path).href, shortCircuit: true };
					} catch {
						// the next one may have it
					} finally {
						searching = false;
					}
				}
				if (ofSDK) {
					const name = specifier.split("/", 2).join("/");
					error.message += `\nAWS's runtime has ${name}. Here your app must: npm install --save-dev ${name}`;
				}
				throw error;
			}
		},
	});
}
