// Leases and calls from a page in headless Chromium, with headers that the page adds. TestPageHeaders calls this script
// with the page's address and a JSON array of cases, each with the URL of its grant and its headers. The page has the
// browser module at /furl.mjs. The script prints a JSON array with the text of each answer, or the error.
//
//   node test/browser/headers.mjs CHROMIUM PAGE CASES

import { launch } from "./chromium.mjs";

const [executablePath, page, cases] = process.argv.slice(2);

const browser = await launch(executablePath);
try {
	const tab = await browser.newPage();
	tab.setDefaultTimeout(30_000);
	await tab.goto(page);
	const answers = [];
	for (const each of JSON.parse(cases)) answers.push(await tab.evaluate(leaseAndCall, each));
	console.log(JSON.stringify(answers));
} finally {
	await browser.close();
}

// leaseAndCall runs on the page.
async function leaseAndCall({ grantUrl, grantHeaders, callHeaders }) {
	const { LeaseClient } = await import("/furl.mjs");
	const client = new LeaseClient({ grantUrl, headers: grantHeaders });
	try {
		const response = await client.fetch("/", { method: "POST", body: "x", headers: callHeaders });
		return `${response.status} ${await response.text()}`;
	} catch (error) {
		return `${error.code}: ${error.message}`;
	} finally {
		client.close();
	}
}
