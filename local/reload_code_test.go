package local

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// inApp serves a function "Fn" with its code in a folder, and the counter "Same". save writes a file of the code.
func inApp(t *testing.T) (s *served, rewrite func(object), resources object, code app) {
	t.Helper()
	resources = helloFrom(t, "nodejs22.x", "index.handler", map[string]string{
		"index.js": `exports.handler = async () => 'one';`, "lib/deep.js": "",
	})
	code.dir = resources["Fn"].(object)["Metadata"].(object)["aws:asset:path"].(string)
	resources["Same"] = counter("same")
	addURL(resources, "Same")
	s, rewrite = watched(t, resources)
	s.answers(t, s.urlOf(t, "Url"), "one", "the first code")
	s.answers(t, s.urlOf(t, "SameUrl"), "same 1", "the first code")
	return s, rewrite, resources, code
}

// TestReloadOfCode: a function whose code is in the app restarts when the code changes, and no other one does.
func TestReloadOfCode(t *testing.T) {
	s, _, _, code := inApp(t)
	address := s.urlOf(t, "Url")
	two := `exports.handler = async () => 'two';`
	code.save(t, "index.js", two)
	s.answers(t, address, "two", "the code is another")
	reloads := strings.Count(s.said(), "reloaded in ")
	code.save(t, "index.js", two)
	time.Sleep(5 * settleTime)
	if now := strings.Count(s.said(), "reloaded in "); now != reloads {
		t.Errorf("a save that changes nothing makes a reload:\n%s", s.said())
	}
	code.save(t, "index.js", `exports.handler = async () => require('./lib/new/deep.js');`)
	code.save(t, "lib/new/deep.js", "module.exports = 'new';")
	s.answers(t, address, "new", "a new folder")
	if _, body := fetch(t, s.urlOf(t, "SameUrl")+"/"); body != "same 2" {
		t.Errorf("another function answers %q, want its second event", body)
	}
}

// TestCodeThatIsGone: code that is gone for a moment changes nothing, and for longer is told. The attempts in between
// leave nothing.
func TestCodeThatIsGone(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s, rewrite, resources, code := inApp(t)
	before := left(t)
	if err := os.RemoveAll(code.dir); err != nil {
		t.Fatal(err)
	}
	s.says(t, "Functions that cannot run:\n  function Demo/Fn: ", "it is told")
	code.save(t, "index.js", `exports.handler = async () => 'again';`)
	s.answers(t, s.urlOf(t, "Url"), "again", "the folder is watched again")
	same := s.urlOf(t, "SameUrl")
	for _, id := range []string{"Same", "SameUrl", "OpenSameUrl", "OpenSameFunction"} {
		delete(resources, id)
	}
	rewrite(resources)
	s.eventually(t, "the process, the folder and the address of the other function are gone", func() bool {
		http.DefaultClient.CloseIdleConnections()
		response, err := http.Get(same)
		if err == nil {
			response.Body.Close()
		}
		return err != nil && left(t).folders < before.folders // a folder goes after its processes
	})
}
