// In the bundle this stands for Node's "https" and "stream". Only aws-jwt-verify's own fetcher calls them, and the edge
// signer has another (keys.mjs). Loading "https" takes 11 ms.
export function request() {
	throw new Error("aws-jwt-verify's fetcher is not in this bundle");
}

export const pipeline = request;
