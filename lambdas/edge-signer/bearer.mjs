// Where the viewer's token is. RFC 6750, section 2.1, has the header. A request with two tokens has none, since readers
// would differ on which of the two counts.

import { Denied } from "./authorizer_denial.mjs";

/**
 * The token as the viewer sent it.
 *
 * @param {object} headers the request's, in the event's form
 * @param {string | undefined} cookie the name of the cookie that has the token, in place of Authorization
 * @throws {Denied}
 */
export function readBearer(headers, cookie) {
	const tokens = cookie ? cookies(headers, cookie) : authorizations(headers);
	if (tokens.length > 1) throw new Denied("AmbiguousToken");
	// A script whose variable is empty sends "Bearer ".
	if (!tokens[0]) throw new Denied("MissingToken");
	return tokens[0];
}

// Another scheme's credentials are no token (RFC 6750, section 3.1). The scheme's case does not matter (RFC 9110).
function authorizations({ authorization = [] }) {
	const values = authorization.map(({ value }) => value);
	if (values.length === 1 && !/^bearer( |$)/i.test(values[0])) return [];
	return values.map((value) => value.replace(/^bearer */i, ""));
}

function cookies({ cookie = [] }, name) {
	const pairs = cookie.flatMap(({ value }) => value.split(";")).map((pair) => pair.trim());
	return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}
