package cloudfront_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// newOriginOf starts an origin with this handler.
func newOriginOf(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// patient is a client that gives up before a test run does.
var patient = &http.Client{Timeout: 10 * time.Second}

// wait blocks an origin until the test says so, or until the connection is gone.
func wait(r *http.Request, until <-chan struct{}) {
	select {
	case <-until:
	case <-r.Context().Done():
	}
}

// withReadTimeout has an origin with that OriginReadTimeout and ConnectionAttempts. Nil leaves a setting out.
func withReadTimeout(seconds int, attempts any) object {
	origin := object{
		"Id": "origin", "DomainName": originDomain, "CustomOriginConfig": object{"OriginReadTimeout": seconds},
	}
	if attempts != nil {
		origin["ConnectionAttempts"] = attempts
	}
	return object{"Origins": []object{origin}}
}

// withCompletionTimeout is withReadTimeout with a timeout for the whole response, and three attempts.
func withCompletionTimeout(read, completion int) object {
	changes := withReadTimeout(read, 3)
	changes["Origins"].([]object)[0]["ResponseCompletionTimeout"] = completion
	return changes
}

func TestAttempts(t *testing.T) {
	for _, row := range []struct {
		name, why, method string
		attempts          any // ConnectionAttempts; nil leaves it out
		calls             int32
	}{
		{"GET twice", "GET is tried ConnectionAttempts times", "GET", 2, 2},
		{"HEAD twice", "as GET is", "HEAD", 2, 2},
		{"GET once", "one attempt is none again", "GET", 1, 1},
		{"GET by default", "the default is 3", "GET", nil, 3},
		{"POST", "no other method than GET and HEAD is tried again", "POST", nil, 1},
		{"PUT", "nor is one that may be repeated", "PUT", 3, 1},
		{"DELETE", "nor is one that may be repeated", "DELETE", 3, 1},
		{"OPTIONS", "nor is one that changes nothing", "OPTIONS", 3, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel() // each row waits
			var calls atomic.Int32
			server := newOriginOf(t, func(_ http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				io.Copy(io.Discard, r.Body)
				<-r.Context().Done() // until CloudFront hangs up
			})
			address, log := serve(t, config(server, behavior(nil), withReadTimeout(1, row.attempts)))
			response, body := get(t, address, row.method, "/slow?token=secret")
			wrong := response.StatusCode != http.StatusGatewayTimeout ||
				response.Header.Get("X-Cache") != "Error from cloudfront"
			if wrong {
				t.Errorf("%d %s", response.StatusCode, body)
			}
			if got := calls.Load(); got != row.calls {
				t.Errorf("%s: %d calls of the origin, want %d", row.why, got, row.calls)
			}
			if got := strings.Count(log.String(), "no answer of the origin"); got != int(row.calls) {
				t.Errorf("the log has %d attempts, want %d:\n%s", got, row.calls, log)
			}
			first := fmt.Sprintf("%s /slow 504"+decided+
				"no answer of the origin %s in 1 s, attempt %d\n", row.method, originDomain, row.calls)
			if !strings.HasPrefix(log.String(), first) {
				t.Errorf("log: %s", log)
			}
		})
	}
}

// TestAttemptsAreAlike checks that the edge function runs once. Every attempt has its headers and its signature.
func TestAttemptsAreAlike(t *testing.T) {
	var mu sync.Mutex
	var requests []string
	server := newOriginOf(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests = append(requests, fmt.Sprint(r.Method, r.RequestURI, r.Host, r.Header))
		first := len(requests) == 1
		mu.Unlock()
		if first {
			<-r.Context().Done()
		}
	})
	address, log := serve(t, withEdge(t, server, 10*time.Second, withReadTimeout(1, 3)))
	response, body := get(t, address, "GET", "/edge/count", "X-Kind: a")
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", response.StatusCode, body)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(requests) != 2 || requests[0] != requests[1] || !strings.Contains(requests[0], "X-Invocation:[1]") {
		t.Errorf("%d requests:\n%s", len(requests), strings.Join(requests, "\n"))
	}
	log.await(t, "GET /edge/count 200 edge function Demo/Signer: on origin-request\n"+
		"  no answer of the origin in 1 s, attempt 1 of 3\n")
}

func TestCompletionTimeout(t *testing.T) {
	var calls atomic.Int32
	server := newOriginOf(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		for r.URL.Path == "/stream" && r.Context().Err() == nil {
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			time.Sleep(100 * time.Millisecond)
		}
		<-r.Context().Done()
	})
	address, log := serve(t, config(server, behavior(nil), withCompletionTimeout(1, 1)))
	response, body := get(t, address, "GET", "/slow")
	if response.StatusCode != http.StatusGatewayTimeout || calls.Load() > 2 {
		t.Errorf("%d %s after %d calls: it ends all attempts", response.StatusCode, body, calls.Load())
	}
	streamed, err := patient.Get("http://" + address + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer streamed.Body.Close()
	if body, err := io.ReadAll(streamed.Body); err == nil || len(body) < 5 || len(body) > 10 {
		t.Errorf("%d bytes, %v: packets in time do not put it off", len(body), err)
	}
	if !strings.Contains(log.String(), "200"+decided+"the response completion timeout is over (cut off)\n") {
		t.Errorf("log: %s", log)
	}
}

func TestReadTimeoutBetweenPackets(t *testing.T) {
	server := newOriginOf(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	address, log := serve(t, config(server, behavior(nil), withReadTimeout(1, 1)))
	response, err := patient.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil || string(body) != "first" {
		t.Errorf("%q, %v: the connection must be cut after what came", body, err)
	}
	if !strings.Contains(log.String(), "200"+decided+"the origin read timeout is over (cut off)\n") {
		t.Errorf("log: %s", log)
	}
}

func TestTimeoutSetByTheFunction(t *testing.T) {
	server := newOriginOf(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	address, _ := serve(t, withEdge(t, server, 10*time.Second, withReadTimeout(60, 1)))
	response, body := get(t, address, "GET", "/edge/short-timeout")
	if response.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

func TestResponseIsStreamed(t *testing.T) {
	received := make(chan struct{})
	server := newOriginOf(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		wait(r, received) // until the viewer has the header
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		wait(r, received) // until it has the first packet
		io.WriteString(w, "second")
	})
	address, _ := serve(t, config(server, behavior(nil), withReadTimeout(5, 1)))
	response, err := patient.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	received <- struct{}{}
	first := make([]byte, 5)
	if _, err := io.ReadFull(response.Body, first); err != nil {
		t.Fatal(err)
	}
	received <- struct{}{}
	rest, err := io.ReadAll(response.Body)
	if err != nil || string(first)+string(rest) != "firstsecond" {
		t.Errorf("%s%s, %v", first, rest, err)
	}
}

func TestOriginThatFails(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	c := config(newOrigin(t), behavior(nil), nil)
	c.Origins[originDomain] = listener.Addr().String()
	address, log := serve(t, c)
	response, body := get(t, address, "GET", "/")
	if response.StatusCode != 502 || !strings.Contains(log.String(), "502"+decided+"origin "+originDomain) {
		t.Errorf("connection refused: %d %s\n%s", response.StatusCode, body, log)
	}

	c = config(newOrigin(t), behavior(nil), nil)
	c.Origins = nil
	address, log = serve(t, c)
	response, body = get(t, address, "GET", "/")
	wrong := response.StatusCode != http.StatusBadGateway ||
		!strings.Contains(log.String(), "not simulated: origin "+originDomain)
	if wrong {
		t.Errorf("unknown origin: %d %s\n%s", response.StatusCode, body, log)
	}
}

func TestUnknownOriginKeepsTheFunctionFromRunning(t *testing.T) {
	c := withEdge(t, newOrigin(t), 10*time.Second, nil)
	c.Origins = nil
	address, _ := serve(t, c)
	if response, body := get(t, address, "GET", "/edge/response"); response.StatusCode != http.StatusBadGateway {
		t.Errorf("%d %s: the name is resolved before the function runs", response.StatusCode, body)
	}
}

func TestResponsePassesUnchanged(t *testing.T) {
	server := newOriginOf(t, func(w http.ResponseWriter, _ *http.Request) {
		header := http.Header{
			"Location":         {"https://example.com/"},
			"Set-Cookie":       {"a=1", "b=2"},
			"Server":           {"origin"},
			"Via":              {"1.1 proxy"},
			"Content-Encoding": {"gzip"},
			"Keep-Alive":       {"timeout=9"},
			"Content-Type":     nil,
			"X-Amzn-Requestid": {"r"},
		}
		maps.Copy(w.Header(), header)
		w.WriteHeader(http.StatusFound)
		io.WriteString(w, "not really gzip")
	})
	address, _ := serve(t, config(server, behavior(nil), nil))
	response, body := get(t, address, "GET", "/", "Accept-Encoding: gzip")
	if response.StatusCode != http.StatusFound || body != "not really gzip" {
		t.Errorf("%d %q: redirects are not followed and bodies not decoded", response.StatusCode, body)
	}
	for name, want := range map[string]string{
		"Location":         "[https://example.com/]",
		"Set-Cookie":       "[a=1 b=2]",
		"Server":           "[origin]",
		"Content-Encoding": "[gzip]",
		"Keep-Alive":       "[]",
		"Content-Type":     "[]",
		"X-Amzn-Requestid": "[r]",
	} {
		if got := fmt.Sprint(response.Header[name]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if via := response.Header.Get("Via"); !strings.HasPrefix(via, "1.1 proxy, 1.1 ") {
		t.Errorf("Via %q", via)
	}
}

func TestErrorOfTheOrigin(t *testing.T) {
	server := newOriginOf(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "teapot", http.StatusTeapot)
	})
	address, _ := serve(t, config(server, behavior(nil), nil))
	response, body := get(t, address, "GET", "/")
	wrong := response.StatusCode != http.StatusTeapot || body != "teapot\n" ||
		response.Header.Get("X-Cache") != "Error from cloudfront"
	if wrong {
		t.Errorf("%d %q %v", response.StatusCode, body, response.Header)
	}
}

func TestSetCookieWithoutCookies(t *testing.T) {
	server := newOriginOf(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Set-Cookie", "a=1") })
	address, _ := serve(t, config(server, behavior(object{"OriginRequestPolicyId": ""}), nil))
	if response, _ := get(t, address, "GET", "/"); response.Header["Set-Cookie"] != nil {
		t.Error("a behavior that forwards no cookies returns none")
	}
}

func TestExpectContinue(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(nil), nil))
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(connection, request("POST", "/", "", "Content-Length: 3", "Expect: 100-continue"))
	reader := bufio.NewReader(connection)
	if line, _ := reader.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q", line)
	}
	reader.ReadString('\n')
	io.WriteString(connection, "abc")
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if s := atOrigin(t, response, string(body)); s.Body != "abc" || s.Header["Expect"] != nil {
		t.Errorf("%+v", s)
	}
}
