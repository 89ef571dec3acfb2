package lambda

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRuntimeAPIRefusesPages(t *testing.T) {
	for _, test := range []struct {
		name, why    string
		host         string // "" is the port's address
		header       http.Header
		wantInLog    string
		wantAccepted bool
	}{
		{name: "runtime", why: "runtimes send the address that they were given", wantAccepted: true},
		{name: "localhost", why: "a runtime may resolve names", host: "localhost", wantAccepted: true},
		{
			name: "rebound name", why: "a page whose name leads to 127.0.0.1",
			host: "evil.example", wantInLog: "a foreign Host header",
		},
		{
			name: "Origin", why: "a page that posts an answer in place of the function",
			header: http.Header{"Origin": {"http://evil.example"}}, wantInLog: "the header Origin",
		},
		{
			name: "null origin", why: "a sandboxed frame", header: http.Header{"Origin": {"null"}},
			wantInLog: "the header Origin",
		},
		{
			name: "Sec-Fetch-Mode", why: "an image or a script of a page that asks for the next event",
			header: http.Header{"Sec-Fetch-Mode": {"no-cors"}}, wantInLog: "the header Sec-Fetch-Mode",
		},
		{
			name: "Sec-Fetch-Anything", why: "headers that browsers may add one day",
			header: http.Header{"Sec-Fetch-Storage-Access": {"none"}}, wantInLog: "the header Sec-Fetch-Storage-Access",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := &syncBuffer{}
			config := testConfig(t)
			config.Log = log.log()
			p := newProcess(newFunction(t, config))
			p.current = newInvocation([]byte(`{"secret":"x"}`))
			server := httptest.NewUnstartedServer(nil)
			address := server.Listener.Addr().String()
			server.Config.Handler = p.guard(address, p.runtimeAPI())
			server.Start()
			defer server.Close()
			path := "/2018-06-01/runtime/invocation/" + p.current.id + "/response"
			request, err := http.NewRequest(http.MethodPost, server.URL+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if test.header != nil {
				request.Header = test.header
			}
			if test.host != "" {
				_, port, _ := net.SplitHostPort(address)
				request.Host = test.host + ":" + port
			}
			go func() { // reads an answer that is taken
				select {
				case o := <-p.current.outcome:
					_ = o.response.Body.Close()
				case <-t.Context().Done():
				}
			}()
			response, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			want := http.StatusForbidden
			if test.wantAccepted {
				want = http.StatusAccepted
			}
			if response.StatusCode != want {
				t.Errorf("%s: status %d, want %d", test.why, response.StatusCode, want)
			}
			if said := log.text(); test.wantInLog != "" && !strings.Contains(said, test.wantInLog) {
				t.Errorf("%s: the log has %q", test.why, said)
			}
		})
	}
}
