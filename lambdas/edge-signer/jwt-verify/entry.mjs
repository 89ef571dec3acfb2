export { verifyJwtSync } from "aws-jwt-verify/jwt-verifier";
