package lambda

import (
	"strings"
	"sync"
	"testing"
)

func TestLogHasWholeLines(t *testing.T) {
	log := &syncBuffer{}
	config := testConfig(t)
	config.Log = log
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
		if got != line+"\n" && got != "no end\n" {
			t.Errorf("a broken line of %d bytes", len(got))
		}
	}
}
