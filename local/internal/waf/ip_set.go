package waf

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
)

// addresses matches clients in any of its blocks (IPSetReferenceStatement).
type addresses []netip.Prefix

func (s addresses) matches(q *request) bool { return s.contains(q.client) }

func (s addresses) contains(client netip.Addr) bool {
	return slices.ContainsFunc(s, func(prefix netip.Prefix) bool { return prefix.Contains(client) })
}

// forwardedAddresses matches clients whose address in a header is in any of the blocks.
type forwardedAddresses struct {
	blocks addresses
	from   forwardedIP
}

func (s forwardedAddresses) matches(q *request) bool {
	valid := s.from.addresses(q)
	if len(valid) == 0 {
		return s.from.fallback
	}
	return slices.ContainsFunc(valid, s.blocks.contains)
}

type ipSet struct {
	IPAddressVersion string
	Addresses        []string
}

type ipSetReference struct {
	// Arn is spelt so by CloudFormation.
	Arn                    string
	IPSetForwardedIPConfig *forwardedIPConfig
}

func (c *compiler) ipSetReference(kind string, document json.RawMessage) (statement, error) {
	var reference ipSetReference
	if err := decodeStatement(kind, document, &reference); err != nil {
		return nil, err
	}
	var config ipSet
	if err := c.part(kind, reference.Arn, &config); err != nil {
		return nil, err
	}
	var set addresses
	for _, address := range config.Addresses {
		prefix, err := netip.ParsePrefix(address)
		if err != nil {
			return nil, fmt.Errorf("IP set %s: %w", reference.Arn, err)
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("IP set %s: %s: AWS WAF accepts every block but /0", reference.Arn, address)
		}
		if prefix.Addr().Is4() != (config.IPAddressVersion == "IPV4") {
			return nil, fmt.Errorf("IP set %s: %s in a set of version %q: a set holds one family only",
				reference.Arn, address, config.IPAddressVersion)
		}
		set = append(set, prefix)
	}
	if reference.IPSetForwardedIPConfig == nil {
		return set, nil
	}
	from, err := c.forwardedIP(reference.IPSetForwardedIPConfig)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return forwardedAddresses{set, from}, nil
}
