package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// maxEchoBytes is the longest body that is echoed whole; of a longer one there is the hash.
const maxEchoBytes = 64 << 10

// hidden stands for what a function must not show: with the edge signer's session token and its signature in hand,
// whoever asks for an echo could try to be the edge signer.
const hidden = "(hidden)"

// echoed is a request as the function saw it.
type echoed struct {
	Method     string            `json:"method"`
	RawPath    string            `json:"rawPath"`
	RawQuery   string            `json:"rawQuery"`
	Headers    map[string]string `json:"headers"`    // names in lower case; repeated headers joined by a comma, as Lambda does
	Cookies    []string          `json:"cookies"`    // "name=value"
	BodySHA256 string            `json:"bodySha256"` // hex, of the bytes that base64 carried
	BodyBase64 *string           `json:"bodyBase64,omitempty"`
}

// echo answers with the request as JSON, and with that JSON's SHA-256 in x-echo-sha256, so that the answer to a HEAD
// request can be checked as well.
func echo(r request) (response, error) {
	body, err := bodyOf(r)
	if err != nil {
		return response{}, err
	}
	e := echoed{
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
		return response{}, fmt.Errorf("encoding the echo: %w", err)
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
		return nil, fmt.Errorf("decoding the event's body: %w", err)
	}
	return body, nil
}

// visibleHeaders returns the request's headers without the signature and the session token that it was signed with.
func visibleHeaders(r request) map[string]string {
	headers := make(map[string]string, len(r.Headers))
	for name, value := range r.Headers {
		name = strings.ToLower(name)
		if name == "authorization" || name == "x-amz-security-token" {
			value = hidden
		}
		headers[name] = value
	}
	return headers
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
