// A second judge of tokens, npm jose. The claims that are Cognito's are judged by its documentation, and scopes and
// groups by the authorizer's.

import { createLocalJWKSet, jwtVerify } from "jose";
import { jwks } from "./issuer.mjs";

const algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"];

/**
 * Reports whether a token is valid at a time for an authorizer with these settings, and has the permissions.
 *
 * @param {string} token
 * @param {Record<string, string>} settings by custom header
 * @param {number} now milliseconds since 1970
 */
export async function isLetIn(token, settings, now) {
	const use = settings["x-furl-token-use"];
	const audience = settings["x-furl-audience"].split(" ");
	let claims;
	try {
		({ payload: claims } = await jwtVerify(token, createLocalJWKSet(jwks), {
			algorithms,
			issuer: settings["x-furl-issuer"],
			audience: use === "access" ? undefined : audience,
			clockTolerance: Number(settings["x-furl-leeway"] ?? 0),
			currentDate: new Date(now),
			requiredClaims: ["exp"],
		}));
	} catch {
		return false;
	}
	if (use && claims.token_use !== use) return false;
	if (use === "access" && !audience.includes(claims.client_id)) return false;
	const { scope, scp } = claims;
	const granted = listOf(scope ?? scp);
	const groups = claims["cognito:groups"];
	return (
		(settings["x-furl-scopes"]?.split(" ") ?? []).every((wanted) => granted.includes(wanted)) &&
		(settings["x-furl-groups"]?.split(" ").some((wanted) => Array.isArray(groups) && groups.includes(wanted)) ??
			true)
	);
}

function listOf(scopes) {
	if (Array.isArray(scopes)) return scopes;
	return typeof scopes === "string" ? scopes.split(" ") : [];
}
