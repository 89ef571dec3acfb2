// An authorizer's settings. The distribution writes them as custom headers of the origin, where no viewer can.

const isVisible = (text) => /^[!-~]+$/.test(text);
const isWords = (text) => /^[!-~]+( [!-~]+)*$/.test(text);

/**
 * By header: its name in the settings, whether a value is well-formed, and what is made of it. A list has one space
 * between its items.
 */
const known = {
	"x-furl-issuer": ["issuer", isHttps],
	"x-furl-jwks-uri": ["jwksUri", isHttps],
	"x-furl-token-use": ["tokenUse", (text) => text === "access" || text === "id"], // of a Cognito token
	"x-furl-audience": ["audience", isWords, split], // client ids for Cognito
	"x-furl-scopes": ["scopes", (text) => isWords(text) && isQuotable(text), split], // a token needs all
	"x-furl-groups": ["groups", isWords, split], // of Cognito, and a token needs one
	"x-furl-cookie": ["cookie", (text) => /^[\w!#$%&'*+.^`|~-]+$/.test(text)],
	"x-furl-resource-metadata": ["resourceMetadata", (text) => isHttps(text) && isQuotable(text)],
	"x-furl-leeway": ["leeway", (text) => /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 300, Number], // seconds
	"x-furl-cors": ["cors", isWords, split], // origins, or "*"
	"x-furl-cors-credentials": ["corsCredentials", (text) => text === "true"],
};

// Settings with the headers that they are read from. Headers come from distributions and not from viewers, but their
// number is bounded.
let read = [];
let lastId = 0;

/**
 * @param {object} customHeaders the origin's custom headers x-furl-*, in the event's form
 * @returns {object | undefined} the settings with an "id" of their own, or undefined where the headers are broken
 */
export function readSettings(customHeaders) {
	const found = read.find(({ headers }) => isSame(headers, customHeaders));
	if (found) return found.settings;
	const settings = parse(customHeaders);
	if (!settings) return;
	settings.id = ++lastId;
	if (read.length > 63) read = [];
	read.push({ headers: Object.entries(customHeaders).map(([name, [{ value }]]) => ({ name, value })), settings });
	return settings;
}

// Reports whether headers were read before, in this order. It compares texts, since JSON.stringify would take a
// microsecond of each request.
function isSame(headers, customHeaders) {
	let count = 0;
	for (const name in customHeaders) {
		const header = headers[count++];
		const values = customHeaders[name];
		if (header?.name !== name || values?.length !== 1 || values[0]?.value !== header.value) return false;
	}
	return count === headers.length;
}

function parse(customHeaders) {
	const settings = { leeway: 0 };
	for (const header in customHeaders) {
		const values = customHeaders[header];
		const [name, isWellFormed, make = String] = known[header] ?? [];
		const text = values?.length === 1 && values[0]?.value;
		if (!name || typeof text !== "string" || !isWellFormed(text)) return;
		settings[name] = make(text);
	}
	const { issuer, jwksUri, audience, groups, tokenUse } = settings;
	return issuer && jwksUri && audience && (tokenUse || !groups) ? settings : undefined;
}

function split(text) {
	return text.split(" ");
}

// Reports whether a text may stand in a header's quoted string as it is.
function isQuotable(text) {
	return !/["\\]/.test(text);
}

function isHttps(text) {
	if (!isVisible(text) || !text.startsWith("https://") || !URL.canParse(text)) return false;
	const { username, password, hash } = new URL(text);
	return !(username || password || hash);
}
