// Both sides of a lease without a network. They are an API that answers POST /grant, and the function behind its URL.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { smithySign } from "../../../lambdas/edge-signer/test/wire.mjs";
import { LeaseClient, LeaseError } from "../src/furl.mjs";

export const grantUrl = "https://api.example/Prod/grant";
export const token = "eyJhbGciOiJIUzI1NiJ9.the-page's-own.token";
export const distributionUrl = "https://d111111abcdef8.cloudfront.net";
export const functionUrl = "https://abc123.lambda-url.eu-west-1.on.aws/";
export const credentials = {
	accessKeyId: "ASIAEXAMPLEEXAMPLE00",
	secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaDmFwLW5vcnRoZWFzdC0x",
};
export const region = "eu-west-1";
export const minutes = (count) => count * 60_000;
export const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Answers as a CredentialGrant and as a function do, and keeps the requests. */
export class Server {
	/** The arguments of fetch. They are [url, init] of POST /grant, and the Requests to the function on either way. */
	grants = [];
	calls = [];

	/** @param {{ lasts?: number, ahead?: number }} [options] in milliseconds; ahead of the page's clock */
	constructor({ lasts = minutes(15), ahead = 0 } = {}) {
		Object.assign(this, { lasts, ahead });
	}

	fetch = async (input, init) => {
		if (input instanceof Request) {
			this.calls.push(input);
			return this.answerCall(input);
		}
		this.grants.push([input, init]);
		return this.answerGrant(init);
	};

	// Both are replaced by tests.
	answerGrant = async () => Response.json(this.lease());
	answerCall = async () => new Response("done");

	lease(fields = {}) {
		const time = Date.now() + this.ahead;
		return {
			FuncUrl: functionUrl,
			Region: region,
			AccessKeyId: credentials.accessKeyId,
			SecretAccessKey: credentials.secretAccessKey,
			SessionToken: credentials.sessionToken,
			Expiration: new Date(time + this.lasts).toISOString(),
			ServerTime: new Date(time).toISOString(),
			...fields,
		};
	}

	refuse(status = 503, answer = { error: "Unavailable", message: "STS did not answer" }, headers = {}) {
		this.answerGrant = async () => Response.json(answer, { status, headers });
	}

	/** Holds POST /grant back until the returned function is called. */
	hold() {
		const { promise, resolve } = Promise.withResolvers();
		const { answerGrant } = this;
		this.answerGrant = async (init) => {
			await promise;
			return answerGrant(init);
		};
		return resolve;
	}
}

/** A client of the server, closed when the test ends. It must write nothing to the console. */
export function newClient(t, server, options = {}) {
	const headers = { authorization: `Bearer ${token}` };
	const client = new LeaseClient({ grantUrl, headers, fetch: server.fetch, ...options });
	const logged = ["debug", "error", "info", "log", "warn"].map((name) => t.mock.method(console, name, () => {}));
	t.after(() => {
		client.close();
		const lines = logged.flatMap(({ mock }) => mock.calls.map(({ arguments: [line] }) => String(line)));
		assert.deepEqual(
			lines.filter((line) => !line.startsWith("(node:")),
			[],
		); // Node warns of its mock timers there
	});
	return client;
}

/** Stops the clock. The returned function moves Date and setTimeout on, and waits until the due timers have run. */
export function stopClock(t) {
	t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.UTC(2026, 10, 22, 10, 20, 30) });
	return async (milliseconds) => {
		t.mock.timers.tick(milliseconds);
		await settle();
	};
}

/** Lets promises run that wait for nothing outside this process. */
export async function settle() {
	for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The LeaseError that a promise ends with. It must have no secret in it. */
export async function failure(promise, code) {
	const error = await promise.then(
		() => assert.fail(`no ${code}`),
		(reason) => reason,
	);
	assert.ok(error instanceof LeaseError, inspect(error));
	assert.equal(error.name, "LeaseError");
	assert.equal(error.code, code, error.message);
	assertNoSecret(error);
	return error;
}

/** The request as a verifier sees it, signed again by AWS's own signer. */
export async function assertSigned(request) {
	const { host, pathname, search } = new URL(request.url);
	const body = Buffer.from(await request.clone().arrayBuffer());
	const headers = { ...Object.fromEntries(request.headers), host };
	const time = headers["x-amz-date"].replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:");
	const wire = { method: request.method, host, uri: pathname, querystring: search.slice(1), headers };
	const expected = await smithySign({ ...wire, bodyBase64: body.toString("base64"), ...credentials, time, region });
	assert.equal(headers.authorization, expected.authorization);
	assert.equal(headers["x-amz-content-sha256"], expected["x-amz-content-sha256"]);
}

/** Looks where a console or an error report would look. */
export function assertNoSecret(value) {
	const texts = [inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value), String(value)];
	for (let error = value; error instanceof Error; error = error.cause) texts.push(error.message, error.stack);
	for (const secret of [credentials.secretAccessKey, credentials.sessionToken, token]) {
		assert.ok(!texts.join("\n").includes(secret), texts[0]);
	}
}
