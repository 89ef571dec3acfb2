// Command demo is the function behind the demo's Function URL. It shows what reaches a function that is signed for at
// the edge, and its answers let a test compare what was sent with what arrived:
//
//	GET /                   a page with the request as the function saw it
//	ANY /echo, /echo/...    the request as JSON
//	GET /slow?seconds=40    "Hello from Lambda!" after that time, up to 5 s before the function's timeout
//	POST /slow?seconds=40   the same in JSON, with who called and the body
//	GET /status/418         that status, 200 to 599
//
// HEAD is answered like GET, without the body.
//
// With GRANT_URL, PASSPHRASE_SECRET_ARN and SIGNING_KEY_SECRET_ARN in its environment it also signs people in, POST /login, and its page
// leases another function with the browser module and calls it. That other function is this program too, without them.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(handle)
}
