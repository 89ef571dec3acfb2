// Makes README's picture. On the left is a terminal with the commands and their output. On the right is the demo's
// page after a question through CloudFront and a call with a lease. `make picture` builds what this script runs.
//
//   node test/picture.mjs CHROMIUM FURL ASSEMBLY PICTURE

import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { launch } from "./browser/chromium.mjs";

const [executablePath, furl, assembly, picture] = process.argv.slice(2);
const width = 1280;
const height = 924;

const local = spawn(furl, ["local", "--assembly", assembly], { stdio: ["ignore", "pipe", "ignore"] });
try {
	const printed = await untilReady(local.stdout);
	const address = (path) => new RegExp(`(http://\\S+) +${path}\\n`).exec(printed)[1];
	const edge = address("FurlDemo/Api/Distribution");
	const password = /password +(\S+) /.exec(printed)[1];
	const browser = await launch(executablePath);
	try {
		const shot = await demoPage(browser, edge, password);
		const text = terminal(printed, edge, address("FurlDemo/Api/FunctionUrl"));
		const tab = await browser.newPage({ viewport: { width, height } });
		await tab.setContent(frame(text, shot));
		await tab.screenshot({ path: picture });
	} finally {
		await browser.close();
	}
} finally {
	local.kill();
}
console.log(`${picture}: ${readFileSync(picture).length} bytes`);

/** Reads what `furl local` prints at its start. */
async function untilReady(stdout) {
	let text = "";
	for await (const line of createInterface(stdout)) {
		text += `${line}\n`;
		if (line.startsWith("Ctrl-C")) return text;
	}
	throw new Error(`furl local ended:\n${text}`);
}

/** The page of a user who has asked who that is, and has called with a lease. It is a data URL. */
async function demoPage(browser, edge, password) {
	const tab = await browser.newPage({ viewport: { width: 620, height: height - 40 }, colorScheme: "light" });
	await tab.goto(edge);
	await tab.fill("#name", "ada");
	await tab.fill("#password", password);
	await tab.press("#password", "Enter");
	await tab.click("#me");
	await tab.waitForSelector("#me-result:visible");
	await tab.click("#call");
	await tab.waitForFunction(() => document.querySelector("#status").textContent === "200");
	await tab.evaluate(() => {
		document.body.style.zoom = "0.66";
		document.querySelector("#signed-in").style.scrollMarginTop = "0.75rem";
		document.querySelector("#signed-in").scrollIntoView();
	});
	return `data:image/png;base64,${(await tab.screenshot()).toString("base64")}`;
}

/** The terminal's text. The secrets of this run are left out, and long answers are cut. */
function terminal(printed, edge, functionUrl) {
	const start = printed.split("\n\nOutputs:")[0].trim().split("\n");
	const token = `TOKEN=$(${furl} token --pool FurlDemo/Users --user ada)`;
	const calls = [
		`curl -s ${edge}/echo?name=Furl`,
		`curl -s ${functionUrl}/`,
		`curl -s ${edge}/me`,
		`${token}\n$ curl -s ${edge}/me -H "Authorization: Bearer $TOKEN"`,
	].flatMap((command) => {
		const script = command.replace("\n$", "\n");
		return ["", `$ ${command}`, execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim()];
	});
	const lines = ["$ make demo", ...start.filter((line) => !line.startsWith("  password")), ...calls];
	const most = 420;
	return lines.map((line) => (line.length > most ? `${line.slice(0, most)}…` : line)).join("\n");
}

function frame(text, shot) {
	const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
	return `<!doctype html><meta charset="utf-8"><style>
		body { margin: 0; padding: 20px; display: flex; gap: 20px; background: #d8dee6; }
		pre, img { border-radius: 8px; height: ${height - 40}px; box-sizing: border-box; margin: 0; }
		pre { width: 600px; padding: 16px; font: 13px/1.5 monospace; white-space: pre-wrap; word-break: break-all; }
		pre { background: #1c2128; color: #d7dde4; overflow: hidden; }
	</style><pre>${escaped.replace(/^\$ .*$/gm, "<b>$&</b>")}</pre><img src="${shot}">`;
}
