package local

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// waiting is JavaScript that makes the file NAME.began, and goes on when the file NAME.go is there.
func waiting(name string) string {
	return fmt.Sprintf(`const fs = require('node:fs'); fs.writeFileSync('%[1]s.began', '');
		while (!fs.existsSync('%[1]s.go')) await new Promise((done) => setTimeout(done, 10));`, name)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestRequestEndsWhereItBegan: a request in flight is answered by the functions that it began with. So is one that
// reaches its Function URL after the reload only.
func TestRequestEndsWhereItBegan(t *testing.T) {
	for _, row := range []struct {
		name, why    string
		edge, behind func(waits string) string // code of the edge function and of the function behind it
	}{
		{
			name: "at the function", why: "its process goes on",
			edge: func(string) string { return "" }, behind: waiting,
		},
		{
			name: "at the edge", why: "CloudFront calls the Function URL after the reload",
			edge: waiting, behind: func(string) string { return "" },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			waits := filepath.Join(t.TempDir(), "waits")
			version := func(number string, resources object) {
				resources["Fn"] = function(row.behind(waits)+"return '"+number+"'", nil)
				propertiesOf(resources, "Fn")["Timeout"] = 60
				propertiesOf(resources, "Edge")["Timeout"] = 30
				propertiesOf(resources, "Edge")["Code"] = object{
					"ZipFile": "exports.handler = async (event) => {" + row.edge(waits) +
						"/* " + number + " */ return event.Records[0].cf.request; };",
				}
			}
			resources := hello()
			edge(resources, nil)
			trust := propertiesOf(resources, "Role", "AssumeRolePolicyDocument", "Statement")
			trust["Principal"] = object{"Service": []any{"lambda.amazonaws.com", "edgelambda.amazonaws.com"}}
			version("one", resources)
			dir := assembleIn(t, "us-east-1", resources, nil)
			s := serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true, Watch: true})
			address := s.Distributions[0].URL + "/"

			first := make(chan string, 1)
			go func() {
				_, body := fetch(t, address)
				first <- body
			}()
			s.eventually(t, "the request is at its function", func() bool { return exists(waits + ".began") })
			version("two", resources)
			assembleInto(t, dir, "us-east-1", resources, nil)
			s.says(t, "reloaded in ", "a reload while the request is in flight")
			if err := os.WriteFile(waits+".go", nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if body := <-first; body != "one" {
				t.Errorf("%s: it got %q", row.why, body)
			}
			s.answers(t, s.Distributions[0].URL, "two", "the next request")
		})
	}
}

// TestEventOutlivesItsCaller: an event is carried through, though its caller hung up and the function was replaced.
func TestEventOutlivesItsCaller(t *testing.T) {
	waits := filepath.Join(t.TempDir(), "waits")
	resources := hello()
	resources["Fn"] = function(waiting(waits)+"fs.writeFileSync('"+waits+".done', '');", nil)
	propertiesOf(resources, "Fn")["Timeout"] = 60
	s, rewrite := watched(t, resources)
	ctx, hangUp := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.urlOf(t, "Url"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	}()
	s.eventually(t, "the request is at its function", func() bool { return exists(waits + ".began") })
	hangUp()
	<-ended
	resources["Fn"] = function("return 'two'", nil)
	rewrite(resources)
	s.says(t, "reloaded in ", "the function is replaced")
	if err := os.WriteFile(waits+".go", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.eventually(t, "the event is carried through", func() bool { return exists(waits + ".done") })
}

// TestReloadsUnderRequests: each of 20 requests a second has the answer of an assembly that was served while it was in
// flight, during 200 reloads. No process, folder or goroutine is left over.
func TestReloadsUnderRequests(t *testing.T) {
	reloads := 200
	if testing.Short() {
		reloads = 20
	}
	t.Setenv("TMPDIR", t.TempDir())
	resources := hello()
	resources["Same"] = counter("same")
	addURL(resources, "Same")
	resources["Cdn"] = distribution("")
	version := func(number int) {
		resources["Fn"] = function(fmt.Sprintf("return '%d'", number), nil)
	}
	version(0)
	s, rewrite := watched(t, resources)
	urls := []string{s.Distributions[0].URL, s.urlOf(t, "Url")}
	s.answers(t, urls[0], "0", "the first assembly")
	before := left(t)

	var written, served atomic.Int64 // numbers of assemblies
	requests := newRequests(urls, &written, &served)
	for i := 1; i <= reloads; i++ {
		version(i)
		written.Store(int64(i))
		rewrite(resources)
		s.eventually(t, "the next reload", func() bool { return strings.Count(s.said(), "reloaded in ") >= i })
		served.Store(int64(i))
	}
	wrong, count := requests.end()
	t.Logf("%d reloads, %d requests, left before %+v", reloads, count, before)
	if len(wrong) > 0 {
		t.Errorf("%d of %d answers are wrong, the first: %s\n%s", len(wrong), count, wrong[0], s.said())
	}
	if count < 10 {
		t.Errorf("%d requests only", count)
	}
	s.answers(t, urls[0], strconv.Itoa(reloads), "the last assembly")
	var after leftover
	s.eventually(t, fmt.Sprintf("no more than before is left (%+v)", before), func() bool {
		http.DefaultClient.CloseIdleConnections()
		after = left(t)
		// Requests that overlapped may have started some more processes of the last assembly.
		return after.processes <= before.processes+4 && after.folders <= before.folders &&
			after.goroutines <= before.goroutines+40
	})
	t.Logf("left after %+v", after)
}

// requests are 20 requests a second.
type requests struct {
	stop  chan struct{}
	done  sync.WaitGroup
	mu    sync.Mutex
	wrong []string
	count int
}

// newRequests requests the URLs in turn. An answer is the number of an assembly. It must have been served when the
// request began, or written before the request ended.
func newRequests(urls []string, written, served *atomic.Int64) *requests {
	r := &requests{stop: make(chan struct{})}
	r.done.Go(func() {
		ticks := time.NewTicker(time.Second / 20)
		defer ticks.Stop()
		for i := 0; ; i++ {
			select {
			case <-r.stop:
				return
			case <-ticks.C:
				r.done.Go(func() { r.request(urls[i%len(urls)], written, served) })
			}
		}
	})
	return r
}

func (r *requests) request(url string, written, served *atomic.Int64) {
	earliest := served.Load()
	status, body, err := 0, []byte(nil), error(nil)
	response, err := http.Get(url + "/")
	if err == nil {
		status = response.StatusCode
		body, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	number, notANumber := strconv.ParseInt(string(body), 10, 64)
	latest := written.Load()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count++; err != nil || status != 200 || notANumber != nil || number < earliest || number > latest {
		wrong := fmt.Sprintf("%d %q from %s, want %d to %d: %v", status, body, url, earliest, latest, err)
		r.wrong = append(r.wrong, wrong)
	}
}

func (r *requests) end() (wrong []string, count int) {
	close(r.stop)
	r.done.Wait()
	return r.wrong, r.count
}

// leftover counts what a reload might leave: child processes, folders of functions, and goroutines.
type leftover struct{ processes, folders, goroutines int }

func left(t *testing.T) leftover {
	t.Helper()
	output, err := exec.Command("ps", "-A", "-o", "ppid=").Output()
	if err != nil {
		t.Skipf("no ps to count processes with: %v", err)
	}
	var found leftover
	for _, parent := range strings.Fields(string(output)) {
		if parent == strconv.Itoa(os.Getpid()) {
			found.processes++
		}
	}
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), "furl-local-*", "*"))
	found.folders, found.goroutines = len(folders), runtime.NumGoroutine()
	return found
}
