package control

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newCache gives the test another cache folder. On macOS the system's is HOME's.
func newCache(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "furl-") // shorter than the test's own folder, since sockets have short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	return dir
}

// serve answers actions at the socket of an assembly until the test ends.
func serve(t *testing.T, assembly string, handler http.Handler) net.Listener {
	t.Helper()
	listener, err := Listen(assembly)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	server.Start()
	t.Cleanup(server.Close)
	return listener
}

type question struct{ Name string }

func greet(q question) (string, error) {
	if q.Name == "" {
		return "", errors.New("nobody is there")
	}
	return "hello " + q.Name, nil
}

func TestCall(t *testing.T) {
	dir := newCache(t)
	if err := Call(t.Context(), dir, "greet", question{"ada"}, nil); !errors.Is(err, ErrNotRunning) {
		t.Errorf("before anything ran: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("a call makes %v (%v)", entries, err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /greet", Answer(greet))
	serve(t, filepath.Join(dir, "cdk.out"), mux)
	other := filepath.Join(dir, "..", filepath.Base(dir), "cdk.out")
	for _, row := range []struct {
		name, why, assembly, action string
		request                     any
		answer, want                string
	}{
		{
			name: "answered", why: "it runs", assembly: other, action: "greet", request: question{"ada"},
			answer: "hello ada",
		},
		{
			name: "refused", why: "the message is the function's", assembly: other, action: "greet",
			request: question{}, want: "nobody is there",
		},
		{
			name: "another field", why: "another version of furl would pass it over", assembly: other, action: "greet",
			request: map[string]string{"Name": "ada", "Title": "countess"}, want: "another version of furl",
		},
		{
			name: "another action", why: "another version of furl has it", assembly: other, action: "wave",
			request: question{}, want: "status 404",
		},
		{
			name: "another assembly", why: "nothing runs there", assembly: dir, action: "greet",
			request: question{"ada"}, want: ErrNotRunning.Error(),
		},
	} {
		var answer string
		err := Call(t.Context(), row.assembly, row.action, row.request, &answer)
		if answer != row.answer || (err == nil) != (row.want == "") ||
			err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %q, error %v, want %q (%s)", row.name, answer, err, row.want, row.why)
		}
	}
	var number int
	err := Call(t.Context(), other, "greet", question{"ada"}, &number)
	if err == nil || !strings.Contains(err.Error(), "another version of furl") {
		t.Errorf("an answer of another type: %v", err)
	}
}

// TestListen: only the user may enter the folder, and the socket of a killed furl local is replaced.
func TestListen(t *testing.T) {
	dir := newCache(t)
	first := serve(t, dir, http.NotFoundHandler())
	path := first.Addr().String()
	for _, row := range []struct {
		path string
		want fs.FileMode
	}{{path, fs.ModeSocket | 0o600}, {filepath.Dir(path), fs.ModeDir | 0o700}} {
		if info, err := os.Lstat(row.path); err != nil || info.Mode() != row.want {
			t.Errorf("%s: mode %v, want %v (%v)", row.path, info.Mode(), row.want, err)
		}
	}
	if _, err := Listen(dir); !errors.Is(err, ErrRunning) {
		t.Errorf("a second one: %v", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // as if it was killed
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Fatal("the socket of a killed one is gone:", err)
	}
	if err := Call(t.Context(), dir, "x", nil, nil); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a socket that nothing listens at: %v", err)
	}
	second, err := Listen(dir)
	if err != nil {
		t.Fatal("after a killed one:", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a closed one leaves its socket: %v", err)
	}
}

// TestFolderRefused: the folder may be another's work, if the user's cache folder is shared.
func TestFolderRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		prepare   func(t *testing.T, run string)
		want      string
	}{
		{
			name: "others may enter", why: "they could connect", want: "chmod 700",
			prepare: func(t *testing.T, run string) {
				t.Helper()
				if err := os.Chmod(run, 0o755); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "a link", why: "it leads elsewhere", want: "is no folder",
			prepare: func(t *testing.T, run string) {
				t.Helper()
				if err := errors.Join(os.Rename(run, run+".moved"), os.Symlink(run+".moved", run)); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := newCache(t)
			run := filepath.Dir(serve(t, dir, http.NotFoundHandler()).Addr().String())
			row.prepare(t, run)
			if _, err := Listen(dir); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("listen: %v, want %q (%s)", err, row.want, row.why)
			}
			err := Call(t.Context(), dir, "greet", question{}, nil)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("call: %v, want %q (%s)", err, row.want, row.why)
			}
		})
	}
	if os.Getuid() == 0 { // nobody else may give a folder away
		dir := newCache(t)
		run := filepath.Dir(serve(t, dir, http.NotFoundHandler()).Addr().String())
		const nobody = 65534
		if err := os.Chown(run, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		if _, err := Listen(dir); err == nil || !strings.Contains(err.Error(), "is another user's") {
			t.Errorf("another user's folder: %v", err)
		}
	}
	dir := newCache(t)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, strings.Repeat("long", 30)))
	t.Setenv("HOME", filepath.Join(dir, strings.Repeat("long", 30)))
	if _, err := Listen(dir); err == nil || !strings.Contains(err.Error(), "too long a path") {
		t.Errorf("a long path: %v", err)
	}
}
