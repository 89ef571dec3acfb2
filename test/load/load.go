package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load sends requests, each with another query, and compares the echoes with them.
type load struct {
	url, hash string
	body      []byte
	client    *http.Client
	next      atomic.Int64
	began     time.Time
	took      time.Duration

	mu         sync.Mutex
	counts     struct{ right, lost, wrong int }
	latencies  []time.Duration
	firstWrong error
}

func newLoad(url string, bytes int) *load {
	body := make([]byte, bytes)
	_, _ = rand.Read(body) // never fails (crypto/rand)
	sum := sha256.Sum256(body)
	transport := &http.Transport{MaxIdleConnsPerHost: 1000, DisableCompression: true}
	return &load{url: url, body: body, hash: hex.EncodeToString(sum[:]), client: &http.Client{Transport: transport}}
}

// send sends requests for a time, a number of them at once.
func (l *load) send(ctx context.Context, duration time.Duration, concurrent int) {
	l.began = time.Now()
	var senders sync.WaitGroup
	for range concurrent {
		senders.Go(func() {
			for time.Since(l.began) < duration {
				l.sendOne(ctx)
			}
		})
	}
	senders.Wait()
	l.took = time.Since(l.began)
}

// sendOne sends one request. An answer of 502 or 503 counts as lost, any other than the echo as wrong.
func (l *load) sendOne(ctx context.Context) {
	query := "n=" + strconv.FormatInt(l.next.Add(1), 10)
	begin := time.Now()
	status, err := l.exchange(ctx, query)
	took := time.Since(begin)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.counts.right++
		l.latencies = append(l.latencies, took)
		return
	case status == http.StatusBadGateway || status == http.StatusServiceUnavailable:
		l.counts.lost++
	default:
		l.counts.wrong++
	}
	if l.firstWrong == nil {
		l.firstWrong = fmt.Errorf("%s: %w", query, err)
	}
}

// exchange returns the status of the answer. The error says how the answer differs from the echo.
func (l *load) exchange(ctx context.Context, query string) (int, error) {
	method := http.MethodGet
	var body io.Reader
	if len(l.body) > 0 {
		method, body = http.MethodPost, bytes.NewReader(l.body)
	}
	request, err := http.NewRequestWithContext(ctx, method, l.url+"/echo?"+query, body)
	if err != nil {
		return 0, err
	}
	response, err := l.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err // it has no status, since the answer was cut off
	}
	var echo struct{ Method, RawQuery, BodySHA256 string }
	err = json.Unmarshal(answer, &echo)
	right := echo.Method == method && echo.RawQuery == query && echo.BodySHA256 == l.hash
	if response.StatusCode != http.StatusOK || err != nil || !right {
		return response.StatusCode, fmt.Errorf("%s: %.200s", response.Status, answer)
	}
	return response.StatusCode, nil
}

func (l *load) report(to io.Writer, s settings) {
	slices.Sort(l.latencies)
	at := func(part float64) float64 {
		if len(l.latencies) == 0 {
			return 0
		}
		return l.latencies[int(part*float64(len(l.latencies)-1))].Seconds() * 1000
	}
	fmt.Fprintf(to, "%d right, %d lost, %d wrong; %.0f requests a second, %d at once, bodies of %d bytes\n",
		l.counts.right, l.counts.lost, l.counts.wrong, float64(l.counts.right)/l.took.Seconds(), s.concurrent, s.body)
	fmt.Fprintf(to, "latency: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms\n", at(0.5), at(0.9), at(0.99))
}

// verdict is an error if an answer was wrong, or if more were lost than the killed processes had.
func (l *load) verdict(mayLose int) error {
	if l.counts.wrong > 0 || l.counts.lost > mayLose {
		const message = "%d wrong and %d lost, where %d may be lost; the first: %w"
		return fmt.Errorf(message, l.counts.wrong, l.counts.lost, mayLose, l.firstWrong)
	}
	return nil
}
