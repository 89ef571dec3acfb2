package awsapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// serveSecrets answers GetSecretValue of Secrets Manager, protocol JSON 1.1.
func (h *Handler) serveSecrets(c *call) (any, *failure) {
	if target := c.Header.Get("X-Amz-Target"); target != "secretsmanager.GetSecretValue" {
		return nil, &failure{status: 400, code: "InvalidRequestException", message: quoted(target) + " is not simulated: furl local has GetSecretValue"}
	}
	var asked struct{ SecretId, VersionId, VersionStage string }
	if err := json.Unmarshal(c.body, &asked); err != nil {
		return nil, &failure{status: 400, code: "SerializationException", message: "the body is not the JSON of GetSecretValue"}
	}
	if asked.VersionId != "" || asked.VersionStage != "" && asked.VersionStage != "AWSCURRENT" {
		return nil, &failure{status: 400, code: "InvalidParameterException", message: "versions other than AWSCURRENT are not simulated"}
	}
	secret := h.secret(asked.SecretId, c.region)
	if secret == nil {
		return nil, &failure{status: 400, code: "ResourceNotFoundException", message: "Secrets Manager can't find the specified secret."}
	}
	const action = "secretsmanager:GetSecretValue"
	decision := iam.Evaluate(iam.Request{
		Action: action, Resource: secret.ARN, ResourceAccount: h.config.Account, Identity: c.identity,
		Context: h.conditionKeys(c, map[string][]string{"secretsmanager:SecretId": {secret.ARN}, "secretsmanager:VersionStage": {"AWSCURRENT"}}),
	}, nil)
	if !decision.Allowed {
		return nil, &failure{
			status: 400, code: "AccessDeniedException", reason: decision.Reason,
			message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", c.identity.ARN(), action, secret.ARN),
		}
	}
	return map[string]any{"ARN": secret.ARN, "Name": secret.Name, "SecretString": secret.Value, "VersionStages": []string{"AWSCURRENT"}}, nil
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
