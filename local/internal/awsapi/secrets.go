package awsapi

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// currentStage is the staging label of a secret's only version.
const currentStage = "AWSCURRENT"

// secretVersion describes a version in an answer of GetSecretValue.
type secretVersion struct {
	id      string
	created time.Time
}

// serveSecrets answers GetSecretValue of Secrets Manager, protocol JSON 1.1. As on AWS, a caller that may not
// read a secret does not learn whether it exists.
func (h *Handler) serveSecrets(c *call) (any, *refusal) {
	if target := c.Header.Get("X-Amz-Target"); target != "secretsmanager.GetSecretValue" {
		return nil, &refusal{
			status: 400, code: "InvalidRequestException",
			message: quote(target) + " is not simulated: furl local has GetSecretValue",
		}
	}
	c.record().Name("secretsmanager:GetSecretValue")
	var asked struct{ SecretId, VersionId, VersionStage string }
	if err := json.Unmarshal(c.body, &asked); err != nil {
		return nil, &refusal{
			status: 400, code: "SerializationException", message: "the body is not the JSON of GetSecretValue",
		}
	}
	secret := h.secret(asked.SecretId, c.region)
	arn := asked.SecretId // if no secret exists, AWS asks the policies for the requested id
	var tags map[string]string
	if secret != nil {
		arn, tags = secret.ARN, secret.Tags
	}
	stage := cmp.Or(asked.VersionStage, currentStage)
	if refused := h.authorizeRead(c, arn, stage, asked.VersionId, tags); refused != nil {
		return nil, refused
	}
	if secret == nil {
		return nil, secretNotFound("the specified secret.")
	}
	version := h.versions[secret.ARN]
	switch {
	case stage != currentStage || secret.Value == "":
		return nil, secretNotFound("the specified secret value for staging label: " + quote(stage))
	case asked.VersionId != "" && asked.VersionId != version.id:
		return nil, secretNotFound("the specified secret value for VersionId: " + quote(asked.VersionId))
	}
	return map[string]any{
		"ARN": secret.ARN, "Name": secret.Name, "SecretString": secret.Value,
		"VersionId": version.id, "VersionStages": []string{currentStage},
		"CreatedDate": float64(version.created.UnixMilli()) / 1000,
	}, nil
}

// authorizeRead asks the policies whether the caller may read a version. Its id is "" if the request names none.
func (h *Handler) authorizeRead(c *call, arn, stage, versionID string, tags map[string]string) *refusal {
	keys := map[string][]string{"secretsmanager:SecretId": {arn}, "secretsmanager:VersionStage": {stage}}
	if versionID != "" {
		keys["secretsmanager:VersionId"] = []string{versionID}
	}
	const action = "secretsmanager:GetSecretValue"
	decision := iam.Evaluate(iam.Request{
		Action: action, Resource: arn, ResourceAccount: h.config.Account,
		Identity: c.identity, Context: h.conditionKeys(c, keys),
	}, &iam.Policy{ResourceTags: tags})
	if decision.Allowed {
		return nil
	}
	return &refusal{
		status: 400, code: "AccessDeniedException",
		message: notAuthorized(c, action, arn), reason: decision.Reason,
	}
}

func secretNotFound(object string) *refusal {
	return &refusal{status: 400, code: "ResourceNotFoundException", message: "Secrets Manager can't find " + object}
}

// secret finds a secret by its ARN, its name, or its partial ARN. A partial ARN lacks the six characters that AWS
// adds.
func (h *Handler) secret(id, region string) *Secret {
	for i, secret := range h.config.Secrets {
		partial := secret.ARN[:strings.LastIndex(secret.ARN, "-")]
		if secret.Region == region && (id == secret.ARN || id == secret.Name || id == partial) {
			return &h.config.Secrets[i]
		}
	}
	return nil
}
