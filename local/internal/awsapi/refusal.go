package awsapi

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"

	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// refusal is an error as AWS answers it. Reason and details are for the developer only.
type refusal struct {
	status  int
	code    string // AWS's error code
	message string // AWS's message
	reason  string // "" if the message says it all
	details string // may have several lines
}

func signatureRefusal(err error) *refusal {
	refused := &refusal{
		status: 403, code: "InvalidSignatureException",
		message: "The request signature could not be verified.", reason: err.Error(),
	}
	var failure *sigv4.Error
	if errors.As(err, &failure) {
		refused.code, refused.message = failure.Code, failure.Message
		refused.reason, refused.details = failure.Why(), failure.Details
	}
	// Without a signature in the Authorization header, sigv4 answers as a function URL does.
	if refused.code == "AccessDeniedException" {
		refused.code, refused.message = "MissingAuthenticationTokenException", "Missing Authentication Token"
	}
	return refused
}

// stsCodes maps the codes of the JSON services to those of STS. Users of the SDKs report these codes, and the STS API
// Reference lists some of both kinds (CommonErrors).
var stsCodes = map[string]string{
	"InvalidSignatureException": "SignatureDoesNotMatch", "UnrecognizedClientException": "InvalidClientTokenId",
	"ExpiredTokenException": "ExpiredToken", "IncompleteSignatureException": "IncompleteSignature",
	"MissingAuthenticationTokenException": "MissingAuthenticationToken",
}

type stsError struct{ Type, Code, Message string }

// writeXML answers in the query protocol of STS.
func writeXML(w http.ResponseWriter, requestID string, answer any, refused *refusal) {
	w.Header().Set("Content-Type", "text/xml")
	if refused == nil {
		writeDocument(w, http.StatusOK, answer)
		return
	}
	code, status := refused.code, refused.status
	if name, ok := stsCodes[code]; ok {
		code = name
	}
	if code == "IncompleteSignature" {
		status = http.StatusBadRequest
	}
	writeDocument(w, status, struct {
		XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
		Error     stsError
		RequestID string `xml:"RequestId"`
	}{Error: stsError{"Sender", code, refused.message}, RequestID: requestID})
}

func writeDocument(w http.ResponseWriter, status int, document any) {
	text, err := xml.Marshal(document)
	if err != nil {
		panic(fmt.Errorf("awsapi: encode %T: %w", document, err)) // structs of strings, so it cannot happen
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// writeJSON answers in protocol JSON 1.1, which has 400 for every mistake of the caller, even a wrong signature.
func writeJSON(w http.ResponseWriter, _ string, answer any, refused *refusal) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	status := http.StatusOK
	if refused != nil {
		status, answer = http.StatusBadRequest, map[string]string{"__type": refused.code, "message": refused.message}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Errorf("awsapi: encode %T: %w", answer, err)) // as above
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
