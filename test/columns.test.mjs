import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { wideLines } from "./columns.mjs";

const program = fileURLToPath(new URL("columns.mjs", import.meta.url));
const wide = "a".repeat(121);

test("which lines are too wide", async (t) => {
	const rows = [
		{ name: "120 columns", file: "a.go", text: "a".repeat(120), widths: [], why: "the most that is taken" },
		{ name: "121 columns", file: "a.go", text: wide, widths: [121], why: "one too many" },
		{ name: "tab", file: "a.go", text: `\t${"a".repeat(117)}`, widths: [121], why: "a tab counts as 4 columns" },
		{ name: "arrows", file: "a.md", text: "→".repeat(120), widths: [], why: "columns are counted, not bytes" },
		{ name: "surrogates", file: "a.md", text: "😀".repeat(120), widths: [], why: "nor are halves of a character" },
		{ name: "URL", file: "a.go", text: `// https://${wide}`, widths: [], why: "a URL cannot be broken" },
		{ name: "table", file: "a.md", text: `| ${wide} |`, widths: [], why: "a row of a table is one line" },
		{ name: "table of Go", file: "a.go", text: `| ${wide} |`, widths: [125], why: "only Markdown has tables" },
		{ name: "fence", file: "a.md", text: `~~~\n${wide}\n~~~`, widths: [], why: "code is shown as it is" },
		{ name: "fence in a fence", file: "a.md", text: `\`\`\`\`\n\`\`\`\n${wide}`, widths: [], why: "it is shorter" },
		{ name: "after a fence", file: "a.md", text: `\`\`\`go\n\`\`\`\n${wide}`, widths: [121], why: "it is text" },
		{ name: "code in a line", file: "a.md", text: `\`\`\`b\`\`\`\n${wide}`, widths: [121], why: "it is no fence" },
		{ name: "language", file: "a.md", text: `~~~\n~~~go\n${wide}`, widths: [], why: "such a line ends no code" },
		{ name: "indented code", file: "a.md", text: `a\n\n    b\n    ${wide}`, widths: [], why: "it is code" },
		{ name: "code after a fence", file: "a.md", text: `~~~\n~~~\n    ${wide}`, widths: [], why: "no text before" },
		{ name: "first line", file: "a.md", text: `    ${wide}`, widths: [], why: "code may begin a file" },
		{ name: "indented text", file: "a.md", text: `- a\n    ${wide}`, widths: [125], why: "it goes on with a list" },
		{ name: "indented Go", file: "a.go", text: `\n    ${wide}`, widths: [125], why: "only Markdown has such code" },
	];
	for (const { name, file, text, widths, why } of rows) {
		await t.test(`${name}: ${why}`, () => {
			const found = wideLines(file, text);
			assert.deepEqual(
				found.map(({ width }) => width),
				widths,
			);
		});
	}
});

test("which files are checked", async (t) => {
	const rows = [
		{ path: "a.go", checked: true, why: "Go" },
		{ path: "a_test.go", checked: true, why: "tests too" },
		{ path: "a.mjs", checked: true, why: "a module" },
		{ path: "b/a.js", checked: true, why: "a script in a folder" },
		{ path: "a.css", checked: true, why: "a style" },
		{ path: "a.html", checked: true, why: "a page" },
		{ path: "a.md", checked: true, why: "prose" },
		{ path: "あ.go", checked: true, why: "Git would quote this name without -z" },
		{ path: "added.go", checked: true, why: "a file in the index" },
		{ path: "a.json", checked: false, why: "data" },
		{ path: "go.sum", checked: false, why: "a lock file" },
		{ path: "b/testdata/a.go", checked: false, why: "data of tests" },
		{ path: "testdata/a.js", checked: false, why: "data of tests at the top" },
		{ path: "client/browser/furl.mjs", checked: false, why: "a built module" },
		{ path: "client/browser/src/furl.mjs", checked: true, why: "its source" },
		{ path: "ignored/a.go", checked: false, why: "Git ignores it" },
	];
	const folder = newRepository(t);
	for (const { path } of rows) write(folder, path, `narrow\n${wide}\n`);
	write(folder, ".gitignore", "ignored/\n");
	write(folder, "gone.go", wide);
	execFileSync("git", ["add", "added.go", "gone.go"], { cwd: folder });
	rmSync(join(folder, "gone.go"));
	const { status, lines } = run(folder);
	assert.equal(status, 1);
	assert.match(lines.pop(), /^10 lines over 120 columns: break them/);
	assert.equal(lines.length, 10);
	for (const { path, checked, why } of rows) {
		await t.test(`${path}: ${why}`, () => assert.equal(lines.includes(`${path}:2: 121`), checked));
	}
});

test("a folder without wide lines", (t) => {
	const folder = newRepository(t);
	write(folder, "a.go", "a".repeat(120));
	assert.deepEqual(run(folder), { status: 0, lines: [""] });
});

// newRepository makes an empty Git repository for the test t.
function newRepository(t) {
	const folder = mkdtempSync(join(tmpdir(), "furl-columns-"));
	t.after(() => rmSync(folder, { recursive: true }));
	execFileSync("git", ["init", "--quiet"], { cwd: folder });
	return folder;
}

function write(folder, path, text) {
	mkdirSync(dirname(join(folder, path)), { recursive: true });
	writeFileSync(join(folder, path), text);
}

// run returns the exit status of the program in a folder, and the lines that it printed.
function run(folder) {
	const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: folder, encoding: "utf8" });
	return { status, lines: (stdout + stderr).trimEnd().split("\n") };
}
