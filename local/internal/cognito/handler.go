package cognito

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Handler answers for the endpoints of the pools' regions, by HTTP on loopback and by HTTPS under AWS's names. It has
// InitiateAuth and the documents of the pools' keys. It has the providers' keys by HTTPS under the providers' names.
//
// Pages of any origin may call it, as on AWS. The keys are public, and InitiateAuth wants the password of the run. A
// name that was rebound to this machine is refused by its Host.
type Handler struct {
	pools *Pools
	hosts []string
	now   func() time.Time
}

// NewHandler makes the handler. A request must be for its loopback address, such as "127.0.0.1:24001", for AWS's name
// of the endpoint or for the host of a provider. Without a user pool the address is "".
func NewHandler(pools *Pools, address string, now func() time.Time) *Handler {
	_, port, _ := strings.Cut(address, ":")
	hosts := pools.Hosts()
	if address != "" {
		hosts = append(hosts, address, "localhost:"+port)
	}
	return &Handler{pools: pools, hosts: hosts, now: now}
}

// maxBody is more than the longest InitiateAuth has, in bytes.
const maxBody = 64 << 10

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amzn-Requestid", lambda.NewRequestID())
	if !slices.Contains(h.hosts, r.Host) {
		decide(r, "the Host header is of another host")
		http.Error(w, "this is furl local's endpoint for user pools, and the request is for another host",
			http.StatusForbidden)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "x-amzn-requestid,x-amzn-errortype,x-amzn-errormessage,date")
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
		w.Header().Set("Access-Control-Allow-Methods", "GET,POST")
		w.Header().Set("Access-Control-Max-Age", "172800")
	case r.Method == http.MethodPost && r.URL.Path == "/":
		h.serveAction(w, r)
	default:
		h.serveDocument(w, r)
	}
}

// serveDocument answers with the keys of a pool or of providers, or with a pool's configuration.
func (h *Handler) serveDocument(w http.ResponseWriter, r *http.Request) {
	id, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/.well-known/")
	i := slices.IndexFunc(h.pools.All, func(p *Pool) bool { return p.ID == id })
	isRead := r.Method == http.MethodGet || r.Method == http.MethodHead
	providers := h.pools.keysAt(r.Host, r.URL.RequestURI())
	switch {
	case isRead && providers != nil:
		writeJSON(w, "application/json", http.StatusOK, keySet(providers...))
	case !isRead || i < 0 || name != "jwks.json" && name != "openid-configuration":
		decide(r, "there is nothing at its path")
		http.Error(w, "furl local has .well-known/jwks.json and openid-configuration of the pools, InitiateAuth, and "+
			"the keys of issuers at the x-furl-jwks-uri of an origin", http.StatusNotFound)
	case name == "jwks.json":
		writeJSON(w, "application/json", http.StatusOK, keySet(h.pools.All[i].Issuer))
	default:
		writeJSON(w, "application/json", http.StatusOK, h.pools.All[i].configuration())
	}
}

// failure is an error of the API. AWS answers each mistake of a caller with 400.
type failure struct{ kind, message string }

// serveAction answers the API's protocol JSON 1.1.
func (h *Handler) serveAction(w http.ResponseWriter, r *http.Request) {
	answer, failed := h.act(w, r)
	if failed == nil {
		decide(r, "")
		writeJSON(w, "application/x-amz-json-1.1", http.StatusOK, answer)
		return
	}
	decide(r, failed.kind+": "+failed.message)
	w.Header().Set("X-Amzn-Errortype", failed.kind+":")
	w.Header().Set("X-Amzn-Errormessage", failed.message)
	writeJSON(w, "application/x-amz-json-1.1", http.StatusBadRequest,
		map[string]string{"__type": failed.kind, "message": failed.message})
}

func (h *Handler) act(w http.ResponseWriter, r *http.Request) (any, *failure) {
	const service = "AWSCognitoIdentityProviderService."
	action, _ := strings.CutPrefix(r.Header.Get("X-Amz-Target"), service)
	if action != "InitiateAuth" {
		return nil, &failure{"UnknownOperationException", "furl local simulates InitiateAuth, and no other action"}
	}
	journal.From(r.Context()).Name("cognito-idp:InitiateAuth")
	var asked initiation
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&asked); err != nil {
		return nil, &failure{"SerializationException", "the body is not the JSON of InitiateAuth"}
	}
	return h.initiateAuth(asked)
}

func writeJSON(w http.ResponseWriter, contentType string, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Errorf("cognito: encode %T: %w", value, err)) // strings only, so it cannot happen
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// decide notes for the log that the user pools answer, and why they refuse.
func decide(r *http.Request, reason string) { journal.From(r.Context()).Decide("user pools", reason) }
