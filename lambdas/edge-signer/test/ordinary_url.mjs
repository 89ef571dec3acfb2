// URLs as ordinary applications have them, and now and then as careless clients write them.

const words =
	"orders reports users search items photos invoice summary settings admin docs blog en ja archive v1".split(" ");
words.push("api", "checkout");
const phrases = [
	"lambda url",
	"café crème",
	"日本語 検索",
	"C++ & C#",
	"100% cotton",
	"it's here",
	"a/b test",
	"Zoë Müller",
	"what?",
];
phrases.push(
	"(draft) v2",
	"price: 10-20",
	"e=mc^2",
	"[urgent]",
	"“quoted”",
	"naïve",
	"Ω",
	"👍 ok",
	"jane.doe+news@example.com",
);
const keys = [
	"q",
	"page",
	"sort",
	"lang",
	"id",
	"from",
	"to",
	"filter[state]",
	"tags[]",
	"user.name",
	"utm_source",
	"redirect_uri",
	"t",
];

export function ordinaryUrl(random) {
	const segments = Array.from({ length: 1 + random.upTo(5) }, () => segment(random));
	const pairs = Array.from({ length: random.chance(0.4) ? 0 : 1 + random.upTo(6) }, () => pair(random));
	return { uri: `/${segments.join("/")}${random.chance(0.15) ? "/" : ""}`, querystring: pairs.join("&") };
}

/**
 * The same, of which one path in fifty is joined with a slash too many or has a dot segment, and one query in a hundred
 * is encoded in Latin-1 by an old client. Access logs usually have fewer of these.
 */
export function carelessUrl(random) {
	const { uri, querystring } = ordinaryUrl(random);
	const path = random.chance(0.02) ? random.pick([`/${uri}`, `${uri}//x`, `/.${uri}`, `${uri}/../x`]) : uri;
	return { uri: path, querystring: random.chance(0.01) ? `name=caf%E9&${querystring}` : querystring };
}

function segment(random) {
	const kinds = [
		() => random.pick(words),
		() => random.pick(words),
		() => String(random.upTo(1_000_000)),
		() => uuid(random),
		() => date(random),
		() => encodeURIComponent(random.pick(phrases)),
		() => encodeURI(random.pick(phrases)).replace(/[?#%](?![0-9A-F]{2})/g, ""),
		() => `${encodeURIComponent(random.pick(phrases))}.${random.pick(["pdf", "jpg", "tar.gz", "json"])}`,
		() => `${random.pick(words)}(${random.upTo(100)})`,
		() => `@${random.pick(words)}`,
	];
	return random.pick(kinds)();
}

function pair(random) {
	const kinds = [
		() => String(random.upTo(1000)),
		() => encodeURIComponent(random.pick(phrases)),
		() => encodeURIComponent(random.pick(phrases)).replaceAll("%20", "+"), // as forms do
		() => new URLSearchParams({ v: random.pick(phrases) }).toString().slice(2),
		() => `${date(random)}T10:20:30Z`,
		() => random.bytes(12).toString("base64"),
		() => random.bytes(12).toString("base64url"),
		() => encodeURIComponent(`https://example.com/${random.pick(words)}?a=b&c=d`),
		() => encodeURIComponent(JSON.stringify({ id: random.upTo(9), name: random.pick(phrases) })),
		() => `${random.pick(words)},-${random.pick(words)}`,
		() => "",
	];
	const key = random.pick(keys);
	return random.chance(0.05) ? key : `${random.chance(0.5) ? key : encodeURIComponent(key)}=${random.pick(kinds)()}`;
}

function uuid(random) {
	const hex = random.bytes(16).toString("hex");
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function date(random) {
	return new Date(Date.UTC(2026, 0, 1 + random.upTo(365))).toISOString().slice(0, 10);
}
