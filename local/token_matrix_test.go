package local

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// printedTokens is what print_tokens.mjs prints.
type printedTokens struct {
	JWKS json.RawMessage
	Rows []tokenRow
}

// tokenRow is a request with tokens, and what becomes of it.
type tokenRow struct {
	Name, Why, Sentence string
	Headers             [][2]string
	Settings            map[string]string
	Code                string // of the refusal, or "passed"
	Jose                *bool  // whether jose lets it in, nil where jose does not judge
}

// refusals are the status of each refusal, and the error in its challenge. RFC 6750, section 3.1, has both. A request
// without a token gets no error.
var refusals = map[string]struct {
	status int
	error  string
}{
	"MissingToken":      {401, ""},
	"AmbiguousToken":    {400, "invalid_request"},
	"InvalidToken":      {401, "invalid_token"},
	"ExpiredToken":      {401, "invalid_token"},
	"InsufficientScope": {403, "insufficient_scope"},
}

// wantedTokens are the rows that must be there, by the attack or the case of use.
var wantedTokens = map[string][]string{
	"alg none":                      {"alg none", "alg none, signed", "alg None", "no alg"},
	"HS256 with the public key":     {"HS256 with the public key", "HS256 with nothing"},
	"wrong kid":                     {"another key", "a key that nobody has", "no kid", "kid as a number"},
	"kid of another pool":           {"another pool's key by its kid", "another issuer's key"},
	"no exp":                        {"no exp", "exp null", "exp as text"},
	"exp 1e300":                     {"exp 1e300", "exp 1e400", "exp -1e300"},
	"expired":                       {"expired", "long expired", "expired beyond leeway"},
	"not yet valid":                 {"not yet valid", "early beyond leeway", "nbf now"},
	"issuer by one slash":           {"issuer with a slash"},
	"audience list":                 {"audience among several", "another audience", "no audience"},
	"client_id against aud":         {"client_id for aud", "aud for client_id", "another client"},
	"id for access":                 {"id for access", "access for id"},
	"missing scope":                 {"no scope", "one scope of two", "all scopes"},
	"group":                         {"no group", "another group", "groups as text", "one of the groups"},
	"two Authorization headers":     {"two Authorization headers", "two headers of two schemes"},
	"lower-case bearer":             {"lower-case scheme"},
	"cookie twice":                  {"cookie twice", "cookie twice in two headers", "cookie"},
	"8 KB token":                    {"8,192 characters", "over 8,192 characters"},
	"not UTF-8":                     {"claims that are not UTF-8", "claims beyond ASCII"},
	"ECDSA signature of any length": {"a short ECDSA signature", "a long ECDSA signature", "p256"},
	"embedded jwk and jku":          {"jku and jwk", "its own key"},
	"crit":                          {"crit", "crit, empty"},
	"b64":                           {"b64", "b64 without crit"},
}

// TestTokenMatrix sends each token through CloudFront and the real signer. The signer fetches the keys by TLS. jose
// judges beside it, and the RFCs' sentences where jose does not.
func TestTokenMatrix(t *testing.T) {
	printed := printTokens(t)
	keys := &countedKeys{document: printed.JWKS, asked: map[string]int{}}
	var authorizers []map[string]string
	for i, row := range printed.Rows {
		// Keys are kept by URL, and no row may find those of another.
		row.Settings["x-furl-jwks-uri"] = fmt.Sprintf("https://keys.example/%d", i)
		authorizers = append(authorizers, row.Settings)
	}
	s := serveSigned(t, authorizers, keys)
	var passed []string
	counts := map[string]int{}
	for i, row := range printed.Rows {
		header := http.Header{}
		for _, pair := range row.Headers {
			header.Add(pair[0], pair[1])
		}
		a := s.get(t, i, header)
		if err := row.check(a); err != nil {
			t.Errorf("%s: %v (%s: %q)\n%d %s", row.Name, err, row.Why, row.Sentence, a.status, a.body)
		}
		if row.Code == "passed" {
			passed = append(passed, fmt.Sprint("/", i))
		}
		counts[row.Code]++
		if row.Jose != nil {
			counts["judged by jose"]++
		}
	}
	if called := s.called(t); !slices.Equal(called, passed) {
		t.Errorf("the function was called for %v, and these pass: %v", called, passed)
	}
	keys.check(t, len(printed.Rows))
	checkWanted(t, printed.Rows)
	checkLog(t, s.log(), printed.Rows)
	t.Logf("%d rows: %v", len(printed.Rows), counts)
}

// printTokens has the tokens made now.
func printTokens(t *testing.T) printedTokens {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", "../lambdas/edge-signer/test/print_tokens.mjs")
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var printed printedTokens
	if err := json.Unmarshal(text, &printed); err != nil {
		t.Fatal(err)
	}
	return printed
}

var challengeError = regexp.MustCompile(`^Bearer realm="api"(?:, error="(\w+)")?(?:, scope="[^"]*")?$`)

// check compares an answer with the row, and the row with jose.
func (r tokenRow) check(a signedAnswer) error {
	if r.Jose != nil && *r.Jose != (r.Code == "passed") {
		return fmt.Errorf("it is to be %s, and jose says %v", r.Code, *r.Jose)
	}
	if r.Code == "passed" {
		if issuer := r.Settings["x-furl-issuer"]; a.status != 200 || a.body != issuer {
			return fmt.Errorf("the function did not answer with x-furl-verified")
		}
		return nil
	}
	want, isKnown := refusals[r.Code]
	if !isKnown || a.code != r.Code || a.status != want.status {
		return fmt.Errorf("want %d %s", want.status, r.Code)
	}
	challenge := a.header.Get("WWW-Authenticate")
	if parts := challengeError.FindStringSubmatch(challenge); parts == nil || parts[1] != want.error {
		return fmt.Errorf("want the error %q in the challenge %q", want.error, challenge)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		return fmt.Errorf("Cache-Control is %q", a.header.Get("Cache-Control"))
	}
	return nil
}

// checkWanted checks that no case is missing.
func checkWanted(t *testing.T, rows []tokenRow) {
	t.Helper()
	names := map[string]bool{}
	for _, row := range rows {
		names[row.Name] = true
	}
	if len(names) < 60 {
		t.Errorf("%d rows, want 60", len(names))
	}
	for _, item := range slices.Sorted(maps.Keys(wantedTokens)) {
		for _, name := range wantedTokens[item] {
			if !names[name] {
				t.Errorf("%s: there is no row %q", item, name)
			}
		}
	}
}

// checkLog checks that no part of a token is in the log.
func checkLog(t *testing.T, log string, rows []tokenRow) {
	t.Helper()
	if !strings.Contains(log, "GET /0 200") {
		t.Errorf("the log has no requests:\n%.2000s", log)
	}
	part := regexp.MustCompile(`[\w-]{20,}`)
	for _, row := range rows {
		for _, pair := range row.Headers {
			for _, secret := range part.FindAllString(pair[1], -1) {
				if strings.Contains(log, secret) {
					t.Errorf("%s: the log has a part of the token", row.Name)
				}
			}
		}
	}
}

// countedKeys answers with keys, and counts by path.
type countedKeys struct {
	document []byte
	mu       sync.Mutex
	asked    map[string]int
}

func (k *countedKeys) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	k.asked[r.Host+r.URL.Path]++
	k.mu.Unlock()
	_, _ = w.Write(k.document)
}

// check checks that the signer asked at the authorizers' own addresses only, and at none of them twice.
func (k *countedKeys) check(t *testing.T, authorizers int) {
	t.Helper()
	for i := range authorizers {
		address := fmt.Sprint("keys.example/", i)
		if k.asked[address] > 1 {
			t.Errorf("%s was asked for %d times", address, k.asked[address])
		}
		delete(k.asked, address)
	}
	if len(k.asked) > 0 {
		t.Errorf("the signer asked elsewhere: %v", k.asked)
	}
}
