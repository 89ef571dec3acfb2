// Builds the browser module. src/furl.mjs and aws4fetch become one file, furl.mjs, and its types become furl.d.mts.
//
//   node client/browser/build.mjs            write both files
//   node client/browser/build.mjs --check    fail if the files differ from a build of the sources

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "..", "node_modules");
const limit = 6_400; // bytes of the module, compressed

const folder = mkdtempSync(join(tmpdir(), "furl-browser-"));
try {
	const script = join(folder, "furl.mjs");
	execFileSync(join(modules, "@esbuild", `${process.platform}-${process.arch}`, "bin", "esbuild"), [
		join(here, "src", "furl.mjs"),
		"--bundle",
		"--minify",
		"--format=esm",
		"--target=es2022",
		"--log-level=warning",
		"--legal-comments=none", // the banner names aws4fetch's licence
		"--banner:js=/* Furl, Apache-2.0. Contains aws4fetch, copyright Michael Hart 2024, MIT <https://opensource.org/licenses/MIT>. Built by `make client` from client/browser/src. */",
		`--outfile=${script}`,
	]);
	const project = ["--project", join(here, "tsconfig.json"), "--outDir", join(folder, "types")];
	execFileSync(process.execPath, [join(modules, "typescript", "bin", "tsc"), ...project], {
		stdio: ["ignore", "inherit", "inherit"],
	});
	const types = ["errors.d.mts", "furl.d.mts"].map((name) => readFileSync(join(folder, "types", name), "utf8"));
	const built = { "furl.mjs": readFileSync(script, "utf8"), "furl.d.mts": oneFile(...types) };
	const size = gzipSync(built["furl.mjs"], { level: 9 }).length;
	console.log(`furl.mjs: ${built["furl.mjs"].length} bytes, ${size} compressed (limit ${limit})`);
	if (size >= limit) process.exitCode = 1;
	for (const [name, text] of Object.entries(built)) {
		const path = join(here, name);
		if (!process.argv.includes("--check")) writeFileSync(path, text);
		else if (readFileSync(path, "utf8") !== text) {
			console.error(`client/browser/${name} differs from a build of its sources: run make client`);
			process.exitCode = 1;
		}
	}
} finally {
	rmSync(folder, { recursive: true });
}

// oneFile joins the declarations of the exported names. The other modules show in private members only, and these have
// no types in a declaration.
function oneFile(errors, furl) {
	const own = furl.replace(/^(export|import) \{ LeaseError \}.*\n/gm, "");
	if (/\bimport\b/.test(own)) throw new Error("furl.d.mts would import another file");
	return errors.replace(/^export function badRequest.*\n/m, "") + own;
}
