package viewer

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// bareFunction is the environment variable that makes the test's process a function. "true" is without Handler.
const bareFunction = "FURL_TEST_BARE_FUNCTION"

func TestMain(m *testing.M) {
	switch os.Getenv(bareFunction) {
	case "":
		os.Exit(m.Run())
	case "true":
		lambdaurl.Start(http.HandlerFunc(answer))
	default:
		lambdaurl.Start(Handler(http.HandlerFunc(answer), ForwardedAuthorization))
	}
}

// answer gives the answer that the path names.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Path", r.URL.Path)
	if strings.HasPrefix(r.URL.Path, "/gzip-") {
		w.Header().Set("Content-Encoding", "gzip")
	}
	switch r.URL.Path {
	case "/gzip-nothing":
	case "/gzip-status":
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot)
	case "/gzip-empty-write":
		_, _ = w.Write(nil)
		w.WriteHeader(http.StatusTeapot)
	case "/gzip-body":
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "")
		_, _ = io.WriteString(w, "zipped")
		w.WriteHeader(http.StatusTeapot)
	case "/nothing":
	case "/no-content":
		w.WriteHeader(http.StatusNoContent)
	case "/file":
		http.ServeContent(w, r, "a.txt", time.Unix(1, 0), strings.NewReader("text"))
	case "/redirect":
		http.Redirect(w, r, "/elsewhere", http.StatusSeeOther)
	case "/error":
		w.WriteHeader(http.StatusBadRequest)
	case "/empty-write":
		_, _ = w.Write(nil)
		_, _ = io.WriteString(w, "")
	case "/body":
		_, _ = io.WriteString(w, "one ")
		_, _ = io.WriteString(w, "two")
	case "/flush", "/flush-nothing":
		flush(w)
		w.WriteHeader(http.StatusTeapot)
		if r.URL.Path == "/flush" {
			_, _ = io.WriteString(w, "one ")
			flush(w)
			_, _ = io.WriteString(w, "two")
		}
	}
}

// flush is what handlers of server-sent events call. lambdaurl's own writer has none, and gets the status here.
func flush(w http.ResponseWriter) {
	if os.Getenv(bareFunction) == "true" {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.(http.Flusher).Flush()
}

// answers have one row for each event of the function, in order. body is the handler's own.
var answers = []struct {
	name, why, method, path string
	since                   string // if-modified-since
	status                  int
	location, body          string
	encoding                string // the handler's Content-Encoding
}{
	{name: "HEAD", why: "has no body", method: "HEAD", path: "/file", status: 200},
	{name: "GET", why: "has one", method: "GET", path: "/file", status: 200, body: "text"},
	{
		name: "304", why: "has no body", method: "GET", path: "/file", since: "Thu, 01 Jan 1970 00:00:01 GMT",
		status: 304,
	},
	{name: "204", why: "has no body", method: "DELETE", path: "/no-content", status: 204},
	{
		name: "redirect of a HEAD", why: "net/http writes none", method: "HEAD", path: "/redirect", status: 303,
		location: "/elsewhere",
	},
	{
		name: "redirect of a POST", why: "net/http writes none", method: "POST", path: "/redirect", status: 303,
		location: "/elsewhere",
	},
	{
		name: "redirect of a GET", why: "net/http writes a link", method: "GET", path: "/redirect", status: 303,
		location: "/elsewhere", body: "<a href=\"/elsewhere\">See Other</a>.\n\n",
	},
	{name: "400", why: "a status says enough", method: "POST", path: "/error", status: 400},
	{name: "nothing written", why: "is a 200", method: "POST", path: "/nothing", status: 200},
	{name: "empty writes", why: "are no byte", method: "GET", path: "/empty-write", status: 200},
	{name: "a body", why: "is left as it is", method: "GET", path: "/body", status: 200, body: "one two"},
	{
		name: "flushed", why: "the first flush sends the status", method: "GET", path: "/flush", status: 200,
		body: "one two",
	},
	{name: "flushed, nothing written", why: "is a 200", method: "GET", path: "/flush-nothing", status: 200},
	{
		name: "encoded, nothing written", why: "a line feed is no gzip", method: "GET", path: "/gzip-nothing",
		status: 200, encoding: "gzip",
	},
	{
		name: "encoded, a status", why: "headers go with the status", method: "POST", path: "/gzip-status",
		status: 202, encoding: "gzip",
	},
	{
		name: "encoded, an empty write", why: "headers go with it", method: "GET", path: "/gzip-empty-write",
		status: 200, encoding: "gzip",
	},
	{
		name: "encoded, a body", why: "is left as it is", method: "PUT", path: "/gzip-body",
		status: 201, body: "zipped", encoding: "gzip",
	},
}

// TestStreamedAnswers runs a function with aws-lambda-go's own runtime loop. Every answer arrives with its status and
// headers, and with a byte after them. A line feed has no Content-Encoding.
func TestStreamedAnswers(t *testing.T) {
	for n, posted := range runFunction(t, "false") {
		row := answers[n]
		t.Run(row.name, func(t *testing.T) {
			body, encoding := row.body, row.encoding
			if body == "" {
				body, encoding = "\n", ""
			}
			posted.check(t, n, body, encoding)
			if t.Failed() {
				t.Log(row.why)
			}
		})
	}
}

// TestStreamedAnswersOfLambdaurl: without Handler nothing follows the prelude of an answer without a body. A Function
// URL was seen to hang there. When this test fails, aws-lambda-go has changed, and Handler may need no line feed.
func TestStreamedAnswersOfLambdaurl(t *testing.T) {
	for n, posted := range runFunction(t, "true") {
		t.Run(answers[n].name, func(t *testing.T) { posted.check(t, n, answers[n].body, answers[n].encoding) })
	}
}

// posted is the answer to an event as the runtime posted it.
type posted struct {
	contentType string
	data        string
	err         error
}

func (p posted) check(t *testing.T, n int, body, encoding string) {
	t.Helper()
	row := answers[n]
	prelude, got, ended := strings.Cut(p.data, "\x00\x00\x00\x00\x00\x00\x00\x00")
	var status struct {
		StatusCode int
		Headers    map[string]string
	}
	if err := json.Unmarshal([]byte(prelude), &status); err != nil || !ended || p.err != nil {
		t.Fatalf("no prelude or no end in %q: %v, %v", p.data, err, p.err)
	}
	if p.contentType != "application/vnd.awslambda.http-integration-response" {
		t.Errorf("content type %q", p.contentType)
	}
	headers := status.Headers
	if status.StatusCode != row.status || headers["X-Path"] != row.path || headers["Location"] != row.location {
		t.Errorf("%d %q, want %d", status.StatusCode, headers, row.status)
	}
	if headers["Content-Encoding"] != encoding {
		t.Errorf("content encoding %q, want %q", headers["Content-Encoding"], encoding)
	}
	if got != body {
		t.Errorf("body %q, want %q", got, body)
	}
}

// runFunction starts this test's program again as a function. It gives the function one event after the other, and
// returns the answers. A function that hangs fails the test, and so does a race that the race detector finds in it.
func runFunction(t *testing.T, bare string) []posted {
	t.Helper()
	done := make(chan []posted, 1)
	var all []posted
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/next") {
			data, err := io.ReadAll(r.Body)
			all = append(all, posted{r.Header.Get("Content-Type"), string(data), err})
			w.WriteHeader(http.StatusAccepted)
			return
		}
		if len(all) == len(answers) {
			done <- all
			<-r.Context().Done() // there is no further event
			return
		}
		row := answers[len(all)]
		event := events.LambdaFunctionURLRequest{RawPath: row.path, Headers: map[string]string{}}
		event.RequestContext.DomainName = "abc.lambda-url.eu-west-1.on.aws"
		event.RequestContext.HTTP.Method = row.method
		if row.since != "" {
			event.Headers["if-modified-since"] = row.since
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint(len(all)))
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		_ = json.NewEncoder(w).Encode(event)
	}))
	function := exec.Command(os.Args[0])
	address := strings.TrimPrefix(api.URL, "http://")
	function.Env = append(os.Environ(), bareFunction+"="+bare,
		"AWS_LAMBDA_RUNTIME_API="+address, "GORACE=halt_on_error=1")
	function.Stderr = os.Stderr
	if err := function.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = function.Process.Kill()
		_ = function.Wait()
		api.CloseClientConnections()
		api.Close()
	})
	select {
	case all := <-done:
		return all
	case <-time.After(30 * time.Second):
		t.Fatal("the function does not ask for its next event")
		return nil
	}
}
