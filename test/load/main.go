// Command load sends requests to `furl local` and checks each answer. It reports requests a second, latencies, CPU time
// and memory of furl and of the processes that it started. It kills such processes on the way, if asked to. It reads
// /proc, so it needs Linux.
//
//	make load
//	make load LOAD="-duration 20s -body 1000000" # nothing is killed
//
// The assembly is the demo's. Its distribution answers /echo with the request as its function saw it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// settings say what load does.
type settings struct {
	furl, assembly    string
	duration          time.Duration
	concurrent, kills int
	body              int // bytes of a request's body; 0: GET
}

func main() {
	var s settings
	flag.StringVar(&s.furl, "furl", ".build/furl", "the `program`")
	flag.StringVar(&s.assembly, "assembly", ".build/load.out", "the demo's assembly, a `folder`")
	flag.DurationVar(&s.duration, "duration", time.Minute, "how long requests are sent")
	flag.IntVar(&s.concurrent, "concurrent", 16, "how many requests are sent at once")
	flag.IntVar(&s.kills, "kills", 0, "how many processes are killed on the way")
	flag.IntVar(&s.body, "body", 0, "the bytes of a request's body")
	flag.Parse()
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(s settings) error {
	begin := time.Now()
	command := exec.Command(s.furl, "local", "--assembly", s.assembly, "--listen", "127.0.0.1:0", "--json")
	stdout, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	defer func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	}()
	url, err := distributionURL(bufio.NewReader(stdout))
	if err != nil {
		return err
	}
	fmt.Printf("started in %d ms\n", time.Since(begin).Milliseconds())
	l := newLoad(url, s.body)
	warm := min(s.duration/10, 3*time.Second) // the processes start
	l.send(context.Background(), warm, s.concurrent)
	if err := l.verdict(0); err != nil {
		return fmt.Errorf("before anything was killed: %w", err)
	}
	l = newLoad(url, s.body)
	watched := watch(command.Process.Pid, s)
	l.send(context.Background(), s.duration, s.concurrent)
	use := watched.end()
	l.report(os.Stdout, s)
	use.report(os.Stdout, l.counts.right)
	return l.verdict(use.kills())
}

// distributionURL reads the first line of `furl local --json`.
func distributionURL(stdout *bufio.Reader) (string, error) {
	line, err := stdout.ReadBytes('\n')
	if err != nil {
		return "", fmt.Errorf("furl did not start: %w", err)
	}
	var listens struct{ Distributions []struct{ URL string } }
	if err := json.Unmarshal(line, &listens); err != nil {
		return "", err
	}
	if len(listens.Distributions) == 0 {
		return "", fmt.Errorf("the assembly has no distribution: %s", line)
	}
	return listens.Distributions[0].URL, nil
}
