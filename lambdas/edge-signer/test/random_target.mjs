// Paths and query strings. Nearly all parts are such as must pass. "Hazards" are those that must not, and their near
// relatives.

// Each ASCII character but "/", escapes of each in either case, broken escapes, and text beyond ASCII, raw and encoded.
const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((char) => char !== "/");
const encodedAscii = ascii.map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
const words = ["a", "Zz09", "-._~", "report.pdf", "v1", "%", "%%", "%2", "%zz", "%u00e9", "%252e", "%2F", "%2f"];
const beyond = [
	"é",
	"日本語",
	"𝒳",
	"ſK",
	"\u0080",
	"\u00ff",
	"\u2028",
	"\ufeff",
	"%C3%A9",
	"%c3%a9",
	"%E6%97%A5",
	"%EF%BB%BF",
	"%F0%9D%92%B3",
];
const parts = [...ascii, ...encodedAscii, ...repeated(words, 8), ...repeated(beyond, 4)];

const pathHazards = [
	"",
	".",
	"..",
	"%2e",
	"%2E%2e",
	".%2e",
	"..%2f",
	"%2F..%2Fa",
	"a\\..\\b",
	"%5c.",
	"..%5Ca",
	"\ud800",
	"a\udfff",
];
pathHazards.push(
	"...",
	"..;",
	".;a",
	"%252e%252e",
	"%c0%ae%c0%ae",
	"．．",
	"․․",
	"%u002e",
	"%ff",
	"%E6%97",
	"https:%2F%2Fa",
	".%00",
	"..%20",
	"__proto__",
);

const names = ["a", "b", "a-b", "A", "a.", "a0", "ids[]", "key", "é", "日本", "!'()*", "a%20b", "a+b", "%61"];
names.push("x-amz", "toString", "constructor", ...names, ...names, "__proto__");
const sigv4 = [
	"Algorithm",
	"Content-Sha256",
	"Credential",
	"Date",
	"Expires",
	"Region-Set",
	"Security-Token",
	"Signature",
	"SignedHeaders",
];
const sigv4Near = [
	"X-Amz-Dat",
	"X-Amz-Date-X",
	"X-X-Amz-Date",
	"X-Amz-Date+",
	"X-Amz-ſignature",
	"X-Amz%252DDate",
	"X_Amz_Date",
	"Signature",
];
const queryHazards = [
	"%ff",
	"%E9",
	"%E3%81",
	"%C0%AF",
	"%ED%A0%80",
	"%F4%90%80%80",
	"\ud800",
	"\udc00a",
	"%80",
	"%zz%ff",
];

export function randomPath(random) {
	const segments = Array.from({ length: random.upTo(4) + 1 }, () => randomSegment(random));
	if (random.chance(0.08)) segments.splice(random.upTo(segments.length + 1), 0, random.pick(pathHazards));
	const path = `/${segments.join("/")}${random.chance(0.3) ? "/" : ""}`;
	return random.chance(0.001) ? path.slice(1) : random.chance(0.1) ? "/" : path;
}

function randomSegment(random) {
	const segment = randomText(random, 6);
	return random.chance(0.7) ? `s${segment}t` : segment || "s";
}

export function randomQuery(random) {
	const pairs = Array.from({ length: random.upTo(7) }, () => randomPair(random));
	if (random.chance(0.03)) pairs.push(randomHazard(random));
	if (random.chance(0.02)) pairs.push(random.chance(0.8) ? `${sigv4Name(random)}=1` : sigv4Name(random));
	return pairs.join("&");
}

function randomPair(random) {
	const name = random.chance(0.7) ? random.pick(names) : randomText(random, 3);
	const kind = random.upTo(10);
	return kind === 0 ? "" : kind === 1 ? name : kind === 2 ? `${name}=` : `${name}=${randomText(random, 5)}`;
}

function randomHazard(random) {
	const hazard = random.pick(queryHazards);
	return random.pick([hazard, `${hazard}=1`, `a=${hazard}`, `a=b${hazard}+c`]);
}

function sigv4Name(random) {
	if (random.chance(0.3)) return random.pick(sigv4Near);
	const name = `X-Amz-${random.pick(sigv4)}`;
	return random.pick([
		name,
		name.toLowerCase(),
		name.toUpperCase(),
		name.replaceAll("-", "%2d"),
		`%58${name.slice(1)}`,
	]);
}

function randomText(random, limit) {
	let text = "";
	for (let left = random.upTo(limit); left > 0; left--) {
		text += random.chance(0.1) ? randomCharacter(random) : random.pick(parts);
	}
	return text;
}

/** Any code point but the surrogates, raw or as its UTF-8 escapes. */
function randomCharacter(random) {
	let code = random.chance(0.5) ? random.upTo(0x800) : random.upTo(0x110000);
	if (code === 0x2f || (code >= 0xd800 && code < 0xe000)) code = 0x30;
	const char = String.fromCodePoint(code);
	return random.chance(0.5) ? char : encodeURIComponent(char);
}

function repeated(list, times) {
	return Array.from({ length: times }, () => list).flat();
}
