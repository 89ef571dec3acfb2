package sigv4

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest writes a canonical request straight from the specification (IAM User Guide,
// reference_sigv-create-signed-request). The reading gives the parts that clients get wrong.
func (a *attempt) canonicalRequest(r reading) string {
	lines := []string{a.r.Method, r.path.text, r.query.text}
	for _, name := range a.auth.signedHeaders {
		values := arrived(a.r, name)
		if name == "host" {
			values = []string{r.host.text}
		}
		for i, value := range values {
			values[i] = collapseSpaces(value)
		}
		lines = append(lines, name+":"+strings.Join(values, ","))
	}
	return strings.Join(append(lines, "", strings.Join(a.auth.signedHeaders, ";"), r.payload.text), "\n")
}

// arrived returns the values of a header, or none if the header did not arrive. The name is in lower case. net/http
// takes Host and Transfer-Encoding out of the header map. It takes Trailer out, too, which counts as not arrived.
func arrived(r *http.Request, name string) []string {
	switch name {
	case "host":
		return []string{r.Host}
	case "content-length":
		if r.ContentLength > 0 {
			return []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	case "transfer-encoding":
		return slices.Clone(r.TransferEncoding)
	}
	return slices.Clone(r.Header.Values(name))
}

// collapseSpaces trims a header value and makes one space of several.
func collapseSpaces(value string) string {
	words := strings.FieldsFunc(value, func(c rune) bool { return c == ' ' })
	return strings.TrimSpace(strings.Join(words, " "))
}

// signature signs a canonical request with the key of the credential scope.
func (a *attempt) signature(canonicalRequest string) string {
	scope := strings.Join([]string{a.auth.date, a.auth.region, a.auth.service, "aws4_request"}, "/")
	key := []byte("AWS4" + a.credentials.SecretAccessKey)
	for part := range strings.SplitSeq(scope, "/") {
		key = hmacSHA256(key, part)
	}
	stringToSign := []string{algorithm, a.signedAt.Format(timeFormat), scope, hash([]byte(canonicalRequest))}
	return hex.EncodeToString(hmacSHA256(key, strings.Join(stringToSign, "\n")))
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// encodedPairs decodes each name and value of the query once and encodes it once, in the order sent. With
// plusIsPlus, a + does not stand for a space.
func (a *attempt) encodedPairs(plusIsPlus bool) [][2]string {
	var pairs [][2]string
	for pair := range strings.SplitSeq(a.query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		encoded := [2]string{}
		for i, text := range []string{name, value} {
			if plusIsPlus {
				text = strings.ReplaceAll(text, "+", "%2B")
			}
			decoded, _ := url.QueryUnescape(text) // target has checked the query
			encoded[i] = encode(decoded, "")
		}
		pairs = append(pairs, encoded)
	}
	return pairs
}

func comparePairs(a, b [2]string) int {
	return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
}

func joinPairs(pairs [][2]string) string {
	texts := make([]string, len(pairs))
	for i, pair := range pairs {
		texts[i] = pair[0] + "=" + pair[1]
	}
	return strings.Join(texts, "&")
}

// encode percent-encodes each byte that is neither in RFC 3986's unreserved set nor in safe.
func encode(text, safe string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var out strings.Builder
	for _, b := range []byte(text) {
		if strings.IndexByte(unreserved, b) >= 0 || strings.IndexByte(safe, b) >= 0 {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}
