package local

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// counter is a function that answers with its variable V and the number of its events.
func counter(version string) object {
	return function("globalThis.n = (globalThis.n ?? 0) + 1; return process.env.V + ' ' + globalThis.n", object{"V": version})
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

// secretValue reads a secret with a function's own credentials.
func secretValue(t *testing.T, variables map[string]string, name string) (string, error) {
	t.Helper()
	secrets := secretsmanager.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER"))
	found, err := secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		return "", err
	}
	return aws.ToString(found.SecretString), nil
}

// TestReload: a new assembly is served at the same addresses. What stays the same goes on with what it has in memory.
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

// TestReloadKeepsSecrets: what was made up for the run stays, and so do leases as long as their role does.
func TestReloadKeepsSecrets(t *testing.T) {
	resources := leasing()
	resources["Zero"] = counter("one")
	addURL(resources, "Zero")
	s, rewrite := watched(t, resources)
	variables := environment(t, s)
	role, err := sts.NewFromConfig(sdk(variables, "AWS_ENDPOINT_URL_STS")).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(leasedRole), RoleSessionName: aws.String("alice"),
	})
	if err != nil {
		t.Fatal(err)
	}
	lease := sdk(variables, "AWS_ENDPOINT_URL_STS")
	lease.Credentials = credentials.NewStaticCredentialsProvider(*role.Credentials.AccessKeyId,
		*role.Credentials.SecretAccessKey, *role.Credentials.SessionToken)
	whoami := func() error {
		_, err := sts.NewFromConfig(lease).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	secret, err := secretValue(t, variables, "made")
	if err != nil {
		t.Fatal(err)
	}

	resources["Zero"] = counter("two")
	rewrite(resources)
	s.answers(t, s.urlOf(t, "ZeroUrl"), "two 1", "it is reloaded")
	if err := whoami(); err != nil {
		t.Errorf("the lease does not outlive a reload: %v", err)
	}
	if again, err := secretValue(t, variables, "made"); err != nil || again != secret {
		t.Errorf("the made-up secret does not outlive a reload: %v", err)
	}

	resources["Zero"] = counter("three")
	delete(resources, "Leased")
	propertiesOf(resources, "Role")["Policies"] = []any{}
	propertiesOf(resources, "Made")["GenerateSecretString"] = object{"PasswordLength": 30}
	rewrite(resources)
	s.answers(t, s.urlOf(t, "ZeroUrl"), "three 1", "it is reloaded again")
	if err := whoami(); err == nil {
		t.Error("the lease outlives its role")
	}
	if _, err := secretValue(t, variables, "made"); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("the function may read the secret as before: %v", err)
	}
	if said := s.said(); strings.Count(said, "Demo/Made (made up for this run)") != 2 {
		t.Errorf("a secret of another length is not told:\n%s", said)
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

// TestReloadOfCode: a function whose code is in the app restarts when the code changes, and no other one does.
func TestReloadOfCode(t *testing.T) {
	resources := helloFrom(t, "nodejs22.x", "index.handler", map[string]string{
		"index.js": `exports.handler = async () => 'one';`, "lib/deep.js": "",
	})
	code := resources["Fn"].(object)["Metadata"].(object)["aws:asset:path"].(string)
	resources["Same"] = counter("same")
	addURL(resources, "Same")
	s, _ := watched(t, resources)
	address := s.urlOf(t, "Url")
	s.answers(t, address, "one", "the first code")
	s.answers(t, s.urlOf(t, "SameUrl"), "same 1", "the first code")
	index := filepath.Join(code, "index.js")
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(index, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save(`exports.handler = async () => 'two';`)
	s.answers(t, address, "two", "the code is another")
	save(`exports.handler = async () => require('./lib/new/deep.js');`)
	if err := os.MkdirAll(filepath.Join(code, "lib/new"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(code, "lib/new/deep.js"), []byte("module.exports = 'new';"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.answers(t, address, "new", "a new folder")
	if _, body := fetch(t, s.urlOf(t, "SameUrl")+"/"); body != "same 2" {
		t.Errorf("another function answers %q, want its second event", body)
	}

	if err := os.RemoveAll(code); err != nil {
		t.Fatal(err)
	}
	s.says(t, "Functions that cannot run:\n  function Demo/Fn: ", "code that is gone for long is told")
	if err := os.Mkdir(code, 0o755); err != nil {
		t.Fatal(err)
	}
	save(`exports.handler = async () => 'again';`)
	s.answers(t, address, "again", "the folder is watched again")
}
