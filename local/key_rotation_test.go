package local

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// keysPause is the time that the signer leaves between two requests for keys (docs/identity.md, "Keys").
	keysPause = 10 * time.Second
	// keysSlack is more than a request for keys takes. The signer counts from its beginning.
	keysSlack = 500 * time.Millisecond
)

// TestKeyRotation rotates an issuer's keys while 50 requests a second run, and as many with key ids that nobody has.
// The issuer has the first key alone, then both keys, then the second one alone. It changes them just after the signer
// has asked, so the signer never learns of a change later than this.
//
// Each process of the signer has its own keys. The requests come one after the other, so one process answers them all.
// Each has a token of its own, since the signer remembers those that it has verified.
func TestKeyRotation(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 22 s")
	}
	const rounds = 1100
	first, second, unknown := newSigningKey(t), newSigningKey(t), newSigningKey(t)
	r := &rotation{sets: [][]object{
		{first.public(t, "first")},
		{first.public(t, "first"), second.public(t, "second")},
		{second.public(t, "second")},
	}, counts: map[string]int{}}
	r.signed = serveSigned(t, []map[string]string{{
		"x-furl-issuer": loginIssuer, "x-furl-audience": "orders", "x-furl-jwks-uri": "https://keys.example/",
	}}, r)
	remembered := first.bearer(t, "first", "remembered")
	began, next := time.Now(), time.NewTicker(time.Second/50)
	defer next.Stop()
	for i := range rounds {
		id := fmt.Sprint(i)
		r.send(t, "unknown", unknown.bearer(t, "unknown-"+id, id))
		if i == 0 {
			r.send(t, "first", remembered)
		}
		if i%2 == 0 {
			r.send(t, "first", first.bearer(t, "first", id))
		} else {
			r.send(t, "second", second.bearer(t, "second", id))
		}
		if t.Failed() {
			break // one explained request is enough
		}
		<-next.C
	}
	took := time.Since(began)
	r.checkPauses(t)
	if a := r.get(t, 0, remembered); a.status != 200 {
		t.Errorf("a token that was verified before its key was withdrawn: %d %s", a.status, a.code)
	}
	t.Logf("%.0f requests a second, and as many with unknown key ids, for %v; keys were asked for %d times",
		rounds/took.Seconds(), took.Round(time.Second), len(r.times()))
	for _, outcome := range slices.Sorted(maps.Keys(r.counts)) {
		t.Logf("%5d %s", r.counts[outcome], outcome)
	}
}

// rotation is an issuer that changes its keys, with the signer that asks for them.
type rotation struct {
	*signed
	sets   [][]object     // the issuer's answers in their order; the last one stays
	counts map[string]int // by outcome

	mu    sync.Mutex
	asked []time.Time
}

// ServeHTTP answers the signer with the keys.
func (r *rotation) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := r.sets[min(len(r.asked), len(r.sets)-1)]
	r.asked = append(r.asked, time.Now())
	_ = json.NewEncoder(w).Encode(object{"keys": keys}) // the signer takes a failure for no answer
}

// times are the times at which the signer asked.
func (r *rotation) times() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// send sends a token. It passes if the signer has its key. Otherwise it is invalid if the signer has asked for it, and
// the keys are unavailable if the signer may not ask.
func (r *rotation) send(t *testing.T, kid string, header http.Header) {
	t.Helper()
	before := len(r.times())
	a := r.get(t, 0, header)
	asked := len(r.times())
	if asked == 0 {
		t.Fatalf("%d %s, and the signer has no keys\n%s", a.status, a.body, r.log())
	}
	isIts := func(key object) bool { return key["kid"] == kid }
	outcome := fmt.Sprintf("%d %s", a.status, a.code)
	r.counts[fmt.Sprintf("after %d requests for keys, key %s: %s", asked, kid, outcome)]++
	want := "503 KeysUnavailable"
	switch {
	case slices.ContainsFunc(r.sets[min(asked, len(r.sets))-1], isIts):
		want = "200 "
	case asked > before:
		want = "401 InvalidToken"
	}
	if outcome != want {
		t.Errorf("key %s after %d requests for keys: %s, want %s", kid, asked, outcome, want)
	}
	if a.status == http.StatusServiceUnavailable {
		r.checkRetryAfter(t, a.header.Get("Retry-After"))
	}
}

// checkRetryAfter checks that a refusal names the time when the signer may ask again, in whole seconds.
func (r *rotation) checkRetryAfter(t *testing.T, retryAfter string) {
	t.Helper()
	seconds, err := strconv.Atoi(retryAfter)
	if err != nil || seconds < 1 || seconds > 10 {
		t.Errorf("Retry-After is %q", retryAfter)
		return
	}
	again := time.Now().Add(time.Duration(seconds) * time.Second)
	asked := r.times()
	late := again.Sub(asked[len(asked)-1].Add(keysPause))
	if late < -keysSlack || late > time.Second+keysSlack {
		t.Errorf("Retry-After %s ends %v after the signer may ask", retryAfter, late)
	}
}

// checkPauses checks that the signer has asked as often as the issuer changed its keys, and left its pauses.
func (r *rotation) checkPauses(t *testing.T) {
	t.Helper()
	asked := r.times()
	if len(asked) < len(r.sets) {
		t.Errorf("keys were asked for %d times, want %d", len(asked), len(r.sets))
	}
	for i, at := range asked[1:] {
		if pause := at.Sub(asked[i]); pause < keysPause-keysSlack {
			t.Errorf("keys were asked for twice within %v", pause)
		}
	}
}

// signingKey is one of an issuer.
type signingKey struct{ *ecdsa.PrivateKey }

func newSigningKey(t *testing.T) signingKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{key}
}

// public is the key in a JWKS, under a key id.
func (k signingKey) public(t *testing.T, kid string) object {
	t.Helper()
	public, err := k.PublicKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	point := public.Bytes() // 4, x and y
	encode := base64.RawURLEncoding.EncodeToString
	return object{"kty": "EC", "crv": "P-256", "kid": kid, "x": encode(point[1:33]), "y": encode(point[33:])}
}

// bearer is the header with a token that nobody has had before.
func (k signingKey) bearer(t *testing.T, kid, id string) http.Header {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": loginIssuer, "aud": "orders", "jti": id, "exp": time.Now().Add(time.Hour).Unix(),
	})
	token.Header["kid"] = kid
	text, err := token.SignedString(k.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{"Authorization": {"Bearer " + text}}
}
