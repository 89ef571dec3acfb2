package local

import (
	"strings"
	"testing"
	"time"
)

// counter is a function that answers with its variable V and the number of its events.
func counter(version string) object {
	const count = "globalThis.n = (globalThis.n ?? 0) + 1; return process.env.V + ' ' + globalThis.n"
	return function(count, object{"V": version})
}

// addURL adds an open URL of a function. Its id is the function's with "Url" behind.
func addURL(resources object, id string) {
	resources[id+"Url"] = url(getAtt(id, "Arn"), "NONE")
	open(getAtt(id, "Arn"), resources, "Open"+id)
}

// watched serves resources with --watch. The function writes others over them.
func watched(t *testing.T, resources object) (*served, func(object)) {
	t.Helper()
	dir := assemble(t, resources, nil)
	s := serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true, Verbose: true, Watch: true})
	return s, func(changed object) {
		t.Helper()
		assembleInto(t, dir, "eu-west-1", changed, nil)
	}
}

// urlOf is the address of a Function URL, from the line on stdout or from a later one on stderr.
func (s *served) urlOf(t *testing.T, id string) string {
	t.Helper()
	for _, u := range s.FunctionURLs {
		if u.ID == "Demo/"+id {
			return u.URL
		}
	}
	_, line, _ := strings.Cut(s.said(), "  function URL  ")
	for _, later := range strings.Split(line, "  function URL  ") {
		if address, path, _ := strings.Cut(later, "  "); strings.HasPrefix(path, "Demo/"+id+"\n") {
			return address
		}
	}
	t.Fatalf("Demo/%s does not listen:\n%s", id, s.said())
	return ""
}

// eventually waits until something holds.
func (s *served) eventually(t *testing.T, why string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in time\n%s", why, s.said())
		}
	}
}

// answers waits until a URL has an answer.
func (s *served) answers(t *testing.T, url, want, why string) {
	t.Helper()
	s.eventually(t, why, func() bool {
		_, body := fetch(t, url+"/")
		return body == want
	})
}

// says waits until a line is printed.
func (s *served) says(t *testing.T, line, why string) {
	t.Helper()
	s.eventually(t, why+": "+line, func() bool { return strings.Contains(s.said(), line) })
}
