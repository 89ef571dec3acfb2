package awsapi

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// failure is an error as AWS answers it. Its reason is for the developer only; "" where the message says it all.
type failure struct {
	status        int
	code, message string
	reason        string
}

func signatureFailure(err error) *failure {
	failed := &failure{status: 403, code: "InvalidSignatureException", message: "The request signature could not be verified.", reason: err.Error()}
	var refused *sigv4.Error
	if errors.As(err, &refused) {
		failed.code, failed.message, failed.reason = refused.Code, refused.Message, strings.TrimSpace(refused.Message+"\n"+refused.Detail)
	}
	if failed.code == "AccessDeniedException" { // no signature in the Authorization header; the message is that of Function URLs
		failed.code, failed.message = "MissingAuthenticationTokenException", "Missing Authentication Token"
	}
	return failed
}

// stsCodes are the names that STS answers with for what the JSON services call otherwise (as the SDKs' users report them; the STS
// API Reference, CommonErrors, lists some of both).
var stsCodes = map[string]string{
	"InvalidSignatureException": "SignatureDoesNotMatch", "UnrecognizedClientException": "InvalidClientTokenId",
	"ExpiredTokenException": "ExpiredToken", "IncompleteSignatureException": "IncompleteSignature",
	"MissingAuthenticationTokenException": "MissingAuthenticationToken",
}

// writeXML is the query protocol's answer.
func writeXML(w http.ResponseWriter, requestID string, answer any, failed *failure) {
	w.Header().Set("Content-Type", "text/xml")
	if failed == nil {
		writeDocument(w, http.StatusOK, answer)
		return
	}
	code, status := failed.code, failed.status
	if name, ok := stsCodes[code]; ok {
		code = name
	}
	if code == "IncompleteSignature" {
		status = http.StatusBadRequest
	}
	type stsError struct{ Type, Code, Message string }
	writeDocument(w, status, struct {
		XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
		Error     stsError
		RequestID string `xml:"RequestId"`
	}{Error: stsError{"Sender", code, failed.message}, RequestID: requestID})
}

func writeDocument(w http.ResponseWriter, status int, document any) {
	text, err := xml.Marshal(document)
	if err != nil {
		panic(fmt.Errorf("awsapi: encode %T: %w", document, err)) // structs of strings: cannot happen
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// writeJSON is the answer of protocol JSON 1.1, which has 400 for every mistake of the caller, a wrong signature too.
func writeJSON(w http.ResponseWriter, _ string, answer any, failed *failure) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	status := http.StatusOK
	if failed != nil {
		status, answer = http.StatusBadRequest, map[string]string{"__type": failed.code, "message": failed.message}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Errorf("awsapi: encode %T: %w", answer, err)) // as above
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
