// Builds the part of aws-jwt-verify that judges a token with a key at hand. It becomes one module, jwt_verify.mjs.
//
//   node lambdas/edge-signer/jwt-verify/build.mjs

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const { version } = JSON.parse(readFileSync(join(modules, "aws-jwt-verify", "package.json"), "utf8"));

/** The module's text. */
export function build() {
	const esbuild = join(modules, "@esbuild", `${process.platform}-${process.arch}`, "bin", "esbuild");
	const options = [
		"entry.mjs",
		"--bundle",
		"--minify",
		"--format=esm",
		"--platform=node",
		"--target=node22",
		"--log-level=warning",
		"--alias:crypto=./crypto.mjs",
		"--alias:https=./unused.mjs",
		"--alias:stream=./unused.mjs",
		"--legal-comments=none", // the banner has the one of every source file
		`--banner:js=/* aws-jwt-verify ${version}, bundled and minified. Copyright Amazon.com, Inc. or its affiliates. All Rights Reserved. Apache-2.0 <https://www.apache.org/licenses/LICENSE-2.0>. Built by jwt-verify/build.mjs. */`,
	];
	return execFileSync(esbuild, options, { cwd: here, encoding: "utf8" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	writeFileSync(new URL("../jwt_verify.mjs", import.meta.url), build());
}
