import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import tls from "node:tls";

// Leads TLS connections to port 443 of the hosts to this machine, where they have a certificate of the CA. All clients
// of Node.js come through tls.connect. The argument is what redirects.go describes.
export function redirectHosts(argument) {
	const { ca, ports } = JSON.parse(argument);
	const authority = readFileSync(ca);
	const { connect } = tls;
	tls.connect = (...args) => {
		const options = optionsOf(args);
		const port = Number(options.port) === 443 && Object.hasOwn(ports, options.host) && ports[options.host];
		if (!port || options.socket) return connect(...args);
		const local = { ...options, host: "127.0.0.1", port, servername: options.host, ca: authority };
		const listener = args.at(-1);
		return connect(local, typeof listener === "function" ? listener : undefined);
	};
	syncBuiltinESMExports();
}

// Returns the options of a call with options, or with a port, a host and options.
function optionsOf([first, second, third]) {
	if (first !== null && typeof first === "object") return first;
	const host = typeof second === "string" ? { host: second } : {};
	return { port: first, ...host, ...(typeof second === "object" ? second : third) };
}
