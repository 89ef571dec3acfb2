package furl

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// addresses are CIDR blocks by family, each sorted and without duplicates. So the order in which they are listed
// changes no template.
type addresses struct{ ipv4, ipv6 []string }

// maxAddresses is the size of one IP set (WAF Developer Guide, limits).
const maxAddresses = 10_000

func parseCidrs(at site, field string, cidrs []string) addresses {
	var parsed addresses
	for _, cidr := range cidrs {
		prefix := parseCidr(at, field, cidr)
		if prefix.Addr().Is4() {
			parsed.ipv4 = append(parsed.ipv4, prefix.String())
		} else {
			parsed.ipv6 = append(parsed.ipv6, prefix.String())
		}
	}
	for _, family := range []*[]string{&parsed.ipv4, &parsed.ipv6} {
		slices.Sort(*family)
		*family = slices.Compact(*family)
		if len(*family) > maxAddresses {
			at.refuse(field,
				fmt.Sprintf("%d blocks of one address family, and an IP set holds %d", len(*family), maxAddresses),
				"join them into larger blocks")
		}
	}
	return parsed
}

func parseCidr(at site, field, cidr string) netip.Prefix {
	const example = `write it as "203.0.113.0/24", "203.0.113.7/32" or "2001:db8::/32"`
	if *awscdk.Token_IsUnresolved(jsii.String(cidr)) {
		at.refuse(field,
			"a block is known at deployment only, but its address family decides which IP set it goes into", example)
	}
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil:
		at.refuse(field, fmt.Sprintf("%q is not a CIDR block", cidr), example)
	case prefix.Bits() == 0:
		at.refuse(field, fmt.Sprintf("%q is every address, which WAF does not take", cidr),
			"leave the list out to let every address in")
	case prefix != prefix.Masked():
		at.refuse(field, fmt.Sprintf("%q names an address within a block", cidr),
			fmt.Sprintf("write %q for the block, or %q for the address",
				prefix.Masked(), netip.PrefixFrom(prefix.Addr(), prefix.Addr().BitLen())))
	case prefix.Addr().Is4In6():
		at.refuse(field, fmt.Sprintf("%q is an IPv4 address in IPv6 notation, which no viewer has", cidr), example)
	}
	return prefix
}
