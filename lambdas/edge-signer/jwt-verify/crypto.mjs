// In the bundle this stands for Node's "crypto". An import would read every export of the module, WebCrypto too, and
// take half a millisecond of the start.
export const { createPublicKey, createVerify, verify } = process.getBuiltinModule("node:crypto");
