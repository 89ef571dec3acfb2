// Presses the button of the second article's page in headless Chromium. TestSecondArticle calls this script with the
// page's address and the text that the page's alert must have.
//
//   node test/browser/articles.mjs CHROMIUM PAGE ALERT

import assert from "node:assert/strict";
import { launch } from "./chromium.mjs";

const [executablePath, page, alert] = process.argv.slice(2);

const browser = await launch(executablePath);
try {
	const tab = await browser.newPage();
	tab.setDefaultTimeout(30_000);
	const seen = [];
	tab.on("console", (message) => seen.push(`console: ${message.text()}`));
	tab.on("requestfinished", async (request) => {
		seen.push(`${request.method()} ${request.url()} ${(await request.response()).status()}`);
	});
	tab.on("requestfailed", (request) => seen.push(`${request.method()} ${request.url()} failed`));
	await tab.goto(page);
	const shown = tab.waitForEvent("dialog").catch((error) => assert.fail(`${error.message}\n${seen.join("\n")}`));
	await tab.click("#button");
	const dialog = await shown;
	assert.equal(dialog.message(), alert);
	await dialog.accept();
} finally {
	await browser.close();
}
