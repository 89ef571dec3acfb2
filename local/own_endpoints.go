package local

import (
	"cmp"
	"crypto/tls"
	"net"
	"slices"
	"strconv"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/control"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// listenForOwn opens furl local's own endpoints. They are the AWS APIs, the user pools and other issuers if there are
// any, and the socket for furl's other commands. A run without the socket goes on.
func (at *addresses) listenForOwn(a *assembly.Assembly, o Options, run *cognito.Run) error {
	kinds := []string{awsAPIs}
	hasPool := len(a.Resources("AWS::Cognito::UserPool")) > 0
	if hasPool {
		kinds = append(kinds, userPools)
	}
	if hasPool || cognito.NamesIssuer(a) {
		kinds = append(kinds, userPoolsByTLS)
	}
	for _, kind := range kinds {
		path := cmp.Or(kind, "AWS APIs")
		err := at.addWith(kind, path, "", "", func(string) (net.Listener, error) {
			listener, err := listenFor(path, "")
			if err == nil && kind == userPoolsByTLS {
				listener = tls.NewListener(listener, run.TLSConfig())
			}
			return listener, err
		})
		if err != nil {
			return err
		}
	}
	at.socketError = at.addWith(otherCommands, otherCommands, "", "", func(string) (net.Listener, error) {
		return control.Listen(o.Assembly)
	})
	return nil
}

// own is the loopback address of one of furl local's own endpoints, "" where it does not listen.
func (at *addresses) own(kind string) string {
	i := slices.IndexFunc(at.endpoints, func(e *endpoint) bool { return e.kind == kind })
	if i < 0 {
		return ""
	}
	return at.endpoints[i].address()
}

// apiVariables lead the AWS SDKs' calls of the simulated services to this machine (AWS SDKs and Tools Reference Guide,
// feature-ss-endpoints).
func (at *addresses) apiVariables() map[string]string {
	apis := "http://" + at.own(awsAPIs)
	variables := map[string]string{
		"AWS_ENDPOINT_URL_LAMBDA": apis, "AWS_ENDPOINT_URL_SECRETS_MANAGER": apis, "AWS_ENDPOINT_URL_STS": apis,
	}
	if address := at.own(userPools); address != "" {
		variables["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = "http://" + address
	}
	return variables
}

// redirects lead what functions fetch from the hosts of user pools and other issuers to this machine.
func (at *addresses) redirects(run *cognito.Run, hosts []string) lambda.Redirects {
	redirects := lambda.Redirects{CAFile: run.CAFile(), Ports: map[string]int{}}
	_, port, _ := net.SplitHostPort(at.own(userPoolsByTLS))
	for _, host := range hosts {
		redirects.Ports[host], _ = strconv.Atoi(port) // a listener's, so it is a number
	}
	return redirects
}
