package local

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReload: a new assembly is served at the same addresses. A function that stays the same keeps its memory.
func TestReload(t *testing.T) {
	resources := hello()
	resources["Fn"], resources["Same"], resources["Old"] = counter("one"), counter("same"), counter("old")
	addURL(resources, "Same")
	addURL(resources, "Old")
	s, rewrite := watched(t, resources)
	changed, same, old := s.urlOf(t, "Url"), s.urlOf(t, "SameUrl"), s.urlOf(t, "OldUrl")
	s.answers(t, changed, "one 1", "the first assembly")
	s.answers(t, same, "same 1", "the first assembly")

	resources["Fn"], resources["New"] = counter("two"), counter("new")
	addURL(resources, "New")
	for _, id := range []string{"Old", "OldUrl", "OpenOldUrl", "OpenOldFunction"} {
		delete(resources, id)
	}
	rewrite(resources)
	s.says(t, "reloaded in ", "it is told")
	s.answers(t, changed, "two 1", "the function's environment is another")
	if _, body := fetch(t, same+"/"); body != "same 2" {
		t.Errorf("a function that stays the same answers %q, want its second event", body)
	}
	s.answers(t, s.urlOf(t, "NewUrl"), "new 1", "a new URL has an address")
	s.says(t, "  gone          "+old+"  Demo/OldUrl\n", "a URL that is gone is told")
	s.eventually(t, "its address is closed", func() bool {
		response, err := http.Get(old)
		if err == nil {
			response.Body.Close()
		}
		return err != nil
	})
	if said := s.said(); !strings.Contains(said, ", restarted Demo/Fn, Demo/New\n") ||
		strings.Count(said, "nodejs22.x functions run on") != 1 {
		t.Errorf("what restarted is not told, or Node.js twice:\n%s", said)
	}
}

// TestReloadThatFails: what cannot be loaded leaves all as it was, and the error is shown.
func TestReloadThatFails(t *testing.T) {
	resources := hello()
	resources["Fn"] = counter("one")
	dir := assemble(t, resources, nil)
	s := serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true, Watch: true})
	address := s.urlOf(t, "Url")
	s.answers(t, address, "one 1", "the first assembly")
	template := filepath.Join(dir, "Demo.template.json")
	if err := os.WriteFile(template, []byte(`{"Resources": {`), 0o644); err != nil {
		t.Fatal(err)
	}
	s.says(t, "not reloaded, so all goes on as it was: read cloud assembly: ", "half a template")
	if _, body := fetch(t, address+"/"); body != "one 2" {
		t.Errorf("it answers %q, want the second event", body)
	}
	resources["Fn"] = counter("two")
	assembleInto(t, dir, "eu-west-1", resources, nil)
	s.answers(t, address, "two 1", "the next synthesis helps")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s.says(t, "no manifest.json", "the assembly is gone")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	resources["Fn"] = counter("three")
	assembleInto(t, dir, "eu-west-1", resources, nil)
	s.answers(t, address, "three 1", "the folder is watched again")
}

// TestReloadFromNothing: the first URL may come later.
func TestReloadFromNothing(t *testing.T) {
	resources := hello()
	urlAlone := resources["Url"]
	delete(resources, "Url")
	s, rewrite := watched(t, resources)
	if !strings.Contains(s.said(), "has no CloudFront distribution, Function URL or REST API to serve") {
		t.Errorf("what there is is not told:\n%s", s.said())
	}
	resources["Url"] = urlAlone
	rewrite(resources)
	s.says(t, "Demo/Url\n", "it listens")
	s.answers(t, s.urlOf(t, "Url"), "hello", "it answers")
}

// TestHalfWrittenIsNoError: files that come one after another are no reason to complain.
func TestHalfWrittenIsNoError(t *testing.T) {
	resources := hello()
	resources["Fn"] = counter("one")
	dir := assemble(t, resources, nil)
	s := serveWith(t, Options{Assembly: dir, Listen: "127.0.0.1:0", JSON: true, Watch: true})
	if err := os.Remove(filepath.Join(dir, "Demo.template.json")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * settleTime) // it tries, and fails
	resources["Fn"] = counter("two")
	assembleInto(t, dir, "eu-west-1", resources, nil)
	s.answers(t, s.urlOf(t, "Url"), "two 1", "the files are whole")
	if strings.Contains(s.said(), "not reloaded") {
		t.Errorf("it complains:\n%s", s.said())
	}
}
