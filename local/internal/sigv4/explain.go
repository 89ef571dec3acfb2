package sigv4

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// explain tells a developer why a signature does not match. It prints the canonical request that the verifier
// computed and the one that the client signed. The request does not contain the latter. The secret is known here,
// so explain tries the usual mistakes, alone and together, until one gives the client's signature. If none does,
// it prints the canonical request that the client claims. The reason is the mistake in one line.
func (a *attempt) explain() (reason, details string) {
	reason = "no usual mistake gives its signature, so its secret key is another one, " +
		"or the method, host, path, query or a signed header changed on the way"
	title, claimed := "canonical request that the client claims to have signed", ""
	for _, reading := range a.readings() {
		canonicalRequest := a.canonicalRequest(reading)
		if claimed == "" {
			claimed = canonicalRequest
		}
		if a.signature(canonicalRequest) == a.auth.signature {
			reason = reading.mistakes()
			title, claimed = "canonical request that the client signed", canonicalRequest
			break
		}
	}
	return "the signature does not match: " + reason, fmt.Sprintf(
		"canonical request that the verifier computed:\n%s\n%s:\n%s",
		indent(a.canonicalRequest(a.specified())), title, indent(claimed))
}

// reading is one way to write the parts of a canonical request that clients get wrong.
type reading struct {
	path, query, host, payload variant
}

// variant is a part of a canonical request, with the mistake that leads to it. The right part has no mistake.
type variant struct{ text, mistake string }

// readings returns the product of all variants. The first reading is the client's claim, with every part right
// and the hash that it sent.
func (a *attempt) readings() []reading {
	var readings []reading
	queries, hosts, payloads := a.queries(), a.hosts(), a.payloads() // only once, since the body may be large
	for _, path := range a.paths() {
		for _, query := range queries {
			for _, host := range hosts {
				for _, payload := range payloads {
					readings = append(readings, reading{path, query, host, payload})
				}
			}
		}
	}
	return readings
}

// specified is the reading without a mistake, over the received body.
func (a *attempt) specified() reading {
	return reading{a.paths()[0], a.queries()[0], a.hosts()[0], variant{text: hash(a.body)}}
}

func (a *attempt) paths() []variant {
	return []variant{
		{encode(a.path, "/"), ""},
		{a.path, "the path is not encoded a second time (every service but S3 wants it)"},
	}
}

func (a *attempt) queries() []variant {
	pairs := a.encodedPairs(false)
	joined := strings.SplitSeq(joinPairs(pairs), "&")
	return []variant{
		{text: joinPairs(slices.SortedFunc(slices.Values(pairs), comparePairs))},
		{text: joinPairs(pairs), mistake: "the query is not sorted"},
		{
			text:    strings.Join(slices.Sorted(joined), "&"),
			mistake: "the query is sorted by whole pairs, not by name and then value",
		},
		{
			text:    joinPairs(slices.SortedFunc(slices.Values(a.encodedPairs(true)), comparePairs)),
			mistake: "a + in the query is taken for a plus, not for a space",
		},
		{text: a.query, mistake: "the query is neither sorted nor encoded anew"},
		{mistake: "the query is left out"},
	}
}

func (a *attempt) hosts() []variant {
	hosts := []variant{{a.r.Host, ""}}
	for _, host := range a.otherHosts {
		hosts = append(hosts, variant{host, fmt.Sprintf("it is signed for host %s and was sent to %s", host, a.r.Host)})
	}
	return hosts
}

func (a *attempt) payloads() []variant {
	payloads := []variant{
		{hash(a.body), ""},
		{hash([]byte(base64.StdEncoding.EncodeToString(a.body))), "the payload hash is that of the body's base64 text"},
		{hash(nil), "the payload hash is that of an empty body"},
		{"UNSIGNED-PAYLOAD", "the payload is not signed, which Lambda does not accept"},
	}
	claimed := a.r.Header.Values("X-Amz-Content-Sha256")
	if len(claimed) == 0 || claimed[0] == payloads[0].text {
		return payloads
	}
	const mistake = "X-Amz-Content-Sha256 is not the hash of the body"
	payloads[0].mistake = mistake
	known := slices.IndexFunc(payloads, func(v variant) bool { return v.text == claimed[0] })
	if known < 0 {
		payloads = append(payloads, variant{claimed[0], mistake})
		known = len(payloads) - 1
	}
	payloads[0], payloads[known] = payloads[known], payloads[0]
	return payloads
}

func (r reading) mistakes() string {
	mistakes := slices.DeleteFunc(
		[]string{r.path.mistake, r.query.mistake, r.host.mistake, r.payload.mistake},
		func(m string) bool { return m == "" },
	)
	return strings.Join(mistakes, "; ")
}

// indent indents a canonical request and hides the values of headers that may hold secrets. Only the headers in
// printableHeaders keep their values.
func indent(canonicalRequest string) string {
	lines := strings.Split(canonicalRequest, "\n")
	for i, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if header := i >= 3 && i < len(lines)-3; header && !slices.Contains(printableHeaders, name) {
			line = fmt.Sprintf("%s:(%d characters)", name, len(value))
		}
		lines[i] = "    " + line
	}
	return strings.Join(lines, "\n")
}

var printableHeaders = []string{"content-length", "content-type", "host", "x-amz-content-sha256", "x-amz-date"}
