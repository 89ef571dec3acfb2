// Command stream is the demo's function that streams its answer. GET /stream?lines=5&interval=200ms writes 5 lines, one
// after each interval. One more line says that it is done, and for which address. Its Function URL must have the invoke
// mode RESPONSE_STREAM, for lambdaurl. Every path has the same answer, because the distribution has chosen the path.
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
