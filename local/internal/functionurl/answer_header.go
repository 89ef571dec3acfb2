package functionurl

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// A header of an answer has a name and a value of these forms (RFC 9110, 5.1 and 5.5).
var (
	headerName  = regexp.MustCompile("\\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\\z")
	headerValue = regexp.MustCompile(`\A[^\x00-\x08\x0a-\x1f\x7f]*\z`)
)

// addHeaders adds the headers and cookies of a response. It refuses a header that HTTP cannot carry, such as one with
// a newline. AWS does not document its answer to such a header.
func (p payload) addHeaders(header http.Header) error {
	for name, value := range p.Headers {
		var text string
		switch v := value.(type) {
		case nil:
			continue
		case string:
			text = v
		case bool:
			text = strconv.FormatBool(v)
		case float64:
			text = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			return fmt.Errorf("%w has a header %q that is not a string", errResponse, name)
		}
		if err := addHeader(header, remappedName(name), text); err != nil {
			return err
		}
	}
	for _, cookie := range p.Cookies {
		if err := addHeader(header, "Set-Cookie", cookie); err != nil {
			return err
		}
	}
	return nil
}

func addHeader(header http.Header, name, value string) error {
	if !headerName.MatchString(name) {
		return fmt.Errorf("%w has a header %q, and HTTP allows no such name", errResponse, name)
	}
	if !headerValue.MatchString(value) {
		return fmt.Errorf("%w has a header %q with a control character in its value", errResponse, name)
	}
	header.Add(name, value)
	return nil
}

// remappedName renames a header that only the service may set. AWS does not document the names. Seen live were
// WWW-Authenticate (the-dfos/dfos and four more), Server (owasp-sbot/OSBot-LLMs) and Content-Length
// (cargo-lambda/cargo-lambda#862). The others belong to the connection, or the service sets them.
func remappedName(name string) string {
	switch strings.ToLower(name) {
	case "connection", "content-length", "date", "keep-alive", "server", "trailer", "transfer-encoding", "upgrade",
		"www-authenticate":
		return "X-Amzn-Remapped-" + name
	}
	return name
}
