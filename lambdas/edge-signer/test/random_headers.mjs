// Header names that mean something to signers, to JavaScript, or to nobody.
const names = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-target", "x-amz-"];
names.push(
	"x-amzn-trace-id",
	"x-forwarded-for",
	"x-forwarded-host",
	"x-forwarded-uri",
	"host",
	"content-type",
	"cookie",
	"accept",
	"date",
);
names.push(
	"__proto__",
	"constructor",
	"tostring",
	"x-authorization",
	"x-forwarded-authorization",
	"authorization-x",
	"x_amz_date",
);

const values = [
	"a",
	"a  b",
	" a ",
	"a,b",
	"a, b;q=0.5",
	"日本",
	"\u0080\u00ff",
	"\t",
	"",
	"Bearer viewer",
	"é",
	"\ud800",
];

/** A viewer's headers as entries of CloudFront's map, each with one value or several. */
export function randomHeaders(random) {
	const headers = [["user-agent", [{ key: "User-Agent", value: "Amazon CloudFront" }]]];
	for (const name of names) {
		if (random.chance(0.2)) headers.push([name, randomValues(random, name)]);
	}
	return headers;
}

function randomValues(random, name) {
	const key = random.pick([name, name.toUpperCase(), undefined]);
	const count = random.chance(0.9) ? 1 : random.upTo(3) + 1;
	return Array.from({ length: count }, () =>
		key ? { key, value: random.pick(values) } : { value: random.pick(values) },
	);
}
