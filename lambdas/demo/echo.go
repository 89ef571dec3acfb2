package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// maxEchoBytes is the longest body that is echoed whole. Of a longer body the echo has the hash only.
const maxEchoBytes = 64 << 10

// hiddenValue stands in place of the edge signer's session token and signature. A client that had them could try to be
// the edge signer.
const hiddenValue = "(hidden)"

// requestEcho is a request as the function saw it.
type requestEcho struct {
	Method     string            `json:"method"`
	RawPath    string            `json:"rawPath"`
	RawQuery   string            `json:"rawQuery"`
	Headers    map[string]string `json:"headers"`    // by lower-case name; Lambda joins repeated headers by a comma
	Cookies    []string          `json:"cookies"`    // "name=value"
	BodySHA256 string            `json:"bodySha256"` // hex, of the bytes that base64 carried
	BodyBase64 *string           `json:"bodyBase64,omitempty"`
}

// echo answers with the request as JSON. The header x-echo-sha256 has that JSON's SHA-256, so the answer to a HEAD
// request can be checked as well.
func echo(r request) (response, error) {
	body, err := bodyOf(r)
	if err != nil {
		return response{}, err
	}
	e := requestEcho{
		Method:     r.RequestContext.HTTP.Method,
		RawPath:    r.RawPath,
		RawQuery:   r.RawQueryString,
		Headers:    visibleHeaders(r),
		Cookies:    append([]string{}, r.Cookies...), // never null
		BodySHA256: sha256Hex(body),
	}
	if len(body) <= maxEchoBytes {
		encoded := base64.StdEncoding.EncodeToString(body)
		e.BodyBase64 = &encoded
	}
	document, err := json.Marshal(e)
	if err != nil {
		return response{}, fmt.Errorf("encode the echo: %w", err)
	}
	answer := answer(200, "application/json", string(document))
	answer.Headers["x-echo-sha256"] = sha256Hex(document)
	return answer, nil
}

// bodyOf returns the bytes that the client sent.
func bodyOf(r request) ([]byte, error) {
	if !r.IsBase64Encoded {
		return []byte(r.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(r.Body)
	if err != nil {
		return nil, fmt.Errorf("decode the event's body: %w", err)
	}
	return body, nil
}

// visibleHeaders returns the request's headers. The signature and the signer's session token are hidden.
func visibleHeaders(r request) map[string]string {
	headers := make(map[string]string, len(r.Headers))
	for name, value := range r.Headers {
		name = strings.ToLower(name)
		if name == "authorization" || name == "x-amz-security-token" {
			value = hiddenValue
		}
		headers[name] = value
	}
	return headers
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
