package cloudfront

import (
	"bytes"
	"encoding/base64"
)

// shownBody is the base64 of a body in an event. It is up to 1.4 MB long, and encoding/json reads each byte several
// times. So the base64 is put into the event, and taken out of the result, around encoding/json.
type shownBody []byte

// emptyData is the data of an event's body before the base64 is in it. A string in the event cannot contain this text,
// since quotes are escaped in strings.
var emptyData = []byte(`"data":""`)

// putInto puts the base64 of a body into an event whose body has no data yet.
func (s *shownBody) putInto(event, body []byte) []byte {
	before, after, _ := bytes.Cut(event, emptyData)
	full := make([]byte, 0, len(event)+base64.StdEncoding.EncodedLen(len(body)))
	full = append(append(full, before...), emptyData[:len(emptyData)-1]...)
	start := len(full)
	full = base64.StdEncoding.AppendEncode(full, body)
	*s = full[start:len(full):len(full)]
	return append(append(full, '"'), after...)
}

// takeFrom takes the base64 out of a result that has it unchanged as the value of data, and reports whether it has.
func (s shownBody) takeFrom(result []byte) (rest []byte, taken bool) {
	index := bytes.Index(result, s)
	if len(s) == 0 || index < 0 {
		return result, false
	}
	before, after := result[:index], result[index+len(s):]
	key, opened := bytes.CutSuffix(before, []byte(`"`))
	key, isValue := bytes.CutSuffix(bytes.TrimRight(key, " "), []byte(":"))
	if !opened || !isValue || !bytes.HasSuffix(bytes.TrimRight(key, " "), []byte(`"data"`)) ||
		!bytes.HasPrefix(after, []byte(`"`)) {
		return result, false
	}
	return append(before[:index:index], after...), true
}
