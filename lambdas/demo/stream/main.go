// Command stream is the demo's function that streams its answer: GET /stream?lines=5&interval=200ms writes that many lines, one
// after each interval, and one more that says it is done and for whom. Its Function URL has to have the invoke mode
// RESPONSE_STREAM, which is what lambdaurl speaks. Every path is answered alike: the distribution has chosen it already.
package main

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambdaurl"

	"github.com/furl-cdk/furl/viewer"
)

func main() {
	lambdaurl.Start(handler())
}

func handler() http.Handler {
	return viewer.Handler(http.HandlerFunc(stream), viewer.ForwardedAuthorization)
}
