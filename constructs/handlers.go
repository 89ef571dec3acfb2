//go:build furl_handlers

// The tag is never set. These imports make go mod tidy and go mod vendor carry the grant Lambda, which
// CredentialGrant builds while it synthesises.

package furl

import _ "github.com/furl-cdk/furl/lambdas/grant"
