import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, functionUrl, newClient, Server } from "./harness.mjs";

test("path and query as they are sent", async (t) => {
	const rows = [
		{ name: "root", path: "/", why: "the shortest there is" },
		{ name: "trailing slash", path: "/a/", why: "one is not ambiguous" },
		{ name: "what RFC 3986 lets stand", path: "/-._~!$&'()*+,;=:@/x", why: "a path segment may hold these raw" },
		{
			name: "valid escapes",
			path: "/%41%e3%81%82%2F%2f%25%20%ff",
			why: "an escape is what it says, in either case",
		},
		{
			name: "encoded slashes",
			path: "/https%3A%2F%2Fexample.com",
			why: "data of their segment, not empty segments",
		},
		{
			name: "dots in a name",
			path: "/.well-known/..a/a../...",
			why: "a dot segment is nothing but dots, two at most",
		},
		{ name: "twice encoded dots", path: "/%252e%252e/a", why: "decoded once, this is a name with a percent sign" },
		{ name: "Japanese", path: "/日本", wire: "/%E6%97%A5%E6%9C%AC", why: "raw UTF-8 is no path" },
		{ name: "beyond the BMP", path: "/𝒳", wire: "/%F0%9D%92%B3", why: "a surrogate pair is one character" },
		{ name: "tab and line break", path: "/a\tb\r\nc", wire: "/a%09b%0D%0Ac", why: "URL would drop them" },
		{
			name: "a dot segment around a tab",
			path: "/.\t./a",
			wire: "/.%09./a",
			why: "without the tab it would be one",
		},
		{ name: "two slashes around a tab", path: "/\t/evil.example", wire: "/%09/evil.example", why: "no other host" },
		{ name: "spaces at the end", path: "/a ", wire: "/a%20", why: "URL would drop them" },
		{
			name: "others",
			path: '/ "<>^`{|}[]\u007f',
			wire: "/%20%22%3C%3E%5E%60%7B%7C%7D%5B%5D%7F",
			why: "not allowed raw",
		},
		{ name: "broken escapes", path: "/%/%zz/%4", wire: "/%25/%25zz/%254", why: "such a percent sign is itself" },
		{ name: "order and duplicates", path: "/?b=2&a=1&b=1&b=2", why: "only the canonical form is sorted" },
		{ name: "bare name", path: "/?a&b=", wire: "/?a=&b=", why: "the signature does not tell them apart" },
		{ name: "empty pairs", path: "/?&a=1&&b=2&", wire: "/?a=1&b=2", why: "they say nothing" },
		{ name: "empty query", path: "/a?", wire: "/a", why: "it says nothing" },
		{ name: "plus", path: "/?a+b=c+d&e=%2B", wire: "/?a%20b=c%20d&e=%2B", why: "a space, as in forms" },
		{
			name: "sub-delimiters",
			path: "/?a=!'()*",
			wire: "/?a=%21%27%28%29%2A",
			why: "encodeURIComponent leaves them",
		},
		{ name: "brackets", path: "/?ids[]=1", wire: "/?ids%5B%5D=1", why: "a Function URL takes none raw" },
		{
			name: "? / = in a value",
			path: "/?a=b?c/d=e",
			wire: "/?a=b%3Fc%2Fd%3De",
			why: "the first ones part, others do not",
		},
		{ name: "lower case", path: "/?a=%c3%a9%7e", wire: "/?a=%C3%A9~", why: "one form of each" },
		{ name: "raw in a query", path: "/?é=日\t", wire: "/?%C3%A9=%E6%97%A5%09", why: "raw UTF-8 is no query" },
		{ name: "broken escape in a query", path: "/?a=100%&b=%zz", wire: "/?a=100%25&b=%25zz", why: "it is itself" },
		{ name: "byte order mark", path: "/?a=%EF%BB%BFb", why: "data, which some decoders drop" },
		{ name: "dots and slashes in a query", path: "/?a=../..//b", wire: "/?a=..%2F..%2F%2Fb", why: "data" },
	];
	for (const { name, path, wire = path, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const { request } = await newClient(t, new Server()).sign(path);
			assert.equal(request.url, functionUrl + wire.slice(1));
		});
	}
});

test("refused", async (t) => {
	const rows = [
		{ name: "empty", path: "", why: "a path begins with a slash" },
		{ name: "no leading slash", path: "a", why: "could join with the host" },
		{ name: "query alone", path: "?a=1", why: "a path begins with a slash" },
		{ name: "a whole URL", path: "https://evil.example/", why: "the lease says where to" },
		{ name: "//", path: "//evil.example/", why: "another host" },
		{ name: "// inside", path: "/a//b", why: "some readers collapse it" },
		{ name: "\\", path: "/a\\b", why: "URL takes it for a slash" },
		{ name: "/\\", path: "/\\evil.example", why: "another host" },
		{ name: "/.", path: "/a/.", why: "dot segment" },
		{ name: "/./", path: "/./a", why: "dot segment" },
		{ name: "/..", path: "/a/..", why: "dot segment" },
		{ name: "/../", path: "/a/../b", why: "dot segment" },
		{ name: "%2e", path: "/a/%2e/b", why: "an encoded dot is a dot" },
		{ name: "%2E.", path: "/a/%2E./b", why: "half encoded" },
		{ name: "..%2F", path: "/a/..%2Fb", why: "some readers decode before they split" },
		{ name: "%2f%2e%2e%2f", path: "/a%2f%2e%2e%2fb", why: "the same, all encoded" },
		{ name: "..%5c", path: "/a/..%5cb", why: "some readers take a backslash for a slash" },
		{ name: "/..?", path: "/a/..?b", why: "dot segment before a query" },
		{ name: "half a surrogate pair", path: "/\ud800", says: /UTF-8/, why: "has no UTF-8" },
		{ name: "half a pair in a query", path: "/?a=\udc00", says: /UTF-8/, why: "has no UTF-8" },
		{ name: "%ff in a query", path: "/?a=%ff", says: /UTF-8/, why: "readers differ on what it is" },
		{ name: "overlong", path: "/?a=%C0%AF", says: /UTF-8/, why: "a slash to sloppy readers" },
		{ name: "fragment", path: "/a#b", says: /%23/, why: "a browser would keep it for itself" },
		{ name: "fragment after a query", path: "/?a=b#c", says: /%23/, why: "a browser would keep it for itself" },
		{ name: "no name", path: "/?a=1&=2", says: /must have a name/, why: "would be sent, but not signed" },
		{ name: "signature", path: "/?X-Amz-Signature=a", says: /X-Amz-Signature/, why: "a second signature" },
		{ name: "encoded signature", path: "/?x%2Damz-date", says: /x-amz-date/, why: "the same" },
	];
	for (const { name, path, says = /the path must begin with/, why } of rows) {
		await t.test(`${name}: ${why}`, async (t) => {
			const server = new Server();
			assert.match((await failure(newClient(t, server).fetch(path), "BadRequest")).message, says);
			assert.deepEqual([server.grants.length, server.calls.length], [0, 0]);
		});
	}
});
