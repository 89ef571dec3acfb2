// Events that no CloudFront sends. They have any JSON in any place of an origin-request event.

/** Is in every string that could be a secret. */
export const canary = "CANARY";

const region = "ap-northeast-1";
const keys = [
	"Records",
	"cf",
	"config",
	"request",
	"uri",
	"querystring",
	"headers",
	"method",
	"clientIp",
	"body",
	"data",
	"encoding",
];
keys.push(
	"inputTruncated",
	"action",
	"origin",
	"custom",
	"s3",
	"domainName",
	"path",
	"protocol",
	"customHeaders",
	"key",
	"value",
	"status",
);
keys.push(
	"content-length",
	"transfer-encoding",
	"authorization",
	"x-amz-date",
	"x-amz-content-sha256",
	"host",
	"__proto__",
	"constructor",
);
keys.push(
	"toString",
	"valueOf",
	"then",
	"length",
	"0",
	"",
	"hasOwnProperty",
	"toJSON",
	"stack",
	"message",
	"code",
	`x-${canary}`,
);

const scalars = [
	null,
	true,
	false,
	0,
	-1,
	1.5,
	1e308,
	-0,
	2 ** 53,
	"",
	"/",
	"//",
	"%",
	"%ff",
	"a=%ff",
	"\ud800",
	"日本",
	"\r\nx: y",
];
scalars.push(
	canary,
	`/${canary}`,
	`/../${canary}`,
	`a=${canary}&b=%ff`,
	`x-amz-signature=${canary}`,
	"https",
	"GET",
	"POST",
	"base64",
	"text",
);
scalars.push(
	`${canary}.lambda-url.${region}.on.aws`,
	`abc.lambda-url.${region}.on.aws`,
	"a".repeat(64),
	"__proto__",
	`${canary}\n`.repeat(30),
);

/** An event of which any part, at any depth, may be any JSON. */
export function randomEvent(random) {
	if (random.chance(0.05)) return arbitrary(random, 6);
	// The handler seldom sees more than the first fault of an event, so most events have few.
	const wrong = random.pick([0.01, 0.03, 0.1, 0.3]);
	return parsed(mangled(validEvent(random), random, wrong));
}

// The value as from the wire. "__proto__" is a key like any other, and nothing is undefined.
function parsed(value) {
	return value === undefined ? value : JSON.parse(JSON.stringify(value));
}

function validEvent(random) {
	const request = {
		clientIp: canary,
		method: random.pick(["GET", "POST"]),
		uri: random.pick([`/${canary}`, "/", `/a/../${canary}`, "/%zz/é"]),
		querystring: random.pick(["", `a=${canary}`, `a=%ff&b=${canary}`, `X-Amz-Date=${canary}`]),
		headers: {
			authorization: [{ key: "Authorization", value: `Bearer ${canary}` }],
			cookie: [{ key: "Cookie", value: canary }],
			"content-length": [{ key: "Content-Length", value: "5" }],
			"x-amz-content-sha256": [{ value: random.pick(["a".repeat(64), canary]) }],
		},
		body: { inputTruncated: random.chance(0.3), action: "read-only", encoding: "base64", data: btoa(canary) },
		origin: {
			custom: {
				domainName: `abc.lambda-url.${region}.on.aws`,
				path: "",
				protocol: "https",
				customHeaders: random.chance(0.3) ? authorizerSettings(random) : {},
			},
		},
	};
	return { Records: [{ cf: { config: { eventType: "origin-request", requestId: canary }, request } }] };
}

// An authorizer's. No token of the events is valid.
function authorizerSettings(random) {
	const settings = {
		"x-furl-issuer": `https://${canary}`,
		"x-furl-jwks-uri": `https://${canary}/keys`,
		"x-furl-audience": canary,
	};
	if (random.chance(0.3)) settings["x-furl-cookie"] = canary;
	return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, [{ key, value }]]));
}

function mangled(node, random, wrong) {
	if (random.chance(wrong)) return random.chance(0.2) ? undefined : arbitrary(random, 4);
	if (Array.isArray(node)) return node.map((item) => mangled(item, random, wrong));
	if (node === null || typeof node !== "object") return node;
	const entries = Object.entries(node).map(([key, value]) => [key, mangled(value, random, wrong)]);
	if (random.chance(wrong)) entries.push([random.pick(keys), arbitrary(random, 4)]);
	return Object.fromEntries(entries);
}

function arbitrary(random, depth) {
	const kind = depth === 0 ? 0 : random.upTo(4);
	if (kind < 2) return random.pick(scalars);
	const items = Array.from({ length: random.upTo(5) }, () => arbitrary(random, depth - 1));
	return kind === 2 ? items : Object.fromEntries(items.map((item) => [random.pick(keys), item]));
}

/** Events that are large in one place each. */
export function hugeEvents() {
	const text = `/${canary}`.repeat(400_000); // 2.8 MB
	const many = (item) => Array.from({ length: 100_000 }, () => item);
	const headers = Object.fromEntries(many(0).map((_, i) => [`x-${i}`, [{ key: `X-${i}`, value: canary }]]));
	const fields = {
		uri: { uri: text },
		"uri of broken escapes": { uri: `/${"%".repeat(2_000_000)}` },
		"uri beyond ASCII": { uri: `/${"日".repeat(1_000_000)}` },
		"uri of dots and slashes": { uri: "/.".repeat(1_000_000) },
		"uri of backslashes": { uri: `/${"\\..".repeat(700_000)}` },
		"query string": { querystring: text },
		pairs: { querystring: `a=${canary}&`.repeat(200_000) },
		"empty pairs": { querystring: "&".repeat(2_000_000) },
		"escapes that are not UTF-8": { querystring: "%ff".repeat(700_000) },
		method: { method: text },
		"header value": { headers: { a: [{ value: text }] } },
		headers: { headers },
		"values of a header": { headers: { "x-amz-content-sha256": many({ value: canary }) } },
		body: { body: { encoding: "base64", data: "QUJD".repeat(2_000_000) } },
		"body that is no base64": { body: { encoding: "base64", data: canary.repeat(500_000) } },
		"truncated body": { body: { inputTruncated: true, data: "QUJD".repeat(2_000_000) } },
		"body as an array": { body: many(canary) },
		origin: {
			origin: {
				custom: { domainName: `${"a".repeat(2_000_000)}.lambda-url.${region}.on.aws`, protocol: "https" },
			},
		},
		"domain name without end": { origin: { custom: { domainName: "a".repeat(2_000_000) } } },
		"origin path": { origin: { custom: { domainName: `abc.lambda-url.${region}.on.aws`, path: text } } },
		nesting: { headers: nested(5_000) },
		"nesting of arrays": { uri: JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`) },
		keys: { [text]: canary },
	};
	const never = { chance: () => false, pick: (list) => list[0], upTo: () => 0 };
	return Object.fromEntries(
		Object.entries(fields).map(([name, field]) => {
			const event = validEvent(never);
			Object.assign(event.Records[0].cf.request, field);
			return [name, event];
		}),
	);
}

function nested(depth) {
	return JSON.parse(`${'{"a":'.repeat(depth)}"${canary}"${"}".repeat(depth)}`);
}
