// Prints requests with tokens, and what becomes of each, as one JSON object:
//
//     {"jwks": the issuer's keys, "rows": [{"name", "why", "sentence", "headers": [[name, value]],
//      "settings": {x-furl-…: value}, "code", "jose"}]}
//
// "code" is the refusal's or "passed". "jose" is jose's judgement of the only token, null where it cannot judge. Then
// "sentence" is the RFC's, null where the authorizer has a rule of its own. The tokens are made now, and the rows hold
// for some minutes.

import { jwks } from "./issuer.mjs";
import { isLetIn } from "./judge.mjs";
import { placementRows } from "./placements.mjs";
import { sentenceOf } from "./sentences.mjs";
import { tokenRows } from "./tokens.mjs";

const now = Date.now();
const tokens = tokenRows(Math.floor(now / 1000)).filter(({ exact, header }) => !exact && !header);
const ofTokens = tokens.map((row) => ({ ...row, headers: [["Authorization", `Bearer ${row.token}`]] }));
const ofRequests = placementRows(tokens[0].token).map((row) => ({ ...row, jose: "gets no request" }));

const rows = await Promise.all([...ofTokens, ...ofRequests].map(print));
process.stdout.write(JSON.stringify({ jwks, rows }));

async function print({ code, name, why, headers, settings, token, jose }) {
	const judged = jose
		? { jose: null, sentence: sentenceOf(why) ?? null }
		: { jose: await isLetIn(token, settings, now) };
	return { code, name, why, headers, settings, ...judged };
}
