// Attacks furl local from web pages in headless Chromium. TestPagesOfOthers calls this script with the address of
// another origin's page. The page's server answers /targets with the addresses to attack. The script prints the texts
// that the pages could read.
//
//   node test/browser/rebinding.mjs CHROMIUM SITE

import { launch } from "./chromium.mjs";

const [executablePath, site] = process.argv.slice(2);
const next = "/2018-06-01/runtime/invocation/next";

// blind are requests whose answers a page of another origin cannot read. An event that they take is lost.
const blind = {
	fetch: (url) => {
		fetch(url, { mode: "no-cors" });
	},
	image: (url) => {
		new Image().src = url;
	},
	navigation: (url) => {
		location.href = url;
	},
};

// The attacker's name leads to this machine, as it does after DNS rebinding.
const browser = await launch(executablePath, "--host-resolver-rules=MAP evil.example 127.0.0.1");
try {
	const targets = await (await fetch(`${site}/targets`)).json();
	const seen = {};
	for (const [name, target] of Object.entries(targets)) seen[name] = await attack(target);
	console.log(JSON.stringify(seen));
} finally {
	await browser.close();
}

// attack tries each way once, and returns the texts that the pages read.
async function attack({ distribution, runtimeAPIs }) {
	const seen = {
		distributionByName: await onPage(rebound(distribution), (tab) => tab.evaluate(read, "/")),
		distributionByFetch: await onPage(site, (tab) => tab.evaluate(read, distribution)),
		eventByName: await onPage(rebound(runtimeAPIs.name), (tab) => tab.evaluate(takeAndAnswer, next)),
	};
	for (const [name, send] of Object.entries(blind)) {
		const url = runtimeAPIs[name] + next;
		await onPage(site, (tab) => Promise.all([over(tab, url), tab.evaluate(send, url)]));
	}
	return seen;
}

// over waits for the end of a request. Chromium lets an image fail whose content is none.
function over(tab, url) {
	const about = (request) => request.url() === url;
	return Promise.any([tab.waitForEvent("requestfinished", about), tab.waitForEvent("requestfailed", about)]);
}

// rebound is the address of a port under the attacker's name.
function rebound(address) {
	return address.replace("127.0.0.1", "evil.example");
}

// onPage does something on a page, whose status does not matter. Its scripts have the origin of its address.
async function onPage(address, what) {
	const tab = await browser.newPage();
	tab.setDefaultTimeout(10_000);
	await tab.goto(address);
	const result = await what(tab);
	await tab.close();
	return result;
}

// read runs on a page. It returns the text at an address, or the error.
async function read(url) {
	try {
		return await (await fetch(url)).text();
	} catch (error) {
		return String(error);
	}
}

// takeAndAnswer runs on a page. It takes the next event of a Runtime API, answers it and returns it.
async function takeAndAnswer(next) {
	const response = await fetch(next, { signal: AbortSignal.timeout(10_000) });
	const id = response.headers.get("lambda-runtime-aws-request-id");
	if (id) await fetch(next.replace("next", `${id}/response`), { method: "POST", body: '"by the page"' });
	return response.text();
}
