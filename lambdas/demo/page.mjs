// The script of the demo's page. It signs in, leases a function, signs and calls it, and shows each step. Token and
// credentials are in memory only.

import { LeaseClient } from "/furl.mjs";

const element = (id) => document.getElementById(id);
const show = (id, text) => {
	element(id).textContent = text;
};

let token;
let subject;
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
element("no-lease").addEventListener("click", () => during(element("no-lease"), callWithoutLease));
element("sign-out").addEventListener("click", signOut);
setInterval(countDown, 250);

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
	const body = JSON.stringify({ name: element("name").value, passphrase: element("passphrase").value });
	const response = await fetch("/login", { method: "POST", headers: { "content-type": "application/json" }, body });
	const answer = await response.json();
	if (!response.ok) throw new Error(answer.message);
	token = answer.token;
	subject = element("name").value;
	element("passphrase").value = "";
	leases = 0;
	client = new LeaseClient({
		grantUrl: document.querySelector("main").dataset.grantUrl,
		headers: () => ({ authorization: `Bearer ${token}` }),
		onLease: showLease,
	});
	element("login").hidden = true;
	element("request").hidden = false;
	element("body").focus();
}

function signOut() {
	client?.close();
	client = token = expiration = undefined;
	element("request").hidden = true;
	element("steps").hidden = true;
	element("login").hidden = false;
	element("name").focus();
}

function showLease(lease) {
	leases += 1;
	expiration = lease.expiration;
	offset = lease.serverTime.getTime() - Date.now();
	show("subject", subject);
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
