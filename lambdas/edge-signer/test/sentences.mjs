// The RFCs' sentences about what a library does not judge, by RFC and section. A library gets a token and no request,
// and it may read more than the RFCs allow.

export const sentences = {
	"RFC 4648 3.5": "These pad bits MUST be set to zero by conforming encoders",
	"RFC 6265 4.2.2": "servers SHOULD NOT rely upon the order in which these cookies appear in the header",
	"RFC 6750 2.1": 'credentials = "Bearer" 1*SP b64token',
	"RFC 6750 3.1":
		"If the request lacks any authentication information (…), the resource server SHOULD NOT include an error code",
	"RFC 6750 3.1 invalid_request":
		"The request (…) repeats the same parameter, uses more than one method for including an access token, or is " +
		"otherwise malformed. The resource server SHOULD respond with the HTTP 400 (Bad Request) status code.",
	"RFC 7515 2":
		"all trailing '=' characters omitted (…) and without the inclusion of any line breaks, whitespace, or other " +
		"additional characters",
	"RFC 7515 4.1.9": "used by JWS applications to declare the media type (…) of this complete JWS",
	"RFC 7519 2":
		"A JSON numeric value representing the number of seconds from 1970-01-01T00:00:00Z UTC until the specified " +
		"UTC date/time",
	"RFC 7519 7.2":
		"Verify that the resulting octet sequence is a UTF-8-encoded representation of a completely valid JSON object",
	"RFC 7540 8.1.2.5":
		"the Cookie header field MAY be split into separate header fields, each with one or more cookie-pairs",
	"RFC 7797 6": 'The "crit" Header Parameter MUST be included with "b64" in its set of values',
	"RFC 8725 3.11":
		"that JWT can include an explicit JWT type value, and the validation rules can specify checking the type",
	"RFC 9110 11.1": "It uses a case-insensitive token to identify the authentication scheme",
	"RFC 9110 11.4": "credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]",
};

/**
 * The sentence that a row's "why" names, undefined where the authorizer has a rule of its own.
 *
 * @param {string} why such as "RFC 9110 11.1: any case"
 */
export function sentenceOf(why) {
	return sentences[why.split(":")[0]];
}
