// Refuses lines over 120 columns. A tab counts as 4 columns.
//
//   node test/columns.mjs    checks the files of the working folder that Git has or would add
//
// Excepted are lines with a URL, the tables and code blocks of Markdown, testdata folders and built modules.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const most = 120;
const checked = /\.(go|mjs|js|css|html|md)$/;
const unchecked = /(^|\/)testdata\/|^client\/browser\/furl\.mjs$|^lambdas\/edge-signer\/jwt_verify\.mjs$/;

// isChecked reports whether the lines of a file are checked.
export function isChecked(path) {
	return checked.test(path) && !unchecked.test(path);
}

// wideLines returns the number and the width of each line that is too wide.
export function wideLines(path, text) {
	const isExcepted = path.endsWith(".md") ? markdownException() : () => false;
	return text.split("\n").flatMap((line, index) => {
		const width = [...line.replaceAll("\t", "    ")].length;
		const excepted = isExcepted(line) || line.includes("://");
		return width > most && !excepted ? [{ number: index + 1, width }] : [];
	});
}

// markdownException returns a function that takes the lines of a file in turn. It reports whether a line is part of a
// table or of a code block. An indented code block begins after an empty line.
function markdownException() {
	let fence = "";
	let before = "empty";
	return (line) => {
		const marks = line.match(/^\s*(`{3,}(?!.*`)|~{3,})(.*)/);
		if (fence) {
			if (marks?.[1].startsWith(fence) && marks[2].trim() === "") fence = "";
			return true;
		}
		if (marks) fence = marks[1];
		const isCode = before !== "text" && /^( {4}|\t)/.test(line);
		if (marks || line.trim() === "") before = "empty";
		else before = isCode ? "code" : "text";
		return isCode || line.startsWith("|");
	};
}

function main() {
	const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
	const paths = listed.toString().split("\0").filter(isChecked).filter(existsSync);
	const found = paths.flatMap((path) =>
		wideLines(path, readFileSync(path, "utf8")).map(({ number, width }) => `${path}:${number}: ${width}`),
	);
	if (found.length === 0) return;
	console.error(found.join("\n"));
	console.error(`${found.length} lines over ${most} columns: break them, or give each field of a row its own line`);
	process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
