// The signer's settings. An edge function has no environment variables (CloudFront Developer Guide,
// lambda-at-edge-function-restrictions), so EdgeSigner writes this module into the asset. These are its defaults.

/** The header in which the viewer's Authorization goes on to the function, in lower case. "" drops it. */
export const authorizationHeader = "x-forwarded-authorization";
