package sigv4

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// explain tells a developer why a signature does not match. It prints the canonical request that the verifier
// computed and the one that the client signed. The request does not contain the latter. The secret is known here,
// so explain tries the usual mistakes, alone and together, until one gives the client's signature. If none does,
// it prints the canonical request that the client claims.
func (a *attempt) explain() string {
	var computed string
	a.sign(hash(a.body), func(canonicalRequest string) { computed = canonicalRequest })
	title, claimed := "canonical request that the client claims to have signed; no usual mistake gives its signature, "+
		"so its secret key is another one, or the method, host, path, query or a signed header changed on the way", ""
	for _, reading := range a.readings() {
		canonicalRequest := a.canonicalRequest(reading)
		if claimed == "" {
			claimed = canonicalRequest
		}
		if a.signature(canonicalRequest) == a.auth.signature {
			title, claimed = "canonical request that the client signed: "+reading.mistakes(a), canonicalRequest
			break
		}
	}
	return fmt.Sprintf("canonical request that the verifier computed:\n%s\n%s:\n%s",
		indent(computed), title, indent(claimed))
}

// reading is one way to write the parts of a canonical request that clients get wrong.
type reading struct {
	path, query, host, payload variant
}

// variant is a part of a canonical request, with the mistake that leads to it. The right part has no mistake.
type variant struct{ text, mistake string }

// readings returns the product of all variants. The first reading is the client's claim, with every part right
// and the hash that it sent.
func (a *attempt) readings() []reading {
	var readings []reading
	queries, hosts, payloads := a.queries(), a.hosts(), a.payloads() // only once, since the body may be large
	for _, path := range a.paths() {
		for _, query := range queries {
			for _, host := range hosts {
				for _, payload := range payloads {
					readings = append(readings, reading{path, query, host, payload})
				}
			}
		}
	}
	return readings
}

func (a *attempt) paths() []variant {
	return []variant{
		{encode(a.path, "/"), ""},
		{a.path, "the path is not encoded a second time (every service but S3 wants it)"},
	}
}

func (a *attempt) queries() []variant {
	pairs := a.encodedPairs(false)
	joined := strings.SplitSeq(joinPairs(pairs), "&")
	return []variant{
		{text: joinPairs(slices.SortedFunc(slices.Values(pairs), comparePairs))},
		{text: joinPairs(pairs), mistake: "the query is not sorted"},
		{
			text:    strings.Join(slices.Sorted(joined), "&"),
			mistake: "the query is sorted by whole pairs, not by name and then value",
		},
		{
			text:    joinPairs(slices.SortedFunc(slices.Values(a.encodedPairs(true)), comparePairs)),
			mistake: "a + in the query is taken for a plus, not for a space",
		},
		{text: a.query, mistake: "the query is neither sorted nor encoded anew"},
		{mistake: "the query is left out"},
	}
}

func (a *attempt) hosts() []variant {
	hosts := []variant{{a.r.Host, ""}}
	for _, host := range a.otherHosts {
		hosts = append(hosts, variant{host, fmt.Sprintf("it is signed for host %s and was sent to %s", host, a.r.Host)})
	}
	return hosts
}

func (a *attempt) payloads() []variant {
	payloads := []variant{
		{hash(a.body), ""},
		{hash([]byte(base64.StdEncoding.EncodeToString(a.body))), "the payload hash is that of the body's base64 text"},
		{hash(nil), "the payload hash is that of an empty body"},
		{"UNSIGNED-PAYLOAD", "the payload is not signed, which Lambda does not accept"},
	}
	if claimed := a.r.Header.Get("X-Amz-Content-Sha256"); claimed != "" {
		known := slices.IndexFunc(payloads, func(v variant) bool { return v.text == claimed })
		if known < 0 {
			payloads = append(payloads, variant{claimed, "X-Amz-Content-Sha256 is not the hash of the body"})
			known = len(payloads) - 1
		}
		payloads[0], payloads[known] = payloads[known], payloads[0]
	}
	return payloads
}

func (r reading) mistakes(a *attempt) string {
	mistakes := slices.DeleteFunc(
		[]string{r.path.mistake, r.query.mistake, r.host.mistake, r.payload.mistake},
		func(m string) bool { return m == "" },
	)
	if len(mistakes) == 0 {
		return fmt.Sprintf("it is right, but among %s is a header that the verifier's signer never signs, "+
			"so this is not simulated: leave it unsigned", strings.Join(a.auth.signedHeaders, ";"))
	}
	return strings.Join(mistakes, "; ")
}

// canonicalRequest writes a canonical request straight from the specification (IAM User Guide,
// reference_sigv-create-signed-request). The reading gives the parts that clients get wrong.
func (a *attempt) canonicalRequest(r reading) string {
	lines := []string{a.r.Method, r.path.text, r.query.text}
	for _, name := range a.auth.signedHeaders {
		var values []string
		switch name {
		case "host":
			values = []string{r.host.text}
		case "content-length":
			values = []string{fmt.Sprint(a.r.ContentLength)}
		default:
			for _, value := range a.r.Header.Values(name) {
				values = append(values, strings.Join(strings.Fields(value), " "))
			}
		}
		lines = append(lines, name+":"+strings.Join(values, ","))
	}
	return strings.Join(append(lines, "", strings.Join(a.auth.signedHeaders, ";"), r.payload.text), "\n")
}

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

// indent indents a canonical request and hides the values of headers that may hold secrets. Only the headers in
// printableHeaders keep their values.
func indent(canonicalRequest string) string {
	lines := strings.Split(canonicalRequest, "\n")
	for i, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if header := i >= 3 && i < len(lines)-3; header && !slices.Contains(printableHeaders, name) {
			line = fmt.Sprintf("%s:(%d characters)", name, len(value))
		}
		lines[i] = "    " + line
	}
	return strings.Join(lines, "\n")
}

var printableHeaders = []string{"content-length", "content-type", "host", "x-amz-content-sha256", "x-amz-date"}
