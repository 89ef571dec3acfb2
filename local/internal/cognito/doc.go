// Package cognito simulates user pools of Amazon Cognito. It makes and verifies their tokens, and answers InitiateAuth
// and the keys' documents. It stands in for other issuers whose tokens an origin takes: it makes their tokens and
// answers with their keys.
//
// The issuer of a token is AWS's own. Its keys, the password of all users and the certificate of the issuer's host are
// made for the run (run.go). They outlive the assembly that is read (read.go), so a token holds across reloads.
// Users are not kept. Every name is a user, with a sub that is the same in every run.
package cognito
