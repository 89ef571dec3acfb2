// Command webhook is a function that answers requests signed by Twilio, and 403 to others. Twilio signs the URL that it
// calls and the form's parameters, sorted by name (Twilio Docs, usage/webhooks/webhooks-security).
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/url"
	"os"
	"slices"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/furl-cdk/furl/viewer"
)

func main() { lambda.Start(answer) }

func answer(_ context.Context, event *events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLResponse, error) {
	uri := viewer.OriginalURI(event)
	body := []byte(event.Body)
	if event.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(event.Body); err != nil {
			return nil, err
		}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	text := uri
	for _, name := range slices.Sorted(maps.Keys(form)) {
		text += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(os.Getenv("AUTH_TOKEN")))
	mac.Write([]byte(text))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	response := &events.LambdaFunctionURLResponse{StatusCode: 200, Body: uri}
	if !hmac.Equal([]byte(event.Headers["x-twilio-signature"]), []byte(want)) {
		response.StatusCode = 403
	}
	return response, nil
}
