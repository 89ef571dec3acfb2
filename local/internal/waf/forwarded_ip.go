package waf

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// forwardedIP reads addresses of clients in a header, such as X-Forwarded-For (AWS WAF Developer Guide,
// waf-rule-statement-forwarded-ip-address). A rule that uses it does not apply to a request without the header. The
// field forwarded of a rule keeps that.
type forwardedIP struct {
	header string
	// position is FIRST, LAST or ANY. Only an IP set can ask for another one than FIRST.
	position string
	// fallback is the match of a request without a valid address at the position.
	fallback bool
}

// maxForwarded is the number of addresses that the position ANY takes in, from the end of the header.
const maxForwarded = 10

type forwardedIPConfig struct {
	HeaderName, FallbackBehavior, Position string
}

// forwardedIP compiles a ForwardedIPConfig, and notes the header that the rule needs. A nil config is an error.
func (c *compiler) forwardedIP(config *forwardedIPConfig) (forwardedIP, error) {
	if config == nil || config.HeaderName == "" {
		return forwardedIP{}, errors.New("ForwardedIPConfig has no HeaderName")
	}
	fallback, known := map[string]bool{"MATCH": true, "NO_MATCH": false}[config.FallbackBehavior]
	if !known {
		return forwardedIP{}, fmt.Errorf("ForwardedIPConfig: FallbackBehavior %q is neither MATCH nor NO_MATCH",
			config.FallbackBehavior)
	}
	if !slices.Contains([]string{"FIRST", "LAST", "ANY"}, config.Position) {
		return forwardedIP{}, fmt.Errorf("IPSetForwardedIPConfig: Position %q is none of FIRST, LAST, ANY",
			config.Position)
	}
	c.forwarded = append(c.forwarded, config.HeaderName)
	return forwardedIP{config.HeaderName, config.Position, fallback}, nil
}

// addresses returns the valid addresses at the position. AWS does not document whether ANY falls back where only some
// addresses are invalid. Here it falls back where none is valid.
func (f forwardedIP) addresses(q *request) []netip.Addr {
	listed := strings.Split(strings.Join(headerValues(q, f.header), ","), ",")
	switch f.position {
	case "FIRST":
		listed = listed[:1]
	case "LAST":
		listed = listed[len(listed)-1:]
	default:
		listed = listed[max(0, len(listed)-maxForwarded):]
	}
	var valid []netip.Addr
	for _, text := range listed {
		if address, err := netip.ParseAddr(strings.TrimSpace(text)); err == nil {
			valid = append(valid, address.Unmap().WithZone(""))
		}
	}
	return valid
}
