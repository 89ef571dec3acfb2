// Signs a POST without a body by aws4, which signs Content-Length: 0, and is told to sign User-Agent and
// X-Amzn-Trace-Id, too. Sends it to the address, and prints the names of the signed headers and the status.
import http from "node:http";
import aws4 from "aws4";

const [address, host, region, date, changed] = process.argv.slice(2);
const { ACCESS_KEY: accessKeyId, SECRET_KEY: secretAccessKey, TOKEN: sessionToken } = process.env;
const request = aws4.sign(
	{
		method: "POST",
		host,
		path: "/echo?next=/x",
		service: "lambda",
		region,
		headers: {
			Host: host,
			"X-Amz-Date": date,
			"Content-Length": 0,
			"User-Agent": "aws4",
			"X-Amzn-Trace-Id": "Root=1-67891233-abcdef",
		},
		extraHeadersToInclude: { "user-agent": true, "x-amzn-trace-id": true },
	},
	{ accessKeyId, secretAccessKey, sessionToken },
);
const [hostname, port] = address.split(":");
const headers = { ...request.headers, ...(changed ? { "User-Agent": changed } : {}) };
http.request({ hostname, port, method: "POST", path: request.path, headers }, (response) => {
	console.log(/SignedHeaders=([^,]*)/.exec(headers.Authorization)[1], response.statusCode);
	response.resume();
}).end();
