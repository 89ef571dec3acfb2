package cognito

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// AdminScope is the scope of an access token that InitiateAuth gives.
const AdminScope = "aws.cognito.signin.user.admin"

// Client is an app client of a user pool.
type Client struct {
	Path string // construct path
	ID   string // client id

	secret    string // "" for none
	passwords bool   // USER_PASSWORD_AUTH is enabled
	scopes    []string
	lives     map[string]time.Duration // of tokens, by use
}

// clientProperties are those of an AWS::Cognito::UserPoolClient.
type clientProperties struct {
	UserPoolId                            string
	GenerateSecret                        bool
	ExplicitAuthFlows, AllowedOAuthScopes []string
	IdTokenValidity, AccessTokenValidity  int
	TokenValidityUnits                    struct{ IdToken, AccessToken string }
}

// newClient makes a client of its properties. The enabled flows are AWS's defaults where the template names none, and
// USER_PASSWORD_AUTH is not among these.
func newClient(resource *assembly.Resource, properties clientProperties) (*Client, error) {
	id, err := resource.Ref()
	if err != nil {
		return nil, err
	}
	client := &Client{Path: resource.Path, ID: id, scopes: properties.AllowedOAuthScopes}
	if properties.GenerateSecret {
		if client.secret, err = resource.Attribute("ClientSecret"); err != nil {
			return nil, err
		}
	}
	client.passwords = slices.ContainsFunc(properties.ExplicitAuthFlows, func(flow string) bool {
		return flow == "ALLOW_USER_PASSWORD_AUTH" || flow == "USER_PASSWORD_AUTH"
	})
	units := properties.TokenValidityUnits
	client.lives = map[string]time.Duration{}
	if client.lives[UseID], err = life(properties.IdTokenValidity, units.IdToken); err != nil {
		return nil, fmt.Errorf("IdTokenValidity: %w", err)
	}
	if client.lives[UseAccess], err = life(properties.AccessTokenValidity, units.AccessToken); err != nil {
		return nil, fmt.Errorf("AccessTokenValidity: %w", err)
	}
	return client, nil
}

// units are those of TokenValidityUnits. Hours are the default (CloudFormation Template Reference,
// aws-properties-cognito-userpoolclient-tokenvalidityunits).
var units = map[string]time.Duration{
	"": time.Hour, "seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour,
}

// life is the validity of tokens, an hour by default. It is 5 minutes at least and a day at most.
func life(number int, unit string) (time.Duration, error) {
	if number == 0 {
		return time.Hour, nil
	}
	found, known := units[unit]
	if !known {
		return 0, fmt.Errorf("%q is none of seconds, minutes, hours and days", unit)
	}
	validity := time.Duration(number) * found
	if number < 0 || number > 86400 || validity < 5*time.Minute || validity > 24*time.Hour {
		return 0, fmt.Errorf("%d %s is not from 5 minutes to 1 day", number, unit)
	}
	return validity, nil
}

// hasSecretHash reports whether a text is the SECRET_HASH of a user for this client (Amazon Cognito Developer Guide,
// signing-up-users-in-your-app).
func (c *Client) hasSecretHash(text, user string) bool {
	mac := hmac.New(sha256.New, []byte(c.secret))
	mac.Write([]byte(user + c.ID))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(text), []byte(want))
}
