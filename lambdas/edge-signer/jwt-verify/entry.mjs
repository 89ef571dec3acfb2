export { JwtInvalidAudienceError } from "aws-jwt-verify/error";
export { verifyJwtSync } from "aws-jwt-verify/jwt-verifier";
