package furl

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
)

// site is where a construct is being made; every refusal of a constructor goes through it, so that each says which
// construct, which field, what is wrong and what to write instead.
type site struct {
	construct string // furl.SecureFunctionUrl
	path      string // MyStack/Api
}

func at(construct string, scope constructs.Construct, id *string) site {
	return site{construct: construct, path: *scope.Node().Path() + "/" + *id}
}

func (s site) refuse(field, wrong, instead string) {
	panic(fmt.Errorf("%s at %q: %s: %s: %s", s.construct, s.path, field, wrong, instead))
}
