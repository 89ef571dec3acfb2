package lambda

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestScratch(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	living, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	dead, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	_ = dead.lock.Close() // as the kernel does when its process is killed
	write(t, filepath.Join(dead.Dir, "furl-lambda-1", "task", "index.mjs"), "x", 0o444)
	young, old := filepath.Join(parent, "furl-local-young"), filepath.Join(parent, "furl-local-old")
	other := filepath.Join(parent, "other")
	for _, folder := range []string{young, old, other} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	longAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	next, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, why, folder string
		want              bool
	}{
		{"living", "another furl uses it", living.Dir, true},
		{"dead", "its furl was killed", dead.Dir, false},
		{"young, without a lock", "another furl is making it", young, true},
		{"old, without a lock", "its furl was killed before it could make the lock", old, false},
		{"other", "it is not furl's", other, true},
		{"new", "it was just made", next.Dir, true},
	} {
		if _, err := os.Stat(test.folder); errors.Is(err, os.ErrNotExist) == test.want {
			t.Errorf("%s: %s: %v", test.name, test.why, err)
		}
	}
	if err := errors.Join(living.Close(), next.Close()); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(parent, "furl-local-*")); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v, want the young one", left, err)
	}
}
