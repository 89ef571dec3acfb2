// Command demo is the function behind the demo's Function URL. It shows what reaches a function that is signed for at
// the edge, and its answers let a test compare what was sent with what arrived:
//
//	GET /                   a page with the request as the function saw it
//	ANY /echo, /echo/...    the request as JSON
//	GET /slow?seconds=40    "Hello from Lambda!" after that time, 0 to 55 s
//	GET /status/418         that status, 200 to 599
//
// HEAD is answered like GET, without the body.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(handle)
}
