package lambda

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLogHasWholeLines(t *testing.T) {
	log := &syncBuffer{}
	config := testConfig(t)
	config.Log, config.NoReports = log.log(), true
	f := newFunction(t, config)
	var wait sync.WaitGroup
	line := strings.Repeat("x", 3000)
	for range 4 {
		wait.Go(func() {
			if _, err := invoke(f, task{Do: "print", Text: strings.Repeat(line+"\n", 50)}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if _, err := invoke(f, task{Do: "print", Text: "no end"}); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil { // flushes
		t.Fatal(err)
	}
	lines := log.lines()
	if len(lines) != 201 {
		t.Errorf("%d writes for 201 lines", len(lines))
	}
	for _, got := range lines {
		if got != "Stack/Function | "+line+"\n" && got != "Stack/Function | no end\n" {
			t.Errorf("a broken line of %d bytes", len(got))
		}
	}
}

// TestLongLine: a line over 256 KB becomes several, and no byte of it is lost.
func TestLongLine(t *testing.T) {
	log := &syncBuffer{}
	config := testConfig(t)
	config.Log, config.NoReports = log.log(), true
	f := newFunction(t, config)
	mustInvoke(t, f, task{Do: "print", Text: strings.Repeat("x", 2*maxLine+1)})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if lines := log.lines(); len(lines) != 3 || strings.Count(log.text(), "x") != 2*maxLine+1 {
		t.Errorf("%d lines with %d bytes", len(lines), strings.Count(log.text(), "x"))
	}
}

// TestReports: an event's lines are those of Lambda, in its order. The output of the event comes before its report.
func TestReports(t *testing.T) {
	const (
		start  = `START RequestId: (\S+) Version: \$LATEST\n`
		end    = `END RequestId: (\S+)\n`
		report = `REPORT RequestId: (\S+)\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB`
		cold   = `\tInit Duration: \d+\.\d\d ms`
	)
	for _, row := range []struct {
		name, why string
		code      string // of the handler
		events    int
		want      string
	}{
		{
			name: "cold and warm", why: "the first report alone has the time of the start",
			code: `console.log('1'); console.log('2')`, events: 2,
			want: start + "1\n2\n" + end + report + cold + "\n" + start + "1\n2\n" + end + report + "\n",
		},
		{
			name: "much output", why: "all of it belongs to the event, and so comes before the report",
			code: `process.stdout.write('x\n'.repeat(30_000))`, events: 1,
			want: start + `(?:x\n)+` + end + report + cold + "\n",
		},
		{
			name: "error", why: "the runtime lives on, and Lambda's text does not name a status then",
			code: `throw new Error('x')`, events: 1,
			want: start + `\{"errorType":"Error".*\n` + end + report + cold + "\n",
		},
		{
			name: "exit", why: "Lambda names the error of the runtime",
			code: `console.log('1'); process.exit(3)`, events: 1,
			want: start + "1\n" + end + report + cold + "\tStatus: error\tError Type: Runtime.ExitError\n",
		},
		{
			name: "timeout", why: "Lambda says so in a line and in the report",
			code: `console.log('1'); for (;;);`, events: 1,
			want: start + "1\n" + `\S+Z (\S+) Task timed out after 1\.00 seconds\n` + end + report + cold +
				"\tStatus: timeout\n",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			log := &syncBuffer{}
			config := nodeConfig(t, "index.mjs", `export const handler = async () => { `+row.code+` };`)
			config.Log, config.Timeout = log.log(), time.Second
			f := newFunction(t, config)
			for range row.events {
				_, _ = invoke(f, task{})
			}
			found := regexp.MustCompile(`\A` + row.want + `\z`).FindStringSubmatch(log.text())
			if found == nil {
				t.Fatalf("%s: the log has %q", row.why, log.text())
			}
			for _, id := range found[2 : len(found)/row.events] {
				if id != found[1] {
					t.Errorf("%s: two request ids in the lines of one event: %q", row.why, found)
				}
			}
		})
	}
}
