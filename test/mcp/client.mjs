// The official MCP client at examples/mcp. TestMcp calls this script with the address of the distribution, the id of
// the app client, and a token or "". The script prints JSON. With a token that is taken, it has the tools and the
// results of their calls. Without one it has the error, and the address at which the client would sign its user in.
//
//   node test/mcp/client.mjs DISTRIBUTION CLIENT_ID TOKEN

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [distribution, clientId, token] = process.argv.slice(2);
const server = new URL("https://mcp.example.com/mcp");

const seen = { fetched: [] };

// The client calls the server by its own name. On AWS, DNS leads to the distribution.
async function fetchHere(url, init) {
	const { origin, pathname, search } = new URL(url);
	if (origin !== server.origin) throw new Error(`${url} is not the server's`);
	const response = await fetch(distribution + pathname + search, init);
	seen.fetched.push(`${init?.method ?? "GET"} ${pathname} ${response.status}`);
	return response;
}

const authProvider = {
	redirectUrl: "http://localhost:8090/callback",
	clientMetadata: { redirect_uris: ["http://localhost:8090/callback"] },
	clientInformation: () => ({ client_id: clientId }),
	tokens: () => (token ? { access_token: token, token_type: "Bearer" } : undefined),
	saveTokens() {},
	saveCodeVerifier() {},
	codeVerifier: () => "",
	redirectToAuthorization(url) {
		seen.login = url.href;
	},
};

const client = new Client({ name: "furl-test", version: "1.0.0" });
try {
	await client.connect(new StreamableHTTPClientTransport(server, { authProvider, fetch: fetchHere }));
	seen.tools = (await client.listTools()).tools.map(({ name }) => name);
	seen.caller = (await client.callTool({ name: "whoami", arguments: {} })).structuredContent;
	await forecast();
} catch (error) {
	seen.error = `${error.constructor.name}: ${error.message}`;
} finally {
	await client.close();
}
console.log(JSON.stringify(seen));

// forecast asks for a simulation of some seconds, and notes how long before its end the first progress came.
async function forecast() {
	const call = { name: "forecast", arguments: { finished: [1, 2], open: 9_000, runs: 100_000 } };
	let first;
	const onprogress = () => {
		first ??= performance.now();
	};
	const { structuredContent } = await client.callTool(call, undefined, { onprogress });
	seen.forecast = structuredContent;
	seen.aheadMs = performance.now() - first;
}
