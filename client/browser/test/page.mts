// bundle.test.mjs compiles this page against furl.d.mts. A line that must not compile has @ts-expect-error before it.

import { LeaseClient, LeaseError } from "../furl.mjs";
import type { CallInit, Lease, LeaseClientOptions } from "../furl.mjs";

const options: LeaseClientOptions = {
	distributionUrl: "https://d111111abcdef8.cloudfront.net",
	grantUrl: "https://api.example/Prod/grant",
	functionName: "summarise",
	headers: async () => ({ authorization: "Bearer …" }),
	onLease: ({ expiration, serverTime }: Lease) => console.log(expiration.getTime() - serverTime.getTime()),
};
const client: LeaseClient = new LeaseClient(options);
const bodies: CallInit["body"][] = ["", null, new Blob(), new ArrayBuffer(1), new Uint8Array(1), new URLSearchParams()];
// @ts-expect-error a stream is not hashed beforehand
bodies.push(new ReadableStream<Uint8Array>());
// @ts-expect-error a form is not hashed beforehand
bodies.push(new FormData());
// @ts-expect-error an object is no JSON yet
bodies.push({ a: 1 });
// @ts-expect-error shared memory may change
bodies.push(new Uint8Array(new SharedArrayBuffer(1)));
new LeaseClient({ grantUrl: "https://api.example/Prod/grant" });
new LeaseClient({ distributionUrl: "https://d111111abcdef8.cloudfront.net" });
// @ts-expect-error an origin is a string
new LeaseClient({ distributionUrl: new URL("https://d111111abcdef8.cloudfront.net") });

try {
	for (const body of bodies) {
		const response: Response = await client.fetch("/", { method: "POST", body, signal: AbortSignal.timeout(1) });
		await response.text();
	}
	const { request, canonicalRequest } = await client.sign("/a?b");
	const texts: string[] = [request.url, canonicalRequest, (await client.lease()).functionUrl];
	console.log(texts);
} catch (error) {
	if (!(error instanceof LeaseError)) throw error;
	const { code, status = 0, retryAfter = 0, message } = error;
	console.log(code.length + status + retryAfter, message);
} finally {
	client.close();
}
// @ts-expect-error a lease as it is shown has no secret
(await client.lease()).secretAccessKey;
