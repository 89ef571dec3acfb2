package functionurl

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

const (
	// maxResponseSize is the limit in bytes that Lambda's error names. The error reads "Response payload size
	// exceeded maximum allowed payload size (6291556 bytes)".
	maxResponseSize = 6291556

	// integrationResponse is the content type of a response with a prelude. The prelude is JSON with status,
	// headers and cookies. Eight zero bytes end it (Lambda Developer Guide, response-streaming-tutorial and
	// runtimes-custom).
	integrationResponse = "application/vnd.awslambda.http-integration-response"
	maxPrelude          = 1 << 20 // bytes, far more than headers may have
)

// errResponse marks a function's response that cannot become an HTTP response.
var errResponse = errors.New("the function's response")

// answer is the HTTP response that is made of a function's response.
type answer struct {
	status int
	header http.Header
	body   io.Reader
	size   int64 // bytes of the body; -1 for a streamed one
}

// payload is a response in format 2.0.
type payload struct {
	StatusCode      *statusCode    `json:"statusCode"`
	Headers         map[string]any `json:"headers"`
	Cookies         []string       `json:"cookies"`
	Body            string         `json:"body"`
	IsBase64Encoded bool           `json:"isBase64Encoded"`
}

// statusCode is a number, or a number in a string, which AWS takes as well.
type statusCode int

func (s *statusCode) UnmarshalJSON(data []byte) error {
	code, err := strconv.Atoi(strings.Trim(string(data), `"`))
	*s = statusCode(code)
	return err
}

// read makes the answer of a response. A BUFFERED URL waits for the whole response. A RESPONSE_STREAM URL passes
// each part on as it comes, and does not look into a response without prelude.
func (h *Handler) read(response *lambda.Response) (*answer, error) {
	if h.config.InvokeMode == ModeStream {
		return readStream(response)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxResponseSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxResponseSize {
		return nil, fmt.Errorf("%w: payload size exceeded maximum allowed payload size (%d bytes)",
			errResponse, maxResponseSize)
	}
	if response.ContentType != integrationResponse {
		return readPayload(data)
	}
	a, err := readStream(&lambda.Response{ContentType: response.ContentType, Body: io.NopCloser(bytes.NewReader(data))})
	if err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(a.body)
	a.body, a.size = bytes.NewReader(rest), int64(len(rest))
	return a, err
}

// readPayload reads a buffered response. JSON without statusCode is the body of a 200 of type application/json. A
// JSON string is sent without its quotes (Lambda Developer Guide, urls-invocation, "Response payload format").
func readPayload(data []byte) (*answer, error) {
	if !json.Valid(data) {
		return nil, fmt.Errorf("%w is not JSON", errResponse)
	}
	var probe map[string]json.RawMessage
	if json.Unmarshal(data, &probe) != nil || probe["statusCode"] == nil {
		if text := ""; json.Unmarshal(data, &text) == nil && !bytes.Equal(data, []byte("null")) {
			data = []byte(text)
		}
		return &answer{
			status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}},
			body: bytes.NewReader(data), size: int64(len(data)),
		}, nil
	}
	var p payload
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%w is not of format 2.0: %w", errResponse, err)
	}
	a, err := p.answer("application/json")
	if err != nil {
		return nil, err
	}
	body := []byte(p.Body)
	if p.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(p.Body); err != nil {
			return nil, fmt.Errorf("%w has isBase64Encoded and a body that is not base64: %w", errResponse, err)
		}
	}
	a.body, a.size = bytes.NewReader(body), int64(len(body))
	return a, nil
}

// readStream reads status and headers of a response. The rest stays in the answer's body, unread.
func readStream(response *lambda.Response) (*answer, error) {
	if response.ContentType != integrationResponse {
		header := http.Header{"Content-Type": {cmp.Or(response.ContentType, "application/octet-stream")}}
		return &answer{status: http.StatusOK, header: header, body: response.Body, size: -1}, nil
	}
	var prelude []byte
	body := bufio.NewReader(response.Body)
	for end := []byte("\x00\x00\x00\x00\x00\x00\x00\x00"); !bytes.HasSuffix(prelude, end); {
		b, err := body.ReadByte()
		if err == io.EOF || len(prelude) > maxPrelude {
			return nil, fmt.Errorf("%w has no eight zero bytes after its prelude", errResponse)
		}
		if err != nil {
			return nil, err // the function failed
		}
		prelude = append(prelude, b)
	}
	var p payload
	if err := json.Unmarshal(bytes.TrimRight(prelude, "\x00"), &p); err != nil {
		return nil, fmt.Errorf("%w has a prelude that is not JSON of the right form: %w", errResponse, err)
	}
	a, err := p.answer("application/octet-stream")
	if err != nil {
		return nil, err
	}
	a.body, a.size = body, -1
	return a, nil
}

// answer makes an answer with status and headers. The content type is the one for a payload that names none.
func (p payload) answer(contentType string) (*answer, error) {
	a := &answer{status: http.StatusOK, header: http.Header{}}
	if p.StatusCode != nil {
		a.status = int(*p.StatusCode)
	}
	if a.status < 200 || a.status > 599 {
		return nil, fmt.Errorf("%w has the status code %d, which is not one from 200 to 599", errResponse, a.status)
	}
	if err := p.addHeaders(a.header); err != nil {
		return nil, err
	}
	if a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", contentType)
	}
	return a, nil
}

// write sends the answer, and each part of a streamed one as it comes. If the function fails on the way, the
// connection is cut. The status is already sent by then.
func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	for name, values := range a.header {
		w.Header()[name] = append(w.Header()[name], values...)
	}
	bodiless := a.status == http.StatusNoContent || a.status == http.StatusNotModified
	if a.size >= 0 && !bodiless {
		w.Header().Set("Content-Length", fmt.Sprint(a.size))
	}
	w.WriteHeader(a.status)
	if r.Method == http.MethodHead || bodiless {
		return
	}
	to := io.Writer(w)
	if a.size < 0 {
		to = flushWriter{w, http.NewResponseController(w)}
	}
	if _, err := io.Copy(to, a.body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// flushWriter sends the data of each write at once.
type flushWriter struct {
	io.Writer
	controller *http.ResponseController
}

func (w flushWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		return n, err
	}
	return n, w.controller.Flush()
}
