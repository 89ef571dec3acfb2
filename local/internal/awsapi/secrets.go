package awsapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// currentStage is the staging label of a secret's only version.
const currentStage = "AWSCURRENT"

// secretVersion is what GetSecretValue tells of a version.
type secretVersion struct {
	id      string
	created time.Time
}

// serveSecrets answers GetSecretValue of Secrets Manager, protocol JSON 1.1. As on AWS, who may not read a secret does not learn
// whether there is one.
func (h *Handler) serveSecrets(c *call) (any, *failure) {
	if target := c.Header.Get("X-Amz-Target"); target != "secretsmanager.GetSecretValue" {
		return nil, &failure{status: 400, code: "InvalidRequestException", message: quoted(target) + " is not simulated: furl local has GetSecretValue"}
	}
	var asked struct{ SecretId, VersionId, VersionStage string }
	if err := json.Unmarshal(c.body, &asked); err != nil {
		return nil, &failure{status: 400, code: "SerializationException", message: "the body is not the JSON of GetSecretValue"}
	}
	secret := h.secret(asked.SecretId, c.region)
	arn := asked.SecretId // where there is none, AWS asks the policies for what was asked for
	if secret != nil {
		arn = secret.ARN
	}
	stage := cmp.Or(asked.VersionStage, currentStage)
	own := map[string][]string{"secretsmanager:SecretId": {arn}, "secretsmanager:VersionStage": {stage}}
	if asked.VersionId != "" {
		own["secretsmanager:VersionId"] = []string{asked.VersionId}
	}
	const action = "secretsmanager:GetSecretValue"
	decision := iam.Evaluate(iam.Request{
		Action: action, Resource: arn, ResourceAccount: h.config.Account, Identity: c.identity, Context: h.conditionKeys(c, own),
	}, nil)
	if !decision.Allowed {
		return nil, &failure{
			status: 400, code: "AccessDeniedException", reason: decision.Reason,
			message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", c.identity.ARN(), action, arn),
		}
	}
	if secret == nil {
		return nil, noSecret("the specified secret.")
	}
	version := h.versions[secret.ARN]
	switch {
	case stage != currentStage || secret.Value == "":
		return nil, noSecret("the specified secret value for staging label: " + quoted(stage))
	case asked.VersionId != "" && asked.VersionId != version.id:
		return nil, noSecret("the specified secret value for VersionId: " + quoted(asked.VersionId))
	}
	return map[string]any{
		"ARN": secret.ARN, "Name": secret.Name, "SecretString": secret.Value,
		"VersionId": version.id, "VersionStages": []string{currentStage}, "CreatedDate": float64(version.created.UnixMilli()) / 1000,
	}, nil
}

func noSecret(what string) *failure {
	return &failure{status: 400, code: "ResourceNotFoundException", message: "Secrets Manager can't find " + what}
}

// secret finds a secret by its ARN, its name, or its ARN without the six characters that AWS adds.
func (h *Handler) secret(id, region string) *Secret {
	for i, secret := range h.config.Secrets {
		partial := secret.ARN[:strings.LastIndex(secret.ARN, "-")]
		if secret.Region == region && (id == secret.ARN || id == secret.Name || id == partial) {
			return &h.config.Secrets[i]
		}
	}
	return nil
}
