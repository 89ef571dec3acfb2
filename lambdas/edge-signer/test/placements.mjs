// Requests with a good token, several or none, each with what says whether it counts. No library judges these.

import { accessSettings } from "./issuer.mjs";

const cookie = { ...accessSettings, "x-furl-cookie": "__Host-token" };

/**
 * @param {string} good a token that passes
 * @returns {{code: string, name: string, why: string, headers: [string, string][], settings: object}[]} "code" is the
 * refusal's or "passed"
 */
export function placementRows(good) {
	const bearer = ["Authorization", `Bearer ${good}`];
	const ofCookie = ["Cookie", `__Host-token=${good}`];
	const rows = [
		{ name: "lower-case scheme", why: "RFC 9110 11.1: any case", headers: [["Authorization", `bearer ${good}`]] },
		{ name: "two spaces", why: "RFC 9110 11.4: 1*SP", headers: [["Authorization", `Bearer  ${good}`]] },
		{ name: "no credentials", why: "RFC 6750 3.1: no error", headers: [], code: "MissingToken" },
		{
			name: "Basic",
			why: "RFC 6750 3.1: another method",
			headers: [["Authorization", "Basic YTpi"]],
			code: "MissingToken",
		},
		{ name: "no scheme", why: "RFC 6750 2.1", headers: [["Authorization", good]], code: "MissingToken" },
		{
			name: "scheme only",
			why: "RFC 6750 3.1: no error",
			headers: [["Authorization", "Bearer"]],
			code: "MissingToken",
		},
		{
			name: "scheme and spaces",
			why: "RFC 6750 3.1: no error",
			headers: [["Authorization", "Bearer  "]],
			code: "MissingToken",
		},
		{
			name: "tab",
			why: "RFC 9110 11.4: spaces",
			headers: [["Authorization", `Bearer\t${good}`]],
			code: "MissingToken",
		},
		{
			name: "two Authorization headers",
			why: "RFC 6750 3.1 invalid_request",
			headers: [bearer, bearer],
			code: "AmbiguousToken",
		},
		{
			name: "two headers of two schemes",
			why: "RFC 6750 3.1 invalid_request",
			headers: [["Authorization", "Basic YTpi"], bearer],
			code: "AmbiguousToken",
		},
		{
			name: "cookie",
			why: "the authorizer asks for it",
			settings: cookie,
			headers: [["Cookie", `a=1; __Host-token=${good}; b=2`]],
		},
		{
			name: "empty cookie",
			why: "RFC 6750 3.1: no error",
			settings: cookie,
			headers: [["Cookie", "a=1; __Host-token="]],
			code: "MissingToken",
		},
		{
			name: "empty cookie and another",
			why: "RFC 6265 4.2.2: no order",
			settings: cookie,
			headers: [["Cookie", `__Host-token=; __Host-token=${good}`]],
			code: "AmbiguousToken",
		},
		{
			name: "cookies in two headers",
			why: "RFC 7540 8.1.2.5",
			settings: cookie,
			headers: [["Cookie", "a=1"], ofCookie],
		},
		{
			name: "cookie twice",
			why: "RFC 6265 4.2.2: no order",
			settings: cookie,
			headers: [["Cookie", `__Host-token=${good}; __Host-token=${good}`]],
			code: "AmbiguousToken",
		},
		{
			name: "cookie twice in two headers",
			why: "RFC 6265 4.2.2: no order",
			settings: cookie,
			headers: [ofCookie, ofCookie],
			code: "AmbiguousToken",
		},
		{
			name: "cookie by another case",
			why: "names are compared whole",
			settings: cookie,
			headers: [["Cookie", `__host-token=${good}; x__Host-token=${good}`]],
			code: "MissingToken",
		},
		{
			name: "Authorization beside a cookie",
			why: "only the cookie counts",
			settings: cookie,
			headers: [["Cookie", "a=1"], bearer],
			code: "MissingToken",
		},
		{
			name: "cookie without authorizer's leave",
			why: "only Authorization counts",
			headers: [ofCookie],
			code: "MissingToken",
		},
		{
			name: "cookie and another Authorization",
			why: "the verified token takes its place",
			settings: cookie,
			headers: [ofCookie, ["Authorization", "Bearer forged"], ["Authorization", "Bearer forged"]],
		},
	];
	return rows.map((row) => ({ code: "passed", settings: accessSettings, ...row }));
}

/** Headers in an event's form: {"cookie": [{ key, value }]}. @param {[string, string][]} headers */
export function eventHeaders(headers) {
	const grouped = {};
	for (const [key, value] of headers) {
		const name = key.toLowerCase();
		grouped[name] = [...(grouped[name] ?? []), { key, value }];
	}
	return grouped;
}
