package sigv4

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

var (
	edgeRequests = flag.Int("edge-requests", 250_000,
		"how many random requests TestEdgeSigner verifies (2,000 with -short)")
	edgeSeed = flag.Int("edge-seed", 1, "the first seed of TestEdgeSigner's random requests")
)

// TestEdgeSigner has the edge signer sign random requests and verifies them. As many generators run at once as
// there are processors. Smithy is slow, so in a run of more than 2,000 it signs every tenth request. `make soak`
// runs more, with another seed each time.
func TestEdgeSigner(t *testing.T) {
	requests, smithyEvery := *edgeRequests, 10
	if testing.Short() {
		requests, smithyEvery = 2_000, 1
	}
	requireNode(t)
	begin, total := time.Now(), &figures{counts: map[string]int{}}
	generators := runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for i := range generators {
		count := (requests + i) / generators // they add up to requests
		wait.Go(func() {
			total.verifyOutput(t, "--count", strconv.Itoa(count),
				"--seed", strconv.Itoa(*edgeSeed+i), "--smithy-every", strconv.Itoa(smithyEvery))
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-time.After(time.Minute):
			t.Logf("%d of %d", total.sum(), requests) // make soak shows it at once
		case <-done:
			running = false
		}
	}
	if t.Failed() {
		return
	}
	if sum := total.sum(); sum != requests {
		t.Errorf("%d requests, want %d", sum, requests)
	}
	for _, outcome := range []string{
		accepted, "refused as AmbiguousPath", "refused as AmbiguousQuery", "refused as MissingBody",
		"refused as PayloadTooLarge", "refused as UriTooLong",
	} {
		if total.counts[outcome] == 0 {
			t.Errorf("none was %s", outcome)
		}
	}
	t.Logf("seeds %d to %d, in %v:\n%v", *edgeSeed, *edgeSeed+generators-1, time.Since(begin).Round(time.Second), total)
}

// TestEdgeSignerKnownURLs does the same with the URLs of known applications. None of them may be refused.
func TestEdgeSignerKnownURLs(t *testing.T) {
	requireNode(t)
	total := &figures{counts: map[string]int{}}
	total.verifyOutput(t, "--known")
	if total.counts[accepted] != 200 || total.sum() != 200 {
		t.Errorf("200 are to be accepted:\n%v", total)
	}
}

func requireNode(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		skipOrFail(t, "the edge signer's requests are not verified: %v", err)
	}
}

const (
	accepted    = "accepted under every reading"
	smithyAlone = "of these not signed so by smithy, which loses a parameter named __proto__"
	smithyToo   = "of these signed so by smithy too"
)

// figures counts the outcomes of requests.
type figures struct {
	mutex  sync.Mutex
	counts map[string]int
}

func (f *figures) add(outcomes ...string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, outcome := range outcomes {
		f.counts[outcome]++
	}
}

func (f *figures) sum() int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	sum := 0
	for outcome, count := range f.counts {
		if !strings.HasPrefix(outcome, "of these") {
			sum += count
		}
	}
	return sum
}

func (f *figures) String() string {
	var text strings.Builder
	for _, outcome := range slices.Sorted(maps.Keys(f.counts)) {
		fmt.Fprintf(&text, "%9d %s\n", f.counts[outcome], outcome)
	}
	return text.String()
}

// verifyOutput runs print_signed.mjs and verifies each line that it prints. It stops at the first failure, since
// one explained request is enough.
func (f *figures) verifyOutput(t *testing.T, arguments ...string) {
	generator := filepath.Join("..", "..", "..", "lambdas", "edge-signer", "test", "print_signed.mjs")
	command := exec.CommandContext(t.Context(), "node", append([]string{generator}, arguments...)...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Error(err)
		return
	}
	if err := command.Start(); err != nil {
		t.Error(err)
		return
	}
	lines := bufio.NewReaderSize(output, 1<<20)
	for !t.Failed() {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Error(err)
			break
		}
		f.verify(t, line)
	}
	if t.Failed() {
		_ = command.Process.Kill() // the generator would wait for a reader of its output
	}
	if err := command.Wait(); err != nil && !t.Failed() {
		t.Errorf("%s %q: %v", generator, arguments, err)
	}
}

// edgeRequest is one line of print_signed.mjs.
type edgeRequest struct {
	Refused string

	Method, Host, URI, QueryString, BodyBase64, AccessKeyID, SecretAccessKey, SessionToken, Region, Smithy string

	Headers map[string]string
	Time    time.Time
}

// verify checks one signed request. Every reader must accept it. The SDK and smithy must sign it the same way,
// where these two agree.
func (f *figures) verify(t *testing.T, line []byte) {
	var signed edgeRequest
	if err := json.Unmarshal(line, &signed); err != nil {
		t.Errorf("%v: %s", err, line)
		return
	}
	if signed.Refused != "" {
		f.add("refused as " + signed.Refused)
		return
	}
	request, body, err := signed.onTheWire()
	if err != nil {
		t.Errorf("%v: %s", err, line)
		return
	}
	if err := readersAccept(everyReader(), request, body, signed.SecretAccessKey); err != nil {
		t.Errorf("%v\nof %s", err, line)
		return
	}
	outcomes := []string{accepted}
	if _, err := signed.verifier().Verify(request, body); err != nil {
		t.Errorf("the SDK's signer disagrees: %v\n%s\nof %s", err, detail(err), line)
		return
	}
	switch {
	case signed.Smithy == request.Header.Get("Authorization"):
		outcomes = append(outcomes, smithyToo)
	case signed.Smithy != "" && signed.hasProtoParameter():
		outcomes = append(outcomes, smithyAlone) // smithy and the SDK do not agree
	case signed.Smithy != "":
		t.Errorf("smithy disagrees: %s\nof %s", signed.Smithy, line)
	}
	f.add(outcomes...)
}

func (e edgeRequest) onTheWire() (*http.Request, []byte, error) {
	body, err := base64.StdEncoding.DecodeString(e.BodyBase64)
	r := &http.Request{
		Method: e.Method, Host: e.Host, RequestURI: e.URI, Header: http.Header{},
		ContentLength: int64(len(body)),
	}
	if e.QueryString != "" {
		r.RequestURI += "?" + e.QueryString
	}
	for name, value := range e.Headers {
		if name != "host" {
			r.Header.Set(name, value)
		}
	}
	return r, body, err
}

// verifier is the verifier of furl local, which signs with the SDK.
func (e edgeRequest) verifier() *Verifier {
	return &Verifier{
		Region: e.Region, Service: "lambda",
		Now: func() time.Time { return e.Time },
		Credentials: func(key string) (aws.Credentials, bool) {
			return aws.Credentials{
				AccessKeyID: e.AccessKeyID, SecretAccessKey: e.SecretAccessKey, SessionToken: e.SessionToken,
			}, key == e.AccessKeyID
		},
	}
}

func (e edgeRequest) hasProtoParameter() bool {
	return slices.ContainsFunc(strings.Split(e.QueryString, "&"), func(parameter string) bool {
		name, _, _ := strings.Cut(parameter, "=")
		return name == "__proto__"
	})
}
