// Uses the demo page in headless Chromium, as a person does. TestBrowser calls this script with the page's address and
// the folder for screenshots. The password is on stdin. The script ends with 0 if every check held.
//
//   node test/browser/demo.mjs CHROMIUM PAGE SCREENSHOTS < PASSWORD

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./chromium.mjs";

const [executablePath, page, screenshots] = process.argv.slice(2);
const password = readFileSync(0, "utf8").trim();

const browser = await launch(executablePath);
try {
	for (const view of [
		{ name: "desktop-light", width: 1280, height: 900, colorScheme: "light", allSteps: true },
		{ name: "phone-dark", width: 360, height: 740, colorScheme: "dark" },
		{ name: "desktop-dark", width: 1280, height: 900, colorScheme: "dark" },
		{ name: "phone-light", width: 360, height: 740, colorScheme: "light" },
	]) {
		await visit(view);
		console.log(`${view.name}: held`);
	}
} finally {
	await browser.close();
}

async function visit({ name, width, height, colorScheme, allSteps = false }) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme });
	const tab = await context.newPage();
	tab.setDefaultTimeout(20_000);
	const problems = [];
	tab.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
	tab.on("console", (message) => {
		// Chromium reports each 4xx, and each answer that a page may not read. This test causes such answers.
		if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
			problems.push(message.text());
	});
	const shot = (step) => tab.screenshot({ path: join(screenshots, `${name}-${step}.png`), fullPage: true });

	await tab.goto(page);
	await fits(tab, width);
	await shot("1-start");
	if (allSteps) await refusesWrongPassword(tab);
	await signIn(tab);
	await shot("2-signed-in");
	await saysWhoIAm(tab);
	await fits(tab, width);
	await shot("3-who");
	const body = "こんにちは、世界。🌏 a+b & 100%";
	await call(tab, { body, seconds: 0 });
	assert.equal(await text(tab, "#status"), "200");
	assert.ok((await text(tab, "#answer")).includes(body), `the answer is shown: ${await text(tab, "#answer")}`);
	assert.match(await text(tab, "#canonical"), /^POST\n\/slow\nseconds=0\n/, "the canonical request is shown");
	const shownToken = /x-amz-security-token:(?!\(hidden\))/;
	assert.doesNotMatch(await text(tab, "#canonical"), shownToken, "the session token is not");
	await fits(tab, width);
	await shot("4-called");

	assert.deepEqual(problems, []);
	// A browser hides an answer without CORS headers from a page, such as a Function URL's own 403. So the same request
	// is sent once more outside of the page.
	const [unsigned, blocked] = await Promise.all([
		tab.waitForEvent("requestfailed", (request) => request.method() === "POST"),
		tab.waitForEvent("console", (message) => message.text().includes("blocked by CORS policy")),
		tab.click("#no-lease"),
	]);
	assert.equal(unsigned.headers().authorization, undefined, "without a lease nothing is signed");
	const refused = await context.request.post(unsigned.url(), { data: unsigned.postData() });
	assert.equal(refused.status(), 403);
	await tab.waitForFunction(() => document.querySelector("#status").textContent.includes("403"));
	assert.ok(
		(await text(tab, "#answer")).includes(`curl -i -X POST '${unsigned.url()}'`),
		"how to see the 403 is shown",
	);
	problems.splice(problems.indexOf(blocked.text()), 1); // Chromium reports the answer that the page may not read
	await shot("5-refused");
	if (allSteps) {
		await choosesTheWay(tab);
		await renews(tab);
		await fortySeconds(tab, body);
	}
	assert.deepEqual(await storage(tab), { local: 0, session: 0, cookies: "" }, "credentials are kept in memory only");
	assert.deepEqual(problems, []);
	await context.close();
}

// fits checks that the page does not scroll sideways.
async function fits(tab, width) {
	assert.ok((await tab.evaluate(() => document.documentElement.scrollWidth)) <= width, "the page scrolls sideways");
}

async function refusesWrongPassword(tab) {
	await tab.fill("#name", "ada");
	await tab.fill("#password", "wrong");
	const [answer] = await Promise.all([
		tab.waitForResponse((r) => r.url().endsWith("/login")),
		tab.press("#password", "Enter"),
	]);
	assert.equal(answer.status(), 401);
	await tab.waitForFunction(() => document.querySelector("#message").textContent !== "");
}

// signIn signs in by keyboard alone.
async function signIn(tab) {
	await tab.fill("#name", "ada");
	await tab.fill("#password", password);
	await tab.press("#password", "Enter");
	await tab.waitForSelector("#call:visible");
}

// saysWhoIAm asks through CloudFront. The edge signer answers without the right token, and the function with it.
async function saysWhoIAm(tab) {
	for (const [button, status, part] of [
		["#no-token", 401, '"MissingToken"'],
		["#altered-token", 401, '"InvalidToken"'],
		["#me", 200, '"name": "ada"'],
	]) {
		const [answer] = await Promise.all([
			tab.waitForResponse((r) => r.url() === new URL("/me", page).href),
			tab.click(button),
		]);
		assert.equal(answer.status(), status, button);
		// Two answers in a row have one status, so the page is waited for by the answer.
		await tab.waitForFunction((p) => document.querySelector("#me-answer").textContent.includes(p), part);
		assert.equal(await text(tab, "#me-status"), String(status), button);
	}
}

async function call(tab, { body, seconds, timeout = 20_000 }) {
	await tab.fill("#body", body);
	await tab.fill("#seconds", String(seconds));
	const ofCall = (r) => r.request().method() === "POST" && new URL(r.url()).pathname === "/slow";
	const [answer] = await Promise.all([tab.waitForResponse(ofCall, { timeout }), tab.click("#call")]);
	assert.equal(answer.status(), 200);
	assert.match(answer.request().headers().authorization, /^AWS4-HMAC-SHA256 /, "the browser signs");
	await tab.waitForFunction(() => document.querySelector("#status").textContent === "200");
	return answer;
}

// renews checks that the module renews a lease in time. The runner ends leases after 20 seconds, and the countdown
// never gets near its end.
async function renews(tab) {
	const before = Number(await text(tab, "#renewals"));
	const lowest = await tab.evaluateHandle(() => {
		const seen = { seconds: Infinity };
		setInterval(() => {
			const left = /^0 min (\d+) s$/.exec(document.querySelector("#expires").textContent);
			seen.seconds = Math.min(seen.seconds, left ? Number(left[1]) : -1);
		}, 100);
		return seen;
	});
	await tab.waitForFunction((n) => Number(document.querySelector("#renewals").textContent) > n + 1, before, {
		timeout: 60_000,
	});
	const seconds = await lowest.evaluate((seen) => seen.seconds);
	assert.ok(seconds >= 5 && seconds < 15, `renewed twice with as little as ${seconds} s left of 20`);
}

async function fortySeconds(tab, body) {
	const start = Date.now();
	await call(tab, { body, seconds: 40, timeout: 60_000 });
	assert.ok(Date.now() - start >= 40_000, "it took less than 40 seconds");
	assert.ok((await text(tab, "#answer")).includes(body));
}

// choosesTheWay checks the way to a function that is behind CloudFront too. The module sends bodies of up to 1 MB
// through CloudFront, without a lease. It sends longer ones with a lease.
async function choosesTheWay(tab) {
	const answers = await tab.evaluate(async (password) => {
		const { LeaseClient } = await import("/furl.mjs");
		const login = await fetch("/login", { method: "POST", body: JSON.stringify({ name: "ada", password }) });
		const { token } = await login.json();
		const leases = [];
		const client = new LeaseClient({
			distributionUrl: location.origin,
			grantUrl: document.querySelector("main").dataset.grantUrl,
			headers: { authorization: `Bearer ${token}` },
			onLease: (lease) => leases.push(new URL(lease.functionUrl).origin),
		});
		const seen = [];
		for (const length of [1_000_000, 1_000_001]) {
			const body = "a".repeat(length);
			const response = await client.fetch("/slow?seconds=0", { method: "POST", body });
			const whole = (await response.text()).includes(body);
			seen.push({ status: response.status, origin: new URL(response.url).origin, whole, leases: [...leases] });
		}
		client.close();
		return seen;
	}, password);
	const distribution = new URL(page).origin;
	const [{ origin: functionUrl }] = answers.slice(-1);
	assert.notEqual(functionUrl, distribution);
	assert.deepEqual(answers, [
		{ status: 200, origin: distribution, whole: true, leases: [] },
		{ status: 200, origin: functionUrl, whole: true, leases: [functionUrl] },
	]);
}

async function storage(tab) {
	return tab.evaluate(() => {
		return { local: localStorage.length, session: sessionStorage.length, cookies: document.cookie };
	});
}

async function text(tab, selector) {
	return (await tab.textContent(selector)).trim();
}
