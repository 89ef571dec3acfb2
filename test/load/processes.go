package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTick is the unit of CPU time in /proc (proc_pid_stat(5)), 100 a second on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// process is a process in /proc.
type process struct {
	pid, parent int
	program     string // furl, or the name of the function
	cpu         time.Duration
	ended       time.Duration // CPU time of its children that ended
	memory      int           // resident bytes, of which some are shared
}

// processes returns furl and all processes below it. Furl is the first.
func processes(furl int) []process {
	all := map[int]process{}
	paths, _ := filepath.Glob("/proc/[0-9]*/stat") // fails for a malformed pattern only
	for _, path := range paths {
		if p, ok := readProcess(filepath.Dir(path)); ok {
			all[p.pid] = p
		}
	}
	found := []process{all[furl]}
	found[0].program = "furl"
	for i := 0; i < len(found); i++ {
		for _, pid := range slices.Sorted(maps.Keys(all)) {
			if all[pid].parent == found[i].pid {
				found = append(found, all[pid])
			}
		}
	}
	return found
}

// readProcess reads a folder of /proc. The process may have ended.
func readProcess(folder string) (process, bool) {
	stat, err := os.ReadFile(filepath.Join(folder, "stat"))
	if err != nil {
		return process{}, false
	}
	// The second field is the name in parentheses, which may have any characters. The third field is at 0 here.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	number := func(field int) int {
		n, _ := strconv.Atoi(fields[field-3])
		return n
	}
	pid, _ := strconv.Atoi(filepath.Base(folder))
	return process{
		pid: pid, parent: number(4), program: programOf(folder),
		cpu:    time.Duration(number(14)+number(15)) * clockTick,
		ended:  time.Duration(number(16)+number(17)) * clockTick,
		memory: number(24) * os.Getpagesize(),
	}, true
}

// programOf returns the name of the function that a process runs, or else the name of its program.
func programOf(folder string) string {
	variables, _ := os.ReadFile(filepath.Join(folder, "environ"))
	for _, variable := range strings.Split(string(variables), "\x00") {
		if name, found := strings.CutPrefix(variable, "AWS_LAMBDA_FUNCTION_NAME="); found {
			return name
		}
	}
	line, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
	program, _, _ := strings.Cut(string(line), "\x00")
	return filepath.Base(program)
}

// watching looks at furl's processes from time to time, and kills some.
type watching struct {
	stop   chan struct{}
	result chan use
}

// use holds the CPU time and the memory that the processes used between the beginning and the end.
type use struct {
	cpu    map[string]time.Duration // by program; "ended": of processes that are gone
	memory []int                    // resident bytes of furl, in the order of time
	all    []int                    // and of all processes
	killed map[string]int           // by program
}

// samples is how often the memory is looked at.
const samples = 12

func watch(furl int, s settings) *watching {
	w := &watching{make(chan struct{}), make(chan use, 1)}
	begin := processes(furl)
	go func() {
		u := use{cpu: map[string]time.Duration{}, killed: map[string]int{}}
		sample, kill := time.NewTicker(s.duration/samples), time.NewTicker(s.duration/time.Duration(s.kills+2))
		defer sample.Stop()
		defer kill.Stop()
		for kills := 0; ; {
			select {
			case <-sample.C:
				u.look(processes(furl))
			case <-kill.C:
				if kills < s.kills {
					kills++
					u.killOne(processes(furl)[1:])
				}
			case <-w.stop:
				u.add(begin, -1)
				u.add(processes(furl), 1)
				w.result <- u
				return
			}
		}
	}()
	return w
}

func (w *watching) end() use {
	close(w.stop)
	return <-w.result
}

func (u *use) look(now []process) {
	all := 0
	for _, p := range now {
		all += p.memory
	}
	u.memory, u.all = append(u.memory, now[0].memory), append(u.all, all)
}

func (u *use) add(now []process, sign time.Duration) {
	for _, p := range now {
		u.cpu[p.program] += sign * p.cpu
		u.cpu["ended"] += sign * p.ended
	}
}

// killOne kills one process. It may lose the one event that it has.
func (u *use) killOne(from []process) {
	if len(from) == 0 {
		return
	}
	p := from[rand.IntN(len(from))]
	if syscall.Kill(p.pid, syscall.SIGKILL) != nil {
		return // it has just ended
	}
	u.killed[p.program]++
}

// kills is how many processes were killed.
func (u use) kills() int {
	kills := 0
	for _, count := range u.killed {
		kills += count
	}
	return kills
}

func (u use) report(to io.Writer, requests int) {
	var all time.Duration
	var parts []string
	for _, program := range slices.Sorted(maps.Keys(u.cpu)) {
		all += u.cpu[program]
		parts = append(parts, fmt.Sprintf("%s %.3f", program, perRequest(u.cpu[program], requests)))
	}
	fmt.Fprintf(to, "CPU, ms a request: %.3f (%s)\n", perRequest(all, requests), strings.Join(parts, ", "))
	const megabyte = 1 << 20
	for i := range u.memory {
		u.memory[i] /= megabyte
		u.all[i] /= megabyte
	}
	fmt.Fprintf(to, "memory of furl, MB: %v\nmemory of all processes, MB: %v\n", u.memory, u.all)
	if len(u.killed) > 0 {
		fmt.Fprintf(to, "killed: %v\n", u.killed)
	}
}

func perRequest(cpu time.Duration, requests int) float64 {
	return cpu.Seconds() * 1000 / float64(max(requests, 1))
}
