package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reader is a verifier that reads a request on the wire in one of the ways that AWS leaves open. It follows the
// text of the IAM User Guide for services other than S3 (reference_sigv-create-signed-request). It shares no code
// with the edge signer, the SDK or Verifier.
type reader struct {
	// normalises follows "Normalize URI paths according to RFC 3986. Remove redundant and relative path
	// components". AWS's Go SDK does not do this.
	normalises bool
	// plusIsSpace reads "+" in a query as a space, as forms do (WHATWG URL). RFC 3986 reads it as "+".
	plusIsSpace bool
}

func (r reader) String() string {
	return fmt.Sprintf("a verifier with normalised paths %v, + as space %v", r.normalises, r.plusIsSpace)
}

func everyReader() []reader {
	return []reader{{false, false}, {false, true}, {true, false}, {true, true}}
}

// claim is the content of the Authorization header.
type claim struct {
	day, region, service string
	signedHeaders        []string
	signature            string
}

var authorizationHeader = regexp.MustCompile(
	`^AWS4-HMAC-SHA256 Credential=[^/, ]+/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ` +
		`SignedHeaders=([^, ]+), Signature=([0-9a-f]{64})$`)

var dateHeader = regexp.MustCompile(`^\d{8}T\d{6}Z$`)

func parseClaim(request *http.Request) (claim, error) {
	match := authorizationHeader.FindStringSubmatch(strings.Join(request.Header["Authorization"], ", "))
	if match == nil {
		return claim{}, fmt.Errorf("the Authorization header %q is not one of SigV4's", request.Header["Authorization"])
	}
	return claim{match[1], match[2], match[3], strings.Split(match[4], ";"), match[5]}, nil
}

// readersAccept returns an error where one of the readers refuses the request with this body. The request is
// signed with the secret key.
func readersAccept(readers []reader, request *http.Request, body []byte, secretKey string) error {
	c, err := parseClaim(request)
	if err != nil {
		return err
	}
	if err := checkClaim(request, c); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	payloadHash := hex.EncodeToString(sum[:])
	if sent, ok := request.Header["X-Amz-Content-Sha256"]; ok && (len(sent) != 1 || sent[0] != payloadHash) {
		return fmt.Errorf("x-amz-content-sha256 is not the body's hash, %s", payloadHash)
	}
	accepted := "" // the canonical request that last had the signature
	for _, reader := range readers {
		canonical := reader.canonicalRequest(request, c.signedHeaders, payloadHash)
		if canonical == accepted {
			continue
		}
		if signatureOf(canonical, request.Header.Get("X-Amz-Date"), c, secretKey) != c.signature {
			return fmt.Errorf("%v does not accept the signature of\n%s", reader, canonical)
		}
		accepted = canonical
	}
	return nil
}

// checkClaim checks "You must include the host header … and any x-amz-* headers in the request". The scope must
// have the date of X-Amz-Date.
func checkClaim(request *http.Request, c claim) error {
	dates := request.Header["X-Amz-Date"]
	if len(dates) != 1 || !dateHeader.MatchString(dates[0]) || !strings.HasPrefix(dates[0], c.day) {
		return fmt.Errorf("X-Amz-Date %q does not go with the scope's date, %s", dates, c.day)
	}
	if !slices.Contains(c.signedHeaders, "host") || !slices.IsSorted(c.signedHeaders) {
		return fmt.Errorf("the signed headers %q lack host, or are not sorted", c.signedHeaders)
	}
	for name := range request.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(c.signedHeaders, lower) {
			return fmt.Errorf("%s is not signed", lower)
		}
	}
	return nil
}

func signatureOf(canonicalRequest, date string, c claim, secretKey string) string {
	key := []byte("AWS4" + secretKey)
	for _, step := range []string{c.day, c.region, c.service, "aws4_request"} {
		key = mac(key, step)
	}
	sum := sha256.Sum256([]byte(canonicalRequest))
	scope := c.day + "/" + c.region + "/" + c.service + "/aws4_request"
	return hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+date+"\n"+scope+"\n"+hex.EncodeToString(sum[:])))
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

func (r reader) canonicalRequest(request *http.Request, signedHeaders []string, payloadHash string) string {
	path, query, _ := strings.Cut(request.RequestURI, "?")
	var headers strings.Builder
	for _, name := range signedHeaders {
		values := request.Header[http.CanonicalHeaderKey(name)]
		if name == "host" {
			values = []string{request.Host}
		}
		headers.WriteString(name + ":" + canonicalValues(values) + "\n")
	}
	return strings.Join([]string{
		request.Method, r.canonicalURI(path), r.canonicalQuery(query), headers.String(),
		strings.Join(signedHeaders, ";"), payloadHash,
	}, "\n")
}

// canonicalValues removes white space around a value and makes one space of white space within. It joins the
// values of one name with commas.
func canonicalValues(values []string) string {
	trimmed := make([]string, len(values))
	for i, value := range values {
		trimmed[i] = strings.Join(strings.Fields(value), " ")
	}
	return strings.Join(trimmed, ",")
}

// canonicalURI follows "Each path segment must be URI-encoded twice". The client encodes once, as on the wire,
// and canonicalURI once more.
func (r reader) canonicalURI(path string) string {
	if r.normalises {
		path = normalisedPath(path)
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = uriEncode(segment)
	}
	return strings.Join(segments, "/")
}

// normalisedPath removes empty segments, and "." and ".." as RFC 3986, 5.2.4 does. A slash at the end stays.
func normalisedPath(path string) string {
	var kept []string
	for _, segment := range strings.Split(path, "/") {
		switch {
		case segment == ".." && len(kept) > 0:
			kept = kept[:len(kept)-1]
		case segment != "" && segment != "." && segment != "..":
			kept = append(kept, segment)
		}
	}
	result := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(path, "/") && len(kept) > 0 {
		result += "/"
	}
	return result
}

// canonicalQuery follows "URI-encode each parameter name and value … sort the parameters by name after encoding,
// those of one name by value".
func (r reader) canonicalQuery(query string) string {
	type parameter struct{ name, value string }
	var parameters []parameter
	for _, text := range strings.Split(query, "&") {
		if text != "" {
			name, value, _ := strings.Cut(text, "=")
			parameters = append(parameters, parameter{uriEncode(r.decoded(name)), uriEncode(r.decoded(value))})
		}
	}
	slices.SortStableFunc(parameters, func(a, b parameter) int {
		if order := strings.Compare(a.name, b.name); order != 0 {
			return order
		}
		return strings.Compare(a.value, b.value)
	})
	encoded := make([]string, len(parameters))
	for i, p := range parameters {
		encoded[i] = p.name + "=" + p.value
	}
	return strings.Join(encoded, "&")
}

func (r reader) decoded(text string) string {
	var bytes strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				bytes.WriteByte(byte(code))
				i += 2
				continue
			}
		}
		if text[i] == '+' && r.plusIsSpace {
			bytes.WriteByte(' ')
		} else {
			bytes.WriteByte(text[i])
		}
	}
	return bytes.String()
}

// uriEncode is the guide's UriEncode(). It encodes all bytes but 'A'-'Z', 'a'-'z', '0'-'9', '-', '.', '_' and
// '~', with upper-case digits.
func uriEncode(text string) string {
	const digits = "0123456789ABCDEF"
	var encoded strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			encoded.WriteByte(c)
		} else {
			encoded.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return encoded.String()
}
