// Command demo is the function behind the demo's Function URL. Its answers show the request as it reaches a function
// that is signed for at the edge. A test can compare them with the request that was sent.
//
//	GET /                   a page with the request as the function saw it
//	ANY /echo, /echo/...    the request as JSON
//	GET /slow?seconds=40    "Hello from Lambda!" after that time, up to 5 s before the function's timeout
//	POST /slow?seconds=40   the same in JSON, with who called and the body
//	GET /status/418         that status, 200 to 599
//
// HEAD is answered like GET, without the body.
//
// With CLIENT_ID, GRANT_URL and SIGNER_ROLE in its environment it also signs users of a user pool in, by POST /login.
// GET /me answers with who is calling. The page then leases another function with the browser module and
// calls it. The other function is this program too, without these variables.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(handle)
}
