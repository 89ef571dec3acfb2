// The script of the demo's page. It signs in, and asks through CloudFront who that is. It leases a function, signs and
// calls it, and shows each step. Token and credentials are in memory only.

import { LeaseClient } from "/furl.mjs";

const element = (id) => document.getElementById(id);
const show = (id, text) => {
	element(id).textContent = text;
};

let token;
let client;
let leases = 0;
let expiration;
let offset = 0;

element("login").addEventListener("submit", (event) => {
	event.preventDefault();
	during(element("sign-in"), signIn);
});
element("request").addEventListener("submit", (event) => {
	event.preventDefault();
	during(element("call"), callWithLease);
});
onClick("me", () => whoAmI(`Bearer ${token}`));
onClick("no-token", () => whoAmI());
onClick("altered-token", () => whoAmI(`Bearer ${token}x`));
onClick("no-lease", callWithoutLease);
onClick("sign-out", signOut);
setInterval(countDown, 250);

function onClick(id, action) {
	element(id).addEventListener("click", () => during(element(id), action));
}

// during keeps a button from being pressed twice. It shows the error of an action on the page.
async function during(button, action) {
	button.disabled = true;
	show("message", "");
	try {
		await action();
	} catch (error) {
		show("message", error.message);
	} finally {
		button.disabled = false;
	}
}

async function signIn() {
	const body = JSON.stringify({ name: element("name").value, password: element("password").value });
	const response = await fetch("/login", { method: "POST", headers: { "content-type": "application/json" }, body });
	const answer = await response.json();
	if (!response.ok) throw new Error(answer.message);
	token = answer.token;
	show("user", element("name").value);
	element("password").value = "";
	leases = 0;
	client = new LeaseClient({
		grantUrl: document.querySelector("main").dataset.grantUrl,
		headers: () => ({ authorization: `Bearer ${token}` }),
		onLease: showLease,
	});
	element("login").hidden = true;
	element("signed-in").hidden = false;
	element("me").focus();
}

function signOut() {
	client?.close();
	client = token = expiration = undefined;
	for (const id of ["signed-in", "me-result", "steps"]) element(id).hidden = true;
	element("login").hidden = false;
	element("name").focus();
}

// whoAmI is answered by the edge signer where the token is missing or wrong, and by the function otherwise.
async function whoAmI(authorization) {
	const response = await fetch("/me", { headers: authorization ? { authorization } : {} });
	const answer = await response.text(); // so that status and answer change together
	show("me-status", String(response.status));
	show("me-answer", answer);
	element("me-result").hidden = false;
}

function showLease(lease) {
	leases += 1;
	expiration = lease.expiration;
	offset = lease.serverTime.getTime() - Date.now();
	show("function", lease.functionUrl);
	show("key", lease.accessKeyId);
	show("renewals", String(leases - 1));
	countDown();
}

function countDown() {
	if (!expiration) return;
	const left = Math.max(0, Math.round((expiration.getTime() - Date.now() - offset) / 1000));
	show("expires", left === 0 ? "ended" : `${Math.floor(left / 60)} min ${left % 60} s`);
}

const path = () => `/slow?seconds=${encodeURIComponent(element("seconds").value)}`;

function begin() {
	element("steps").hidden = false;
	show("canonical", "–");
	show("status", "");
	show("answer", "…");
	show("elapsed", "…");
	return performance.now();
}

async function callWithLease() {
	const start = begin();
	await end(start, async () => {
		const body = element("body").value;
		const { request, canonicalRequest } = await client.sign(path(), { method: "POST", body });
		show("canonical", canonicalRequest.replace(/^(x-amz-security-token:).*$/m, "$1(hidden)"));
		return fetch(request);
	});
}

// callWithoutLease takes the function's URL from the lease. It does not sign the request.
async function callWithoutLease() {
	const { functionUrl } = await client.lease();
	const url = new URL(path(), functionUrl);
	const start = begin();
	show("canonical", "nothing: the request is not signed");
	await end(
		start,
		() => fetch(url, { method: "POST", body: element("body").value, credentials: "omit" }),
		"A Function URL answers 403 to a request without a signature. The answer probably has no CORS headers, so no " +
			`page may read it. See it with\n\n  curl -i -X POST '${url}'`,
		"403 or none: this page may not read it",
	);
}

// end shows the answer to a request. If the page may not read it, end shows the caller's words instead.
async function end(start, send, unreadable = "–", status = "none that this page may read") {
	try {
		const response = await send();
		show("answer", await response.text());
		show("status", String(response.status));
	} catch (error) {
		show("answer", unreadable);
		show("status", status);
		if (unreadable === "–") throw error;
	} finally {
		show("elapsed", `${((performance.now() - start) / 1000).toFixed(2)} s`);
	}
}
